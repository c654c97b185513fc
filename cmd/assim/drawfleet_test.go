package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// storeOf is an embedded store with a graph, in which dependencies were seen at one time: see filled.
func storeOf(t *testing.T, text string) graphQuery {
	t.Helper()
	seen := time.Date(2026, 11, 21, 9, 30, 0, 0, time.UTC)
	s, err := embedded.Open(filepath.Join(t.TempDir(), "graph"), slog.New(slog.DiscardHandler), embedded.WithClock(func() time.Time { return seen }))
	if err != nil {
		t.Fatal(err)
	}
	return filled(t, s, text)
}

// filled applies to a store, which it closes in the end, what the text asserts in graphtest's notation
// as one host's document, and returns how to query it as a client of a CMA does.
func filled(t *testing.T, s graph.Store, text string) graphQuery {
	t.Helper()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	facts, err := graphtest.Facts(graph.Source{Host: "test", Instance: "all", Boot: 1, Seq: 1, Hash: "abc"}, text)
	if err != nil {
		t.Fatal(err)
	}
	keyed(&facts)
	if _, err := s.Apply(t.Context(), []graph.Facts{facts}); err != nil {
		t.Fatal(err)
	}
	named, err := graph.Queries()
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, q api.Query) (rows api.Rows, err error) {
		var params map[string]any
		if err := reencode(q.Params, &params); err != nil {
			return rows, err
		}
		if q.Name != "" {
			kept, err := graph.Find(named, q.Name)
			if err != nil {
				return rows, err
			}
			if params, err = kept.Convert(params); err != nil {
				return rows, err
			}
			q.Cypher = kept.Text
		}
		result, err := s.Query(ctx, q.Cypher, params)
		if err != nil {
			return rows, err
		}
		return rows, reencode(result, &rows)
	}
}

// reencode brings a value over the wire.
func reencode(from, to any) error {
	b, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, to)
}

// keyed gives endpoints and subnets, whose keys the notation can't write, the keys of package graph.
func keyed(f *graph.Facts) {
	keys := map[graph.Ref]string{}
	for i, n := range f.Nodes {
		switch n.Label {
		case graph.Endpoint:
			keys[n.Ref] = fmt.Sprintf("site|%s|%d|tcp", n.Props["address"], n.Props["port"])
		case graph.Subnet:
			keys[n.Ref] = "site|" + n.Props["cidr"].(string)
		case graph.Port:
			keys[n.Ref] = "switch|" + n.Props["name"].(string) + n.Key
		default:
			continue
		}
		f.Nodes[i].Key = keys[n.Ref]
	}
	for i, r := range f.Rels {
		for _, ref := range []*graph.Ref{&r.From, &r.To} {
			if key, ok := keys[*ref]; ok {
				ref.Key = key
			}
		}
		f.Rels[i] = r
	}
}

// smallFleet has a proxy, web servers, an application on two hosts of which one is dead, a database with
// a monitor that failed, a resolver, a host of which nothing depends, and a switch to which all are wired.
func smallFleet() string {
	var b, connections strings.Builder // connections last: a node has the properties of its first mention
	host := func(name, status, address string) {
		fmt.Fprintf(&b, `(%[1]s:Host {name: '%[1]s', status: '%[2]s', status_since: '2026-11-21T08:15:00Z', os: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-28-amd64'})
			-[:HAS_NIC]->(n%[1]s:NIC {name: 'eth0', mac: '02:00:00:00:00:01', speed: 10000, carrier: %[4]v})-[:PART_OF]->(%[1]s),
			(i%[1]s:IP {address: '%[3]s'})-[:ON]->(n%[1]s), (i%[1]s)-[:IN]->(net:Subnet {cidr: '192.0.2.0/24'}),
			(n%[1]s)-[:WIRED_TO]->(p%[1]s:Port {name: 'ge-%[1]s'})-[:PART_OF]->(sw:Switch {name: 'rack1', status: 'up'}),
			(%[1]s)-[:DEPENDS_ON {group: 'gateways', of: 1}]->(gw:IP {address: '192.0.2.254'}),
`, name, status, address, status == "up")
	}
	process := func(host, name string, uid, port int, address string) {
		label := "Client"
		if port > 0 {
			label = "Service"
		}
		fmt.Fprintf(&b, "(%[1]s_%[2]s:Process:%[3]s {name: '%[2]s', exe: '/usr/sbin/%[2]s', uid: %[4]d})-[:RUNS_ON]->(%[1]s:Host),\n", host, name, label, uid)
		if port > 0 {
			fmt.Fprintf(&b, "(e%[1]s%[3]d:Endpoint {address: '%[4]s', port: %[3]d})-[:PROVIDED_BY]->(%[1]s_%[2]s:Process),\n", host, name, port, address)
		}
	}
	connect := func(from, host string, port int) {
		fmt.Fprintf(&connections, "(%s:Process)-[:CONNECTS_TO]->(e%s%d:Endpoint),\n", from, host, port)
	}
	host("proxy1", "up", "192.0.2.10")
	process("proxy1", "haproxy", 110, 443, "192.0.2.10")
	for i := range 4 {
		web, address := fmt.Sprint("web", i+1), fmt.Sprint("192.0.2.", 20+i)
		host(web, "up", address)
		process(web, "nginx", 33, 8080, address)
		process(web, "sshd", 0, 22, address)
		connect("proxy1_haproxy", web, 8080)
	}
	for i, status := range []string{"up", "dead"} {
		app, address := fmt.Sprint("app", i+1), fmt.Sprint("192.0.2.", 30+i)
		host(app, status, address)
		process(app, "java", 1000, 9000, address)
		process(app, "filebeat", 0, 0, "")
		connect(app+"_java", "db1", 5432)
	}
	host("db1", "up", "192.0.2.40")
	process("db1", "postgres", 105, 5432, "192.0.2.40")
	process("db1", "pgbouncer", 105, 6432, "192.0.2.40")
	connect("db1_pgbouncer", "db1", 5432)
	b.WriteString("(m:Monitor {status: 'failed'})-[:WATCHES]->(db1_pgbouncer:Process),\n")
	for i := range 4 {
		web := fmt.Sprintf("web%d_nginx", i+1)
		connect(web, "app1", 9000)
		if i == 3 {
			connect(web, "app2", 9000)
		}
	}
	host("dns1", "up", "192.0.2.53")
	process("dns1", "unbound", 107, 53, "192.0.2.53")
	b.WriteString("(app1:Host)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(edns153:Endpoint), (app2:Host)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(edns153:Endpoint),\n")
	host("build1", "shutdown", "192.0.2.60")
	process("build1", "cron", 0, 0, "")
	return strings.TrimSuffix(b.String()+connections.String(), ",\n")
}
