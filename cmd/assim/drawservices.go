package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/draw"
)

// Bounds of a box and of a row.
const (
	maxRows  = 12 // of a host that are shown; lines lead to the others' host
	maxPorts = 3  // of a service that are shown; its details have all
)

// processFacts are what a picture tells of a process.
type processFacts struct {
	Key, Host, Name, Exe, User string
	UID                        *int64
	Service                    bool
	Ports                      []int
	Monitors                   []string // states of those that watch it
}

// processColumns returns processFacts of p.
const processColumns = `
MATCH (p)-[:RUNS_ON]->(h:Host)
OPTIONAL MATCH (p)<-[:PROVIDED_BY]-(e:Endpoint)
WITH p, h, collect(DISTINCT e.port) AS ports
OPTIONAL MATCH (m:Monitor)-[:WATCHES]->(p)
WITH p, h, ports, collect(DISTINCT m.status) AS monitors
RETURN {key: p.key, host: h.key, name: p.name, exe: p.exe, user: p.user, uid: p.uid, service: p:Service, ports: ports, monitors: monitors}
ORDER BY h.name, h.key, p.name, p.key`

// askProcesses asks for the processes of the fleet, or for those within depth steps of places.
func askProcesses(ctx context.Context, ask graphQuery, around *places, depth int) ([]processFacts, bool, error) {
	if around == nil {
		return fetch[processFacts](ctx, ask, "MATCH (p:Process)"+processColumns, maxDrawn, nil)
	}
	text := fmt.Sprintf(`CALL {
  UNWIND $hosts AS key MATCH (:Host {key: key})<-[:RUNS_ON]-(s:Process) RETURN s
  UNION
  UNWIND $processes AS key MATCH (s:Process {key: key}) RETURN s
}
CALL {
  WITH s MATCH (s)-[:DEPENDS_ON*0..%d]->(p:Process) RETURN DISTINCT p
  UNION
  WITH s MATCH (s)<-[:DEPENDS_ON*0..%d]-(p:Process) RETURN DISTINCT p
}
WITH DISTINCT p`, depth, depth)
	return fetch[processFacts](ctx, ask, text+processColumns, maxDrawn, map[string]any{"hosts": around.hosts, "processes": around.processes})
}

// dependency is a process that depends on another.
type dependency struct {
	From, To, Since string
	Endpoints       []string
}

func askDependencies(ctx context.Context, ask graphQuery, processes []string) ([]dependency, bool, error) {
	return fetch[dependency](ctx, ask, `UNWIND $keys AS key
MATCH (a:Process {key: key})-[d:DEPENDS_ON]->(b:Process)
RETURN {from: key, to: b.key, endpoints: d.endpoints, since: d.since} ORDER BY key, b.key`, maxLines, map[string]any{"keys": processes})
}

func viewServices(ctx context.Context, client *api.Client, what []string, depth int) (draw.Picture, error) {
	return drawServices(ctx, client.Query, what, depth)
}

// drawServices draws hosts with what runs on them, and who depends on whom.
func drawServices(ctx context.Context, ask graphQuery, what []string, depth int) (draw.Picture, error) {
	var around *places
	var hostKeys []string // nil: all
	if len(what) > 0 {
		found, err := find(ctx, ask, what)
		if err != nil {
			return draw.Picture{}, err
		}
		around, hostKeys = &found, found.hosts
	}
	processes, moreProcesses, err := askProcesses(ctx, ask, around, depth)
	if err != nil {
		return draw.Picture{}, err
	}
	if around != nil {
		for _, p := range processes {
			hostKeys = append(hostKeys, p.Host)
		}
		slices.Sort(hostKeys)
		hostKeys = slices.Compact(hostKeys)
	}
	hosts, moreHosts, err := askHosts(ctx, ask, hostKeys)
	if err != nil {
		return draw.Picture{}, err
	}
	dependencies, moreLines, err := askDependencies(ctx, ask, keysOf(processes, func(p processFacts) string { return p.Key }))
	if err != nil {
		return draw.Picture{}, err
	}
	needs, moreNeeds, err := askNeeds(ctx, ask, keysOf(hosts, func(h hostFacts) string { return h.Key }))
	if err != nil {
		return draw.Picture{}, err
	}
	at, err := askRisks(ctx, ask)
	if err != nil {
		return draw.Picture{}, err
	}
	p := servicesPicture(hosts, processes, dependencies, needs, at)
	p.Title = titleOf("Services", what)
	leftOut(&p, moreProcesses, "processes", maxDrawn)
	leftOut(&p, moreHosts, "hosts", maxDrawn)
	leftOut(&p, moreLines || moreNeeds, "dependencies", maxLines)
	return p, nil
}

func keysOf[T any](all []T, key func(T) string) []string {
	keys := make([]string, len(all))
	for i, one := range all {
		keys[i] = key(one)
	}
	return keys
}

func titleOf(view string, what []string) string {
	if len(what) == 0 {
		return view + " of the fleet"
	}
	return view + " around " + strings.Join(what, ", ")
}

// servicesPicture puts processes into the boxes of their hosts and joins them. Processes of one name and
// user on one host are one row.
func servicesPicture(hosts []hostFacts, processes []processFacts, dependencies []dependency, needs []hostNeed, risky risks) draw.Picture {
	p := draw.Picture{Legend: []draw.Look{needLook, groupLook}}
	at := map[string]int{}
	for _, h := range hosts {
		at[h.Key] = len(p.Boxes)
		p.Boxes = append(p.Boxes, h.box(risky))
	}
	joined := map[string]bool{} // processes with lines
	for _, d := range dependencies {
		joined[d.From], joined[d.To] = true, true
	}
	for _, n := range needs {
		joined[n.Process] = true
	}
	byHost := map[string][]processFacts{}
	for _, proc := range processes {
		byHost[proc.Host] = append(byHost[proc.Host], proc)
	}
	ends := map[string]draw.End{} // by process
	for i := range p.Boxes {
		fillRows(&p.Boxes[i], byHost[p.Boxes[i].ID], joined, risky, ends)
	}
	joinProcesses(&p, dependencies, ends)
	joinNeeds(&p, at, needs, ends)
	judge(&p)
	return p
}

// joinProcesses draws a line for each pair of rows, with the ports by which they meet.
func joinProcesses(p *draw.Picture, dependencies []dependency, ends map[string]draw.End) {
	type pair struct{ from, to draw.End }
	known := map[pair]int{}
	ports := make(map[pair][]string)
	for _, d := range dependencies {
		from, shown := ends[d.From]
		to, both := ends[d.To]
		if !shown || !both || from == to {
			continue
		}
		key := pair{from, to}
		i, found := known[key]
		if !found {
			i = len(p.Edges)
			known[key] = i
			p.Edges = append(p.Edges, draw.Edge{From: from, To: to, Look: needLook})
		}
		e := &p.Edges[i]
		for _, endpoint := range d.Endpoints {
			ports[key] = append(ports[key], portOf(endpoint))
			e.Details = append(e.Details, endpointText(endpoint)+" "+sinceText(d.Since))
		}
		slices.Sort(ports[key])
		ports[key] = slices.Compact(ports[key])
		e.Label = strings.Join(ports[key][:min(len(ports[key]), maxPorts)], " ")
	}
}

// joinNeeds draws what hosts depend on by themselves, but for the network. What is needed and belongs
// to no host of the picture is a box of its own.
func joinNeeds(p *draw.Picture, at map[string]int, needs []hostNeed, ends map[string]draw.End) {
	for _, n := range needs {
		if n.ofNetwork() {
			continue
		}
		to, shown := ends[n.Process]
		_, onHost := at[n.On]
		switch {
		case shown:
		case onHost:
			to = draw.End{Box: n.On}
		default:
			to = draw.End{Box: n.Key}
			if _, known := at[n.Key]; !known {
				at[n.Key] = len(p.Boxes)
				p.Boxes = append(p.Boxes, draw.Box{ID: n.Key, Kind: draw.Address, Title: n.Name})
			}
		}
		if to.Box != n.Host {
			p.Edges = append(p.Edges, draw.Edge{From: draw.End{Box: n.Host}, To: to, Look: n.look(), Label: n.Group})
		}
	}
}

// portOf is the port of an Endpoint by its key: scope | address | port | protocol.
func portOf(endpoint string) string {
	parts := strings.Split(endpoint, "|")
	if len(parts) != 4 {
		return ""
	}
	if parts[3] == "tcp" {
		return ":" + parts[2]
	}
	return ":" + parts[2] + "/" + parts[3]
}

func endpointText(endpoint string) string {
	parts := strings.Split(endpoint, "|")
	if len(parts) != 4 {
		return endpoint
	}
	return parts[1] + portOf(endpoint)
}

// fillRows gives a host's box its rows, those with lines first when not all have a place, and says which
// end each process is.
func fillRows(b *draw.Box, processes []processFacts, joined map[string]bool, risky risks, ends map[string]draw.End) {
	if b.State > draw.AtRisk {
		risky = nil // the box says it
	}
	rows := rowsOf(processes, joined, risky)
	slices.SortStableFunc(rows, func(x, y serviceRow) int { return cmp.Compare(y.weight(), x.weight()) })
	if len(rows) > maxRows {
		for _, r := range rows[maxRows-1:] {
			for _, key := range r.keys {
				ends[key] = draw.End{Box: b.ID}
			}
		}
		more := draw.Row{Kind: draw.More, Label: fmt.Sprintf("and %d more", len(rows)-maxRows+1)}
		for _, r := range rows[maxRows-1:] {
			more.Details = append(more.Details, r.row.Label)
		}
		rows = append(rows[:maxRows-1], serviceRow{row: more})
	}
	for i, r := range rows {
		for _, key := range r.keys {
			ends[key] = draw.End{Box: b.ID, Row: i + 1}
		}
		b.Rows = append(b.Rows, r.row)
	}
}
