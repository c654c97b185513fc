package main

import (
	"testing"

	"github.com/assim-mesh/assim/graph/draw"
)

// TestDrawRisk: what is at risk is so along all dependencies: by a group that has lost one, through what
// depends on that, and because of what is not in the picture.
func TestDrawRisk(t *testing.T) {
	ask := storeOf(t, `(dns1:Host {name: 'dns1', status: 'dead'}), (unbound:Process:Service {name: 'unbound'})-[:RUNS_ON]->(dns1),
		(e1:Endpoint {address: '192.0.2.1', port: 53})-[:PROVIDED_BY]->(unbound),
		(app1:Host {name: 'app1'})-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(e1), (app1)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(e2:Endpoint {address: '192.0.2.2', port: 53}),
		(java:Process:Service {name: 'java'})-[:RUNS_ON]->(app1), (e3:Endpoint {address: '192.0.2.3', port: 9000})-[:PROVIDED_BY]->(java),
		(nginx:Process:Client {name: 'nginx'})-[:RUNS_ON]->(web1:Host {name: 'web1'}), (nginx)-[:CONNECTS_TO]->(e3),
		(ntp:Process:Client {name: 'ntp'})-[:RUNS_ON]->(web2:Host {name: 'web2'})`)
	p, err := drawServices(t.Context(), ask, []string{"nginx", "web2"}, 1)
	const want = `host app1 !at risk: [java :9000 !at risk]
host web1 !at risk: [nginx !at risk]
host web2: [ntp]
address 192.0.2.1:53:
address 192.0.2.2:53:
app1 --> 192.0.2.1:53 resolvers
app1 --> 192.0.2.2:53 resolvers
web1/nginx -> app1/java :9000 !at risk
`
	if got := textOf(p); err != nil || got != want {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	network, err := drawNetwork(t.Context(), ask, []string{"app1", "web2"}, 1)
	const alone = "host app1 !at risk:\nhost web2:\n"
	if got := textOf(network); err != nil || got != alone {
		t.Errorf("network: %v, got\n%s\nwant\n%s", err, got, alone)
	}
}

// TestJudge: a line is as what it leads to: a row, or the box where that is down.
func TestJudge(t *testing.T) {
	row := func(s draw.State) []draw.Row { return []draw.Row{{State: s}} }
	p := draw.Picture{
		Boxes: []draw.Box{{ID: "risk", State: draw.AtRisk, Rows: row(draw.Up)}, {ID: "dead", State: draw.Dead, Rows: row(draw.Up)}, {ID: "failed", Rows: row(draw.Dead)}, {ID: "up", Rows: row(draw.AtRisk)}},
		Edges: []draw.Edge{{To: draw.End{Box: "risk", Row: 1}}, {To: draw.End{Box: "risk"}}, {To: draw.End{Box: "dead", Row: 1}}, {To: draw.End{Box: "failed", Row: 1}}, {To: draw.End{Box: "up"}},
			{To: draw.End{Box: "up", Row: 1}}, {To: draw.End{Box: "dead"}, Look: draw.Look{Arrows: draw.AtNone}}, {To: draw.End{Box: "none"}}},
	}
	judge(&p)
	for i, want := range []draw.State{draw.Up, draw.AtRisk, draw.Dead, draw.Dead, draw.Up, draw.AtRisk, draw.Up, draw.Up} {
		if got := p.Edges[i].State; got != want {
			t.Errorf("the line to %v is %v, want %v", p.Edges[i].To, got, want)
		}
	}
	for i, want := range []draw.State{draw.AtRisk, draw.Dead, draw.Up, draw.AtRisk} {
		if got := p.Boxes[i]; got.State != want {
			t.Errorf("box %s is %v, want %v", got.ID, got.State, want)
		}
	}
}
