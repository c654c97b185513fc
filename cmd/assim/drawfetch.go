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

// find looks names up: those of hosts, ids of hosts, names of services and clients, and SERVICE@HOST. A switch
// stands for the hosts that are wired to it.
func find(ctx context.Context, ask graphQuery, names []string) (p places, err error) {
	type named struct {
		Name             string
		Hosts, Processes []string
	}
	found, _, err := fetch[named](ctx, ask, `UNWIND $names AS name
WITH name, split(name, '@') AS parts
RETURN {name: name, hosts: COLLECT {
  MATCH (h:Host {name: name}) RETURN h.key
  UNION
  MATCH (h:Host {key: name}) RETURN h.key
  UNION
  MATCH (s:Switch) WHERE name IN [s.name, s.key]
  MATCH (s)<-[:PART_OF]-(:Port)<-[:WIRED_TO]-(:NIC)-[:PART_OF]->(h:Host) RETURN h.key
}, processes: COLLECT {
  MATCH (p:Process {name: name}) RETURN p.key LIMIT 3000
  UNION
  MATCH (:Host {name: parts[1]})<-[:RUNS_ON]-(p:Process) WHERE p.name = parts[0] RETURN p.key LIMIT 3000
}}`, len(names), map[string]any{"names": names})
	var missing []string
	for _, f := range found {
		if len(f.Hosts)+len(f.Processes) == 0 {
			missing = append(missing, f.Name)
		}
		p.hosts, p.processes = append(p.hosts, f.Hosts...), append(p.processes, f.Processes...)
	}
	if len(missing) > 0 {
		slices.Sort(missing)
		return places{}, &unnamedError{missing, nearestName(ctx, ask, missing[0])}
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
func (h hostFacts) box() draw.Box {
	b := draw.Box{ID: h.Key, Title: h.Name, State: stateOf(h.Status), Kind: draw.Host}
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
