package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/draw"
)

// fetch asks a query whose rows are one map each, at most most of them.
func fetch[T any](ctx context.Context, ask graphQuery, text string, most int, params map[string]any) (rows []T, more bool, err error) {
	q := api.Query{Cypher: fmt.Sprintf("%s LIMIT %d", text, most+1), Params: params}
	answer, err := ask(ctx, q)
	if err != nil {
		return nil, false, &queryError{text: q.Cypher, err: err}
	}
	rows = make([]T, len(answer.Rows))
	for i, row := range answer.Rows {
		if len(row) != 1 {
			return nil, false, fmt.Errorf("a row of %d values, want 1", len(row))
		}
		if err := json.Unmarshal(row[0], &rows[i]); err != nil {
			return nil, false, fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return rows[:min(len(rows), most)], len(rows) > most, nil
}

// places are the keys in the graph of what was named.
type places struct{ hosts, processes []string }

// find looks names up as all questions do; but several services of one name are all meant here, and so are
// programs that only use others. A switch stands for the hosts that are wired to it.
func find(ctx context.Context, ask graphQuery, names []string) (p places, err error) {
	var missing []string
	for _, name := range names {
		found, err := findOne(ctx, ask, name)
		if err != nil {
			return places{}, err
		}
		if len(found.hosts)+len(found.processes) == 0 {
			missing = append(missing, name)
		}
		p.hosts, p.processes = append(p.hosts, found.hosts...), append(p.processes, found.processes...)
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return places{}, &unnamedError{missing, nearestName(ctx, ask, missing[0])}
	}
	return p, nil
}

// findOne looks one name up.
func findOne(ctx context.Context, ask graphQuery, name string) (p places, err error) {
	answer, err := ask(ctx, api.Query{Name: "find", Params: map[string]any{"what": name}})
	if err != nil {
		return places{}, err
	}
	things, err := decodeRows[depend.Thing](answer)
	for _, t := range things {
		switch depend.LabelOf(t.Kind) {
		case graph.Host:
			p.hosts = append(p.hosts, t.Key)
		case graph.Process:
			p.processes = append(p.processes, t.Key)
		case graph.Switch:
			wired, _, err := fetch[string](ctx, ask, `MATCH (:Switch {key: $key})<-[:PART_OF]-(:Port)<-[:WIRED_TO]-(:NIC)-[:PART_OF]->(h:Host)
RETURN DISTINCT h.key AS host ORDER BY host`, maxDrawn, map[string]any{"key": t.Key})
			if err != nil {
				return places{}, err
			}
			p.hosts = append(p.hosts, wired...)
		}
	}
	if err == nil && len(p.hosts)+len(p.processes) == 0 {
		p.processes, _, err = fetch[string](ctx, ask, "MATCH (p:Process {name: $name}) RETURN p.key AS process ORDER BY process", maxDrawn, map[string]any{"name": name})
	}
	return p, err
}

// hostFacts are what a picture tells of a host.
type hostFacts struct {
	Key, Name, Status, Reason, Since, OS, Kernel string
	Container                                    bool
	Addresses                                    []string
}

// hostColumns returns hostFacts of h.
const hostColumns = `
OPTIONAL MATCH (h)-[:HAS_NIC]->(:NIC)<-[:ON]-(i:IP)
WHERE NOT (i.address STARTS WITH '127.' OR i.address = '::1' OR i.address STARTS WITH 'fe80:')
WITH h, collect(DISTINCT i.address) AS addresses
RETURN {key: h.key, name: h.name, status: h.status, reason: h.reason, since: h.status_since, os: h.os, kernel: h.kernel,
        container: h:Container, addresses: addresses}
ORDER BY h.name, h.key`

// askHosts asks for hosts by their keys, or for all if keys is nil.
func askHosts(ctx context.Context, ask graphQuery, keys []string) ([]hostFacts, bool, error) {
	if keys == nil {
		return fetch[hostFacts](ctx, ask, "MATCH (h:Host)"+hostColumns, maxDrawn, nil)
	}
	return fetch[hostFacts](ctx, ask, "UNWIND $keys AS key MATCH (h:Host {key: key})"+hostColumns, maxDrawn, map[string]any{"keys": keys})
}

// box draws a host without its rows.
func (h hostFacts) box(at risks) draw.Box {
	b := draw.Box{ID: h.Key, Title: h.Name, State: at.state(h.Key, stateOf(h.Status)), Kind: draw.Host}
	if h.Container {
		b.Kind = draw.Container
	}
	if b.Title == "" {
		b.Title = h.Key
	}
	add := func(format, value string) {
		if value != "" {
			b.Details = append(b.Details, fmt.Sprintf(format, value))
		}
	}
	if h.Status != "" {
		add(h.Status+" since %s", h.Since)
	}
	add("reason: %s", h.Reason)
	add("%s", h.OS)
	add("kernel %s", h.Kernel)
	slices.Sort(h.Addresses)
	for chunk := range slices.Chunk(h.Addresses, 4) {
		add("%s", strings.Join(chunk, ", "))
	}
	return b
}

// hostNeed is one thing of a group that a host needs.
type hostNeed struct {
	Host, Group string
	Of          int
	Key, Name   string
	Kind        string // first label of what is needed
	Process     string // key of what provides it, if it is an Endpoint
	On          string // key of the host that has it, if it is an IP
	NIC         string // and of the interface there
}

// askNeeds asks what hosts depend on by themselves.
func askNeeds(ctx context.Context, ask graphQuery, hosts []string) ([]hostNeed, bool, error) {
	return fetch[hostNeed](ctx, ask, `UNWIND $hosts AS key
MATCH (h:Host {key: key})-[d:DEPENDS_ON|RUNS_ON]->(t)
OPTIONAL MATCH (t)-[:PROVIDED_BY]->(p:Process)
OPTIONAL MATCH (t)-[:ON]->(n:NIC)-[:PART_OF]->(o:Host)
RETURN {host: key, group: coalesce(d.group, 'runs on'), of: coalesce(d.of, 1), key: t.key,
        name: coalesce(t.name, CASE WHEN t.port IS NULL THEN t.address ELSE t.address + ':' + toString(t.port) END, t.key),
        kind: CASE WHEN t:Host THEN 'Host' WHEN t:Switch THEN 'Switch' WHEN t:IP THEN 'IP' ELSE 'Endpoint' END,
        process: p.key, on: o.key, nic: n.key}
ORDER BY key, coalesce(d.group, ''), t.key, p.key, n.key`, maxLines, map[string]any{"hosts": hosts})
}

// ofNetwork reports whether a need belongs to the picture of the network.
func (n hostNeed) ofNetwork() bool {
	return n.Kind == graph.Switch || depend.Link{Group: n.Group}.Kind() == depend.Network
}

// look is how a need is drawn: dashed where losing one is not losing all.
func (n hostNeed) look() draw.Look {
	if n.Of > 1 {
		return groupLook
	}
	return needLook
}

// Looks of dependencies.
var (
	needLook  = draw.Look{Text: "depends on"}
	groupLook = draw.Look{Text: "depends on one of several", Dashed: true}
	wireLook  = draw.Look{Text: "is wired to, or in the subnet", Arrows: draw.AtNone}
)

// leftOut says what a picture lacks when there was more than it takes.
func leftOut(p *draw.Picture, more bool, what string, most int) {
	if more {
		p.Notes = append(p.Notes, fmt.Sprintf("Only the first %d %s are drawn: name hosts or services, or give a smaller depth.", most, what))
	}
}

// sinceText is when a dependency was first seen, for people.
func sinceText(since string) string {
	t, err := time.Parse(time.RFC3339, since)
	if err != nil {
		return ""
	}
	return "since " + t.UTC().Format("2006-01-02 15:04") + " UTC"
}
