package depend

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// twoTiers is a proxy that uses an application and a server that nobody knows; the application uses a
// database and, by its address alone, something on the database's host. Their resolvers and switches are
// groups, db1 is dead.
const twoTiers = `
	(web1:Host {name: 'web1'})<-[:RUNS_ON]-(nginx:Process:Service:Client {name: 'nginx', host: 'web1'}),
	(web1)<-[:RUNS_ON]-(cron:Process {name: 'cron', host: 'web1'}),
	(web1)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(dns1:Endpoint {name: '192.0.2.53:53'}),
	(web1)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(dns2:Endpoint {name: '192.0.2.54:53', status: 'dead'}),
	(web1)-[:DEPENDS_ON {group: 'gateways', of: 1}]->(gw:IP {name: '192.0.2.254'}),
	(web1)-[:DEPENDS_ON {group: 'switches of eth0', of: 1}]->(sw:Switch {name: 'sw1'}),
	(eth0:NIC {name: 'eth0', host: 'web1'})-[:PART_OF]->(web1), (eth0)-[:WIRED_TO]->(port:Port {name: 'ge1'})-[:PART_OF]->(sw),
	(nginx)-[:CONNECTS_TO]->(app:Endpoint {name: '192.0.2.2:8080'})-[:PROVIDED_BY]->(java:Process:Service {name: 'java', host: 'app1'}),
	(nginx)-[:DEPENDS_ON]->(java)-[:RUNS_ON]->(app1:Host {name: 'app1'}),
	(app)-[:AT]->(ip2:IP {name: '192.0.2.2'})-[:ON]->(eth2:NIC {name: 'eth0', host: 'app1'})-[:PART_OF]->(app1),
	(nginx)-[:CONNECTS_TO]->(far:Endpoint {name: '198.51.100.9:443'})-[:AT]->(farip:IP {name: '198.51.100.9'}),
	(java)-[:DEPENDS_ON]->(redis:Process:Service {name: 'redis', host: 'db1', status: 'dead'})-[:RUNS_ON]->(db1:Host {name: 'db1', status: 'dead'}),
	(java)-[:CONNECTS_TO]->(odd:Endpoint {name: '192.0.2.3:99'})-[:AT]->(ip3:IP {name: '192.0.2.3'})-[:ON]->(eth3:NIC {name: 'eth0', host: 'db1'})-[:PART_OF]->(db1),
	(dns1)-[:PROVIDED_BY]->(dnsmasq:Process:Service {name: 'dnsmasq', host: 'dns1'})-[:RUNS_ON]->(dnshost:Host {name: 'dns1'}),
	(redis)-[:DEPENDS_ON]->(java)`

// read makes a Map of the notation of package graphtest; host and status are properties there.
func read(t *testing.T, text string) Map {
	t.Helper()
	facts, err := graphtest.Facts(graph.Source{Host: "h", Instance: "i", Boot: 1, Seq: 1}, text)
	if err != nil {
		t.Fatal(err)
	}
	m := Map{Things: map[graph.Ref]Thing{}}
	for _, n := range facts.Nodes {
		text := func(name string) string { s, _ := n.Props[name].(string); return s }
		kind := KindOf(append([]string{n.Label}, n.Labels...))
		m.Things[n.Ref] = Thing{Kind: kind, Label: n.Label, Key: n.Key, Name: text("name"), Host: text("host"), State: text("status")}
	}
	for _, r := range facts.Rels {
		group, _ := r.Props["group"].(string)
		of, _ := r.Props["of"].(int64)
		m.Links = append(m.Links, Link{From: r.From, To: r.To, Type: r.Type, Group: group, Of: int(of)})
	}
	return m
}

// drawn is a tree as text.
func drawn(n *Node) string {
	var b strings.Builder
	for _, l := range n.Lines(ASCII()) {
		b.WriteString(l.Branch + l.Say())
		for _, mark := range []struct {
			is   bool
			text string
		}{{l.State != "" && l.State != "up", " " + l.State}, {l.By != "", " [" + l.By + "]"}, {l.Again && l.Shared == 0, " (again)"}, {l.Shared > 0, fmt.Sprintf(" (for %d)", l.Shared)}, {l.More, " ..."}} {
			if mark.is {
				b.WriteString(mark.text)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestGrow(t *testing.T) {
	host := func(key string) graph.Ref { return graph.Ref{Label: graph.Host, Key: key} }
	process := func(key string) graph.Ref { return graph.Ref{Label: graph.Process, Key: key} }
	tests := []struct {
		name   string
		root   graph.Ref
		o      Options
		follow string
		want   string
	}{
		{"a host, what its processes use, groups and their state", host("web1"), Options{Depth: 20}, "", `
web1
|-- nginx@web1 [RUNS_ON]
|   |-- 198.51.100.9:443 [CONNECTS_TO]
|   '-- java@app1 [DEPENDS_ON]
|       |-- 192.0.2.3:99 [CONNECTS_TO]
|       |   '-- db1 dead [PART_OF]
|       |-- redis@db1 dead [DEPENDS_ON]
|       |   |-- java@app1 [DEPENDS_ON] (again)
|       |   '-- db1 dead [RUNS_ON] (again)
|       '-- app1 [RUNS_ON]
|-- 192.0.2.254 [gateways]
|-- sw1 [switches of eth0]
'-- 1 of 2 resolvers at risk
    |-- 192.0.2.53:53 [resolvers]
    |   '-- dnsmasq@dns1 [PROVIDED_BY]
    |       '-- dns1 [RUNS_ON]
    '-- 192.0.2.54:53 dead [resolvers]
`},
		{"what is deeper is not shown, and told", host("web1"), Options{Depth: 1}, "services,dns", `
web1
|-- nginx@web1 [RUNS_ON] ...
'-- 1 of 2 resolvers at risk
    |-- 192.0.2.53:53 [resolvers] ...
    '-- 192.0.2.54:53 dead [resolvers]
`},
		{"one kind alone", host("web1"), Options{Depth: 20}, "network", `
web1
|-- 192.0.2.254 [gateways]
'-- sw1 [switches of eth0]
`},
		{"a process", process("java"), Options{Depth: 20}, "services", `
java@app1
|-- 192.0.2.3:99 [CONNECTS_TO]
'-- redis@db1 dead [DEPENDS_ON]
    '-- java@app1 [DEPENDS_ON] (again)
`},
		{"an interface, by its port", graph.Ref{Label: graph.NIC, Key: "eth0"}, Options{Depth: 1}, "hosts,network", `
web1/eth0
|-- web1 [PART_OF] ...
'-- sw1 [PART_OF]
`},
		{"against the links", host("db1"), Options{Depth: 20, Reverse: true}, "", `
db1 dead
|-- java@app1 [CONNECTS_TO]
|   |-- nginx@web1 [DEPENDS_ON]
|   '-- redis@db1 dead [DEPENDS_ON] (again)
'-- redis@db1 dead [RUNS_ON]
    '-- java@app1 [DEPENDS_ON] (again)
`},
		{"who needs a resolver", process("dnsmasq"), Options{Depth: 20, Reverse: true}, "", `
dnsmasq@dns1
'-- web1 [resolvers, one of 2]
    |-- cron@web1 [RUNS_ON]
    '-- nginx@web1 [RUNS_ON]
`},
		{"who uses an endpoint that somebody provides", graph.Ref{Label: graph.Endpoint, Key: "app"}, Options{Depth: 1, Reverse: true}, "", `
192.0.2.2:8080
'-- nginx@web1 [CONNECTS_TO]
`},
		{"a switch", graph.Ref{Label: graph.Switch, Key: "sw"}, Options{Depth: 1, Reverse: true}, "", `
sw1
'-- web1 [switches of eth0] ...
`},
		{"nothing is known of it", host("nowhere"), Options{Depth: 20}, "", `
nowhere
`},
	}
	m := read(t, twoTiers)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var err error
			if tt.o.Follow, err = Following(tt.follow); err != nil {
				t.Fatal(err)
			}
			g := newGrowth(tt.root, m, tt.o)
			want := strings.ReplaceAll(tt.want[1:], "'-- ", "`-- ")
			if got := drawn(Grow(g.thing(tt.root), m, tt.o)); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
			slices.Reverse(m.Links) // whatever their order
			if got := drawn(Grow(g.thing(tt.root), m, tt.o)); got != want {
				t.Errorf("of links in another order\n%swant\n%s", got, want)
			}
		})
	}
}

func TestHeadings(t *testing.T) {
	member := func(state string) *Node { return &Node{Thing: Thing{State: state}} }
	for _, tt := range []struct {
		of          int
		members     []*Node
		name, state string
	}{
		{2, []*Node{member("up"), member("")}, "2 resolvers", "up"},
		{2, []*Node{member("up"), member("dead")}, "1 of 2 resolvers", AtRisk},
		{2, []*Node{member("unknown"), member("dead")}, "0 of 2 resolvers", Down},
		{2, []*Node{member("up")}, "1 of 2 resolvers seen", "up"},
		{2, []*Node{member("dead")}, "0 of 2 resolvers", AtRisk},
		{1, []*Node{member("up"), member("dead")}, "1 of 2 resolvers", AtRisk},
	} {
		if h := heading("resolvers", tt.of, tt.members); h.Name != tt.name || h.State != tt.state {
			t.Errorf("%q, %s, want %q, %s", h.Name, h.State, tt.name, tt.state)
		}
	}
}

// TestProviders: an endpoint is well while one of those that provide it is, and a group may have members
// that nobody has seen.
func TestProviders(t *testing.T) {
	m := read(t, `(h:Host {name: 'h'})-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(e:Endpoint {name: 'dns'}),
		(e)-[:PROVIDED_BY]->(a:Process {name: 'a', host: 'x', status: 'dead'}),
		(e)-[:PROVIDED_BY]->(b:Process {name: 'b', host: 'y', status: 'up'}),
		(e)-[:PROVIDED_BY]->(c:Process {name: 'c', host: 'z', status: 'dead'})`)
	for range 2 {
		tree := Grow(m.Things[graph.Ref{Label: graph.Host, Key: "h"}], m, Options{Depth: 1, Follow: AllKinds()})
		if len(tree.Children) != 1 || tree.Children[0].Kind != KindGroup {
			t.Fatalf("no heading:\n%s", drawn(tree))
		}
		if e := tree.Children[0].Children[0]; e.State != "up" || e.Host != "y" {
			t.Errorf("the endpoint is %q on %q, want it as the one that is well", e.State, e.Host)
		}
		slices.Reverse(m.Links)
	}
}

// TestFold folds forty clients of a database on two tiers, of which one is dead.
func TestFold(t *testing.T) {
	var text strings.Builder
	text.WriteString("(db:Process:Service {name: 'redis', host: 'db1'})")
	for i := range 20 {
		status := "up"
		if i == 7 {
			status = "dead"
		}
		fmt.Fprintf(&text, `, (app%[1]d:Process:Service {name: 'app', host: 'app%02[1]d', status: '%[2]s'})-[:DEPENDS_ON]->(db),
			(web%[1]d:Process:Client {name: 'web', host: 'web%02[1]d', status: 'up'})-[:DEPENDS_ON]->(app%[1]d), (web0)-[:DEPENDS_ON]->(app%[1]d)`, i, status)
	}
	o := Options{Reverse: true, Depth: 20, Follow: AllKinds()}
	m := read(t, text.String())
	tree := Grow(m.Things[graph.Ref{Label: graph.Process, Key: "db"}], m, o)
	want := "redis@db1\n" +
		"|-- 19 x app@app00, app@app01 ... app@app19 [DEPENDS_ON]\n" +
		"|   `-- 19 x web@web00, web@web01 ... web@web19 [DEPENDS_ON]\n" +
		"`-- app@app07 dead [DEPENDS_ON]\n" +
		"    |-- web@web00 [DEPENDS_ON] (again)\n" +
		"    `-- web@web07 [DEPENDS_ON]\n"
	folded := tree.Fold()
	if got := drawn(folded); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if homes := folded.Children[0].Homes(); len(homes) != 19 || homes[0] != "app00" {
		t.Errorf("homes %q", homes)
	}
	var links int
	for above, below := range tree.All() {
		if links++; above == tree && below.Name != "app" {
			t.Errorf("%s below the root", below.Say())
		}
	}
	if links != 20+39 {
		t.Errorf("%d links in the tree, want 59", links)
	}
	for n, want := range map[int]int{many - 1: many - 1, many: 1} {
		few := &Node{Children: tree.Children[:n]}
		if got := len(few.Fold().Children); got != want {
			t.Errorf("of %d there are %d, want %d", n, got, want)
		}
	}
}

func TestChains(t *testing.T) {
	end := func(name, state string) Thing { return Thing{Kind: "host", Name: name, State: state} }
	tree := Chains(Thing{Name: "nginx"}, []Chain{
		{[]string{"nginx", "java", "redis", "db1"}, end("db1", "dead"), "2026-01-02"},
		{[]string{"nginx", "java", "db2"}, end("db2", "dead"), ""},
		{[]string{"nginx", "db3"}, end("db3", "dead"), ""},
		{[]string{"helper", "db4"}, end("db4", "dead"), ""},
	})
	want := "nginx\n|-- java\n|   |-- redis\n|   |   `-- db1 dead\n|   `-- db2 dead\n|-- db3 dead\n`-- helper\n    `-- db4 dead\n"
	if got := drawn(tree); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := drawn(Chains(Thing{Name: "db1"}, []Chain{{[]string{"db1"}, end("db1", "dead"), ""}})); got != "db1 dead\n" {
		t.Errorf("itself: %q", got)
	}
	shop := Thing{Kind: "service", Name: "shop", Host: "app1", State: "up"}
	tree = Chains(shop, []Chain{{[]string{"shop@app1", "shop@app2", "db1"}, end("db1", "dead"), ""}})
	if got, want := drawn(tree), "shop@app1\n`-- shop@app2\n    `-- db1 dead\n"; got != want {
		t.Errorf("from a process: got\n%swant\n%s", got, want)
	}
}

func TestFollowing(t *testing.T) {
	if got, err := Following("dns,storage"); err != nil || !slices.Equal(got, []string{DNS, Storage}) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := Following("dns,sevices"); err == nil || !strings.Contains(err.Error(), `"sevices"`) {
		t.Errorf("error %v, want one that names it", err)
	}
}

func TestUTF8(t *testing.T) {
	for locale, want := range map[string]bool{"": false, "C": false, "C.UTF-8": true, "de_DE.utf8": true, "de_DE.UTF-8@euro": true, "utf8": false, "de_DE.ISO-8859-1": false} {
		if got := UTF8(locale); got != want {
			t.Errorf("UTF8(%q) = %v", locale, got)
		}
	}
}

func TestSay(t *testing.T) {
	for _, tt := range []struct {
		thing Thing
		want  string
	}{
		{Thing{Kind: "host", Key: "id", Name: "web1", Host: "web1"}, "web1"},
		{Thing{Kind: "service", Name: "redis", Host: "db1"}, "redis@db1"},
		{Thing{Kind: "service", Name: "redis"}, "redis"},
		{Thing{Kind: "service", Name: "redis", Host: "redis"}, "redis@redis"},
		{Thing{Kind: "container", Name: "shop", Host: "web1"}, "web1/shop"},
		{Thing{Kind: "container", Key: "h|docker|7", Name: "shop"}, "shop"},
		{Thing{Kind: "client", Name: "nginx", Host: "web1/shop"}, "nginx@web1/shop"},
		{Thing{Kind: "nic", Name: "eth0", Host: "db1"}, "db1/eth0"},
		{Thing{Kind: "endpoint", Name: "192.0.2.1:80", Host: "db1"}, "192.0.2.1:80"},
		{Thing{Kind: "switch", Key: "00:11"}, "00:11"},
	} {
		if got := tt.thing.Say(); got != tt.want {
			t.Errorf("%+v is said %q, want %q", tt.thing, got, tt.want)
		}
	}
}

// TestHome: of what is in a container its host tells.
func TestHome(t *testing.T) {
	for _, tt := range []struct {
		thing Thing
		want  string
	}{
		{Thing{Kind: "host", Name: "web1", Host: "elsewhere"}, "web1"},
		{Thing{Kind: "container", Name: "shop", Host: "web1"}, "web1"},
		{Thing{Kind: "service", Name: "nginx", Host: "web1/shop"}, "web1"},
		{Thing{Kind: "switch", Name: "sw1"}, ""},
	} {
		if got := tt.thing.Home(); got != tt.want {
			t.Errorf("home of %+v is %q, want %q", tt.thing, got, tt.want)
		}
	}
}

func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		labels      []string
		kind, label string
	}{
		{[]string{"Host"}, "host", "Host"},
		{[]string{"Container", "Host"}, "container", "Host"},
		{[]string{"Client", "Process", "Service"}, "service", "Process"},
		{[]string{"Process", "Client"}, "client", "Process"},
		{[]string{"IP"}, "ip", "IP"},
	} {
		if kind, label := KindOf(tt.labels), FirstLabel(tt.labels); kind != tt.kind || label != tt.label || LabelOf(kind) != label {
			t.Errorf("%q: %s, %s, and back %s", tt.labels, kind, label, LabelOf(kind))
		}
	}
}

// TestGrowEnds grows trees from random graphs: each thing is expanded once, whatever cycles there are.
func TestGrowEnds(t *testing.T) {
	types, labels := graph.Dependencies(), []string{graph.Host, graph.Process, graph.Endpoint, graph.IP, graph.NIC, graph.Port, graph.Switch}
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		ref := func() graph.Ref {
			n := rng.IntN(12)
			return graph.Ref{Label: labels[n%len(labels)], Key: fmt.Sprint(n)}
		}
		var m Map
		for range 40 {
			m.Links = append(m.Links, Link{From: ref(), To: ref(), Type: types[rng.IntN(len(types))]})
		}
		root := ref()
		tree := Grow(Thing{Label: root.Label, Key: root.Key}, m, Options{Depth: 20, Reverse: seed%2 == 0, Follow: AllKinds()})
		expanded := map[graph.Ref]bool{}
		for above, below := range tree.All() {
			if below.Again && len(below.Children) > 0 {
				t.Errorf("seed %d: %v stands there again, with children", seed, below.ref())
			}
			if !below.Again && (expanded[below.ref()] || below.ref() == root) {
				t.Errorf("seed %d: %v below %v is a second one", seed, below.ref(), above.ref())
			}
			expanded[below.ref()] = expanded[below.ref()] || !below.Again
		}
	}
}
