package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
)

// Bounds of what is read of the graph for one answer. A tree of a thousand lines is read by nobody, but
// folded it may say something.
const (
	maxThings = 20_000
	maxLinks  = 50_000
)

// area is the part of the graph around what was asked for.
type area struct {
	depend.Map
	cut bool // there is more than was read
}

// homes are the hosts of all its things.
func (a area) homes() []string {
	var all []string
	for _, t := range a.Things {
		all = append(all, t.Home())
	}
	return all
}

// hopsPerLevel is how many relationships there may be between two levels of a tree: an endpoint is at an
// address, which is on an interface, which is part of a host.
const hopsPerLevel = 3

// areaQuery asks, for each node that is reached from the nodes $keys by one of the ways, for what %[3]s says.
const areaQuery = `UNWIND $keys AS key
MATCH (x:%[1]s {key: key})%[2]s(a)
WITH DISTINCT a
%[3]s`

// areaParts are what is asked of the nodes: what they are, and what they depend on directly.
const (
	thingsPart = `OPTIONAL MATCH (a)-[:RUNS_ON]->(r:Host)
OPTIONAL MATCH (a)-[:AT]->(:IP)-[:ON]->(:NIC)-[:PART_OF]->(e:Host)
OPTIONAL MATCH (a)-[:ON]->(:NIC)-[:PART_OF]->(i:Host)
OPTIONAL MATCH (a)-[:PART_OF]->(n:Host)
WITH a, coalesce(r, e, i, n) AS h
RETURN labels(a) AS labels, a.key AS key, a.name AS name, a.address AS address, a.port AS port, a.status AS own_status,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(m:Host) | m.name + '/']) ELSE '' END + h.name AS host, coalesce(h.status, head([(h)-[:RUNS_ON]->(m:Host) | m.status])) AS host_status, EXISTS { (a)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) } AS failed
ORDER BY key, host`
	linksPart = `MATCH (a)-[d:%s]->(b)
RETURN labels(a) AS from_labels, a.key AS from_key, type(d) AS type, labels(b) AS to_labels, b.key AS to_key,
       d.group AS group, d.of AS of, d.since AS since`
	reverseLinksPart = `MATCH (a)<-[d:%s]-(b)
RETURN labels(b) AS from_labels, b.key AS from_key, type(d) AS type, labels(a) AS to_labels, a.key AS to_key,
       d.group AS group, d.of AS of, d.since AS since`
)

// ways are the patterns that lead from the nodes asked for to those around them, over so many hops. A host
// depends on what its processes use: so these are a way too, unless services are not followed.
func ways(label string, grow depend.Options, hops int) []string {
	types := strings.Join(graph.Dependencies(), "|")
	if grow.Reverse {
		return []string{fmt.Sprintf("<-[:%s*0..%d]-", types, hops)}
	}
	all := []string{fmt.Sprintf("-[:%s*0..%d]->", types, hops)}
	if label == graph.Host && slices.Contains(grow.Follow, depend.Services) {
		all = append(all, fmt.Sprintf("<-[:RUNS_ON]-(:Process)-[:%s*0..%d]->", types, hops))
	}
	return all
}

// readArea reads what can stand in trees that grow from these things, which are of one label.
func readArea(ctx context.Context, client *api.Client, of []depend.Thing, grow depend.Options) (area, error) {
	a := area{Map: depend.Map{Things: map[graph.Ref]depend.Thing{}}}
	keys := make([]string, len(of))
	for i, t := range of {
		keys[i] = t.Key
	}
	links := linksPart
	if grow.Reverse {
		links = reverseLinksPart
	}
	links = fmt.Sprintf(links, strings.Join(graph.Dependencies(), "|"))
	hops := hopsPerLevel * (grow.Depth + 1)
	for _, way := range ways(of[0].Label, grow, hops) {
		things, cut, err := readPart[areaThing](ctx, client, fmt.Sprintf(areaQuery, of[0].Label, way, thingsPart), keys, maxThings)
		if err != nil {
			return area{}, err
		}
		for _, t := range things {
			a.add(t)
		}
		found, cutToo, err := readPart[areaLink](ctx, client, fmt.Sprintf(areaQuery, of[0].Label, way, links), keys, maxLinks)
		if err != nil {
			return area{}, err
		}
		for _, l := range found {
			a.Links = append(a.Links, l.link())
		}
		a.cut = a.cut || cut || cutToo
	}
	return a, nil
}

// readPart asks for at most so many rows, and reports whether there are more.
func readPart[T any](ctx context.Context, client *api.Client, query string, keys []string, limit int) (rows []T, cut bool, err error) {
	answer, err := client.Query(ctx, api.Query{Cypher: fmt.Sprintf("%s LIMIT %d", query, limit+1), Params: map[string]any{"keys": keys}})
	if err != nil {
		return nil, false, err
	}
	if rows, err = decodeRows[T](answer); err != nil {
		return nil, false, err
	}
	rows, cut = atMost(rows, limit)
	return rows, cut, nil
}

// atMost returns the first so many rows, and reports whether there are more.
func atMost[T any](rows []T, limit int) ([]T, bool) {
	return rows[:min(len(rows), limit)], len(rows) > limit
}

// areaThing is a node as the graph tells it.
type areaThing struct {
	Labels     []string `json:"labels"`
	Key        string   `json:"key"`
	Name       string   `json:"name"`
	Address    string   `json:"address"`
	Port       int64    `json:"port"`
	OwnStatus  string   `json:"own_status"`
	Host       string   `json:"host"`
	HostStatus string   `json:"host_status"`
	Failed     bool     `json:"failed"` // a monitor says so
}

// add takes a node; of one that is on several hosts, as an address may be, the first counts.
func (a area) add(n areaThing) {
	t := depend.Thing{Kind: depend.KindOf(n.Labels), Label: depend.FirstLabel(n.Labels), Key: n.Key, Name: n.name(), Host: n.Host, State: n.state()}
	ref := graph.Ref{Label: t.Label, Key: t.Key}
	if _, known := a.Things[ref]; !known {
		a.Things[ref] = t
	}
}

func (n areaThing) name() string {
	switch {
	case n.Name != "" || n.Address == "":
		return n.Name
	case n.Port == 0:
		return n.Address
	case strings.Contains(n.Address, ":"):
		return fmt.Sprintf("[%s]:%d", n.Address, n.Port)
	}
	return fmt.Sprintf("%s:%d", n.Address, n.Port)
}

// state is that of the host, unless the node says worse of itself. A host of which nothing is said is up;
// of what is on no host that is known, nothing is.
func (n areaThing) state() string {
	kind := depend.KindOf(n.Labels)
	switch {
	case n.Failed:
		return "failed"
	case n.OwnStatus != "" && n.OwnStatus != "up":
		return n.OwnStatus
	case n.Host != "":
		return cmp.Or(n.HostStatus, "up")
	case kind == "host" || kind == "container":
		return "up"
	}
	return n.OwnStatus
}

// areaLink is a relationship as the graph tells it.
type areaLink struct {
	FromLabels []string `json:"from_labels"`
	FromKey    string   `json:"from_key"`
	Type       string   `json:"type"`
	ToLabels   []string `json:"to_labels"`
	ToKey      string   `json:"to_key"`
	Group      string   `json:"group"`
	Of         int      `json:"of"`
	Since      string   `json:"since"`
}

func (l areaLink) link() depend.Link {
	return depend.Link{
		From: graph.Ref{Label: depend.FirstLabel(l.FromLabels), Key: l.FromKey},
		To:   graph.Ref{Label: depend.FirstLabel(l.ToLabels), Key: l.ToKey},
		Type: l.Type, Group: l.Group, Of: l.Of, Since: l.Since,
	}
}
