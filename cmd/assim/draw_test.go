package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph/draw"
	"github.com/assim-mesh/assim/graph/neo4j"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

// textOf writes a picture for people: boxes with their state and rows, then edges.
func textOf(p draw.Picture) string {
	var b strings.Builder
	rows := map[draw.End]string{}
	state := func(s draw.State) string {
		if s == draw.Up {
			return ""
		}
		return " !" + s.String()
	}
	for _, box := range p.Boxes {
		rows[draw.End{Box: box.ID}] = box.Title
		fmt.Fprintf(&b, "%s %s%s:", box.Kind, box.Title, state(box.State))
		for i, r := range box.Rows {
			rows[draw.End{Box: box.ID, Row: i + 1}] = box.Title + "/" + strings.Fields(r.Label)[0]
			root := ""
			if r.Root {
				root = "#"
			}
			fmt.Fprintf(&b, " [%s%s%s]", root, strings.TrimSpace(r.Label+" "+r.Aside), state(r.State))
		}
		b.WriteString("\n")
	}
	var edges []string
	for _, e := range p.Edges {
		arrow := map[bool]string{false: "->", true: "-->"}[e.Dashed]
		edges = append(edges, fmt.Sprintf("%s %s %s %s%s\n", rows[e.From], arrow, rows[e.To], e.Label, state(e.State)))
	}
	slices.Sort(edges)
	return b.String() + strings.Join(edges, "")
}

func TestDrawServices(t *testing.T) {
	ask := storeOf(t, smallFleet())
	for _, tt := range []struct {
		what  string
		depth int
		want  string
	}{
		{"", 0, `host app1: [java :9000] [#filebeat]
host app2 !dead: [java :9000] [#filebeat]
host build1 !shutdown: [#cron]
host db1: [pgbouncer :6432 !dead] [postgres :5432]
host dns1: [unbound :53]
host proxy1 !at risk: [haproxy :443 !at risk]
host web1: [nginx :8080] [#sshd :22]
host web2: [nginx :8080] [#sshd :22]
host web3: [nginx :8080] [#sshd :22]
host web4 !at risk: [nginx :8080 !at risk] [#sshd :22]
app1 --> dns1/unbound resolvers
app1/java -> db1/postgres :5432
app2 --> dns1/unbound resolvers
app2/java -> db1/postgres :5432
db1/pgbouncer -> db1/postgres :5432
proxy1/haproxy -> web1/nginx :8080
proxy1/haproxy -> web2/nginx :8080
proxy1/haproxy -> web3/nginx :8080
proxy1/haproxy -> web4/nginx :8080 !at risk
web1/nginx -> app1/java :9000
web2/nginx -> app1/java :9000
web3/nginx -> app1/java :9000
web4/nginx -> app1/java :9000
web4/nginx -> app2/java :9000 !dead
`},
		{"unbound", 1, "host dns1: [unbound :53]\n"},
		{"build1", 6, "host build1 !shutdown: [#cron]\n"},
		{"web4", 1, `host app1: [java :9000]
host app2 !dead: [java :9000]
host proxy1 !at risk: [haproxy :443 !at risk]
host web4 !at risk: [nginx :8080 !at risk] [#sshd :22]
address 192.0.2.53:53:
app1 --> 192.0.2.53:53 resolvers
app2 --> 192.0.2.53:53 resolvers
proxy1/haproxy -> web4/nginx :8080 !at risk
web4/nginx -> app1/java :9000
web4/nginx -> app2/java :9000 !dead
`},
		{"haproxy db1", 1, `host app1: [java :9000]
host app2 !dead: [java :9000]
host db1: [pgbouncer :6432 !dead] [postgres :5432]
host proxy1 !at risk: [haproxy :443 !at risk]
host web1: [nginx :8080]
host web2: [nginx :8080]
host web3: [nginx :8080]
host web4 !at risk: [nginx :8080 !at risk]
address 192.0.2.53:53:
app1 --> 192.0.2.53:53 resolvers
app1/java -> db1/postgres :5432
app2 --> 192.0.2.53:53 resolvers
app2/java -> db1/postgres :5432
db1/pgbouncer -> db1/postgres :5432
proxy1/haproxy -> web1/nginx :8080
proxy1/haproxy -> web2/nginx :8080
proxy1/haproxy -> web3/nginx :8080
proxy1/haproxy -> web4/nginx :8080 !at risk
web1/nginx -> app1/java :9000
web2/nginx -> app1/java :9000
web3/nginx -> app1/java :9000
web4/nginx -> app1/java :9000
web4/nginx -> app2/java :9000 !dead
`},
	} {
		p, err := drawServices(t.Context(), ask, strings.Fields(tt.what), tt.depth)
		if got := textOf(p); err != nil || got != tt.want || len(p.Notes) > 0 {
			t.Errorf("%q, depth %d: %v %q, got\n%s\nwant\n%s", tt.what, tt.depth, err, p.Notes, got, tt.want)
		}
	}
}

func TestDrawNetwork(t *testing.T) {
	ask := storeOf(t, smallFleet())
	const alone = `host dns1: [eth0 192.0.2.53]
subnet 192.0.2.0/24:
switch rack1: [ge-dns1]
address 192.0.2.254:
dns1 -> 192.0.2.254 gateways
dns1/eth0 -> 192.0.2.0/24 
rack1/ge-dns1 -> dns1/eth0 
`
	p, err := drawNetwork(t.Context(), ask, []string{"unbound"}, 1)
	if got := textOf(p); err != nil || got != alone {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, alone)
	}
	all, err := drawNetwork(t.Context(), ask, nil, 0)
	if err != nil || len(all.Boxes) != 10+3 || len(all.Edges) != 3*10 {
		t.Errorf("%v, the fleet has %d boxes and %d edges, want 13 and 30:\n%s", err, len(all.Boxes), len(all.Edges), textOf(all))
	}
	near, err := drawNetwork(t.Context(), ask, []string{"web1"}, 2)
	if err != nil || textOf(near) != textOf(all) {
		t.Errorf("%v, two steps from web1 there is\n%s\nwant\n%s", err, textOf(near), textOf(all))
	}
	if got := textOf(all); !strings.Contains(got, "host app2 !dead: [eth0 192.0.2.31 !shutdown]\n") {
		t.Errorf("an interface without carrier is not told:\n%s", got)
	}
}

// TestDrawContainer: a container leads to the host that it runs on, and is at risk when that is dead.
func TestDrawContainer(t *testing.T) {
	p, err := drawServices(t.Context(), storeOf(t, "(web1:Host {name: 'web1', status: 'dead'}), (c1:Host:Container {name: 'c1'})-[:RUNS_ON]->(web1:Host)"), nil, 0)
	const want = "container c1 !at risk:\nhost web1 !dead:\nc1 -> web1 runs on !dead\n"
	if got := textOf(p); err != nil || got != want {
		t.Errorf("%v, got %s, want %s", err, got, want)
	}
}

// TestFind: what may be drawn around, and what was meant by a name that is misspelt.
func TestFind(t *testing.T) {
	ask := storeOf(t, `(web1:Host {name: 'web1'})-[:HAS_NIC]->(n1:NIC)-[:PART_OF]->(web1), (n1)-[:WIRED_TO]->(p1:Port {name: '1'})-[:PART_OF]->(s1:Switch {name: 'sw1'}),
		(web2:Host {name: 'web2'})-[:HAS_NIC]->(n2:NIC)-[:PART_OF]->(web2), (n2)-[:WIRED_TO]->(p2:Port {name: '2'})-[:PART_OF]->(s1),
		(nginx1:Process {name: 'nginx'})-[:RUNS_ON]->(web1), (nginx2:Process {name: 'nginx'})-[:RUNS_ON]->(web2)`)
	for _, tt := range []struct{ name, hosts, processes, nearest string }{
		{"web1", "web1", "", ""}, {"sw1", "web1 web2", "", ""}, {"s1", "web1 web2", "", ""},
		{"nginx", "", "nginx1 nginx2", ""}, {"nginx@web2", "", "nginx2", ""}, {"nginx@wbe2", "", "", "nginx@web2"}, {"sw2", "", "", "sw1"},
	} {
		found, err := find(t.Context(), ask, []string{tt.name})
		slices.Sort(found.hosts)
		slices.Sort(found.processes)
		var unnamed *unnamedError
		if errors.As(err, &unnamed) && unnamed.nearest != tt.nearest || err != nil && unnamed == nil {
			t.Errorf("%q: %v, nearest %+v, want %q", tt.name, err, unnamed, tt.nearest)
		}
		if got, and := strings.Join(found.hosts, " "), strings.Join(found.processes, " "); got != tt.hosts || and != tt.processes {
			t.Errorf("%q: hosts %q and processes %q, want %q and %q", tt.name, got, and, tt.hosts, tt.processes)
		}
	}
}

// TestWires: two addresses of an interface in one subnet are one line; what reaches one host only, none.
func TestWires(t *testing.T) {
	on := func(address, subnet string) wire {
		return wire{Host: "h", NIC: "h|eth0", Name: "eth0", Address: address, Subnet: subnet, CIDR: "192.0.2.0/24"}
	}
	p := networkPicture([]hostFacts{{Key: "h", Name: "web1"}}, []wire{
		on("192.0.2.1", "site|192.0.2.0/24"), on("192.0.2.2", "site|192.0.2.0/24"), on("172.17.0.1", "host:h|172.17.0.0/16"), on("127.0.0.1", "host:h|127.0.0.0/8"),
	}, nil, nil)
	const want = "host web1: [eth0 192.0.2.1]\nsubnet 192.0.2.0/24:\nweb1/eth0 -> 192.0.2.0/24 \n"
	if got := textOf(p); got != want || !slices.Equal(p.Boxes[0].Rows[0].Details, []string{"192.0.2.1", "192.0.2.2", "172.17.0.1"}) {
		t.Errorf("got %s with %q, want %s", got, p.Boxes[0].Rows[0].Details, want)
	}
}

// TestDrawOnNeo4j: the pictures are the same from the real Neo4j.
func TestDrawOnNeo4j(t *testing.T) {
	const password = "only-for-this-test"
	server, err := neo4jtest.Start(t.Context(), neo4jtest.Config{Lib: neo4jtest.Lib(t), Home: filepath.Join(t.TempDir(), "neo4j"), Password: password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { // after the store's end, since it is registered first
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	store, err := neo4j.Open(t.Context(), neo4j.Config{URI: server.URI(), Username: neo4jtest.User, Password: password, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	far, near := filled(t, store, smallFleet()), storeOf(t, smallFleet())
	for name, picture := range map[string]func(graphQuery) (draw.Picture, error){
		"services of all":     func(ask graphQuery) (draw.Picture, error) { return drawServices(t.Context(), ask, nil, 0) },
		"services around db1": func(ask graphQuery) (draw.Picture, error) { return drawServices(t.Context(), ask, []string{"db1"}, 2) },
		"network of all":      func(ask graphQuery) (draw.Picture, error) { return drawNetwork(t.Context(), ask, nil, 0) },
		"network around a switch": func(ask graphQuery) (draw.Picture, error) {
			return drawNetwork(t.Context(), ask, []string{"rack1"}, 1)
		},
		"services around a process": func(ask graphQuery) (draw.Picture, error) {
			return drawServices(t.Context(), ask, []string{"postgres@db1"}, 1)
		},
		"network around web1": func(ask graphQuery) (draw.Picture, error) { return drawNetwork(t.Context(), ask, []string{"web1"}, 2) },
	} {
		want, err := picture(near)
		if err != nil {
			t.Fatal(err)
		}
		got, err := picture(far)
		if err != nil || textOf(got) != textOf(want) {
			t.Errorf("%s: %v, Neo4j draws\n%s\nwant\n%s", name, err, textOf(got), textOf(want))
		}
	}
}

// TestDrawUnnamed: what is not in the graph is named, and nothing is drawn in its place.
func TestDrawUnnamed(t *testing.T) {
	ask := storeOf(t, smallFleet())
	for _, picture := range []func() (draw.Picture, error){
		func() (draw.Picture, error) {
			return drawServices(t.Context(), ask, []string{"web1", "nobody", `"];`}, 1)
		},
		func() (draw.Picture, error) {
			return drawNetwork(t.Context(), ask, []string{"web1", "nobody", `"];`}, 1)
		},
	} {
		var unnamed *unnamedError
		if p, err := picture(); !errors.As(err, &unnamed) || !slices.Equal(unnamed.names, []string{`"];`, "nobody"}) || len(p.Boxes) > 0 {
			t.Errorf("%v and %d boxes, want an error that names both", err, len(p.Boxes))
		}
	}
}

// TestFetchIsBounded: one row more than are wanted is asked for, to know that there are more.
func TestFetchIsBounded(t *testing.T) {
	ask := storeOf(t, smallFleet())
	for rows, wantMore := range map[int]bool{4: false, 5: true} {
		got, more, err := fetch[int](t.Context(), ask, fmt.Sprintf("UNWIND range(1, %d) AS n RETURN n", rows), 4, nil)
		if err != nil || len(got) != 4 || more != wantMore {
			t.Errorf("of %d rows: %v, more %v, %v; want 4 and %v", rows, got, more, err, wantMore)
		}
	}
	var p draw.Picture
	leftOut(&p, false, "hosts", maxDrawn)
	leftOut(&p, true, "hosts", maxDrawn)
	if want := "Only the first 3000 hosts are drawn: name hosts or services, or give a smaller depth."; !slices.Equal(p.Notes, []string{want}) {
		t.Errorf("notes %q, want %q", p.Notes, want)
	}
	if _, _, err := fetch[int](t.Context(), ask, "RETURN 1, 2", 4, nil); err == nil {
		t.Error("a row of two values is taken")
	}
	if _, _, err := fetch[int](t.Context(), ask, "RETURN 'one'", 4, nil); err == nil {
		t.Error("a text is taken for a number")
	}
}

// TestRows: more processes than a box has rows are told by number, those with lines have rows first.
func TestRows(t *testing.T) {
	var processes []processFacts
	for i := range maxRows + 3 {
		processes = append(processes, processFacts{Key: fmt.Sprint("k", i), Name: fmt.Sprintf("p%02d", i), Service: i%2 == 0})
	}
	processes = append(processes, processFacts{Key: "again", Name: "p00", Service: true, Ports: []int{4, 3, 2, 1}})
	ends := map[string]draw.End{}
	var b draw.Box
	fillRows(&b, processes, map[string]bool{"k13": true}, nil, ends)
	if len(b.Rows) != maxRows || b.Rows[0].Label != "p13" || b.Rows[1].Label != "p00 :1 :2 :3 …" || b.Rows[1].Aside != "×2" ||
		b.Rows[maxRows-1].Label != "and 4 more" || ends["k13"].Row != 1 || ends["again"].Row != 2 || ends["k14"].Row == 0 || ends["k11"].Row != 0 {
		t.Errorf("rows %+v, ends %v", b.Rows, ends)
	}
	b = draw.Box{}
	if fillRows(&b, processes[:maxRows], nil, nil, ends); len(b.Rows) != maxRows || b.Rows[maxRows-1].Kind == draw.More {
		t.Errorf("%d processes have rows %+v", maxRows, b.Rows)
	}
}

// TestExamplePicture keeps docs/fleet.svg, which README.md shows, as the code draws it.
func TestExamplePicture(t *testing.T) {
	p, err := drawServices(t.Context(), storeOf(t, smallFleet()), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	svg := draw.SVG(p)
	const path = "../../docs/fleet.svg"
	if *update {
		if err := os.WriteFile(path, svg, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, svg) {
		t.Error("docs/fleet.svg is stale; run 'go test ./cmd/assim -run ExamplePicture -update' and look at it")
	}
}

// TestOfNetwork: gateways of both protocols are in the picture of the network, what serves is not.
func TestOfNetwork(t *testing.T) {
	for group, want := range map[string]bool{
		"gateways": true, "gateways over IPv6": true, "switches of bond0": true, "resolvers": false, "mount /home": false, "runs on": false,
	} {
		if got := (hostNeed{Group: group}).ofNetwork(); got != want {
			t.Errorf("%s: %v, want %v", group, got, want)
		}
	}
}
