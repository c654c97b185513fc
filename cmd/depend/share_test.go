package depend

import (
	"cmp"
	"fmt"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// sharedFleet is web1 with five programs that all look names up and log in by the same two services, of which
// nginx uses two applications besides; all hosts have the same resolvers, gateway and, but for db1, switches.
func sharedFleet() string {
	var b strings.Builder
	host := func(name string) {
		fmt.Fprintf(&b, "(%s:Host {name: '%s'}),\n", name, name)
		for i, address := range []string{"192.0.2.53:53", "192.0.2.54:53"} {
			fmt.Fprintf(&b, "(%s)-[:DEPENDS_ON {group: 'resolvers', of: 2}]->(e%d:Endpoint {name: '%s'}),\n", name, i+1, address)
		}
		fmt.Fprintf(&b, "(%s)-[:DEPENDS_ON {group: 'gateways', of: 1}]->(gw:IP {name: '192.0.2.254'}),\n", name)
		for i := range 2 {
			fmt.Fprintf(&b, "(%s)-[:DEPENDS_ON {group: 'switches of bond0', of: 2}]->(sw%d:Switch {name: 'sw%d'}),\n", name, i+1, i+1)
		}
	}
	runs := func(program, host string, uses ...string) {
		fmt.Fprintf(&b, "(%s_%s:Process:Service {name: '%s', host: '%s'})-[:RUNS_ON]->(%s:Host),\n", program, host, program, host, host)
		for _, u := range uses {
			fmt.Fprintf(&b, "(%s_%s)-[:DEPENDS_ON]->(%s:Process),\n", program, host, u)
		}
	}
	for _, name := range []string{"web1", "app1", "app2", "db1", "auth1", "dns1", "dns2"} {
		host(name)
	}
	runs("dnsmasq", "dns1")
	runs("dnsmasq", "dns2")
	runs("slapd", "auth1")
	runs("redis", "db1", "dnsmasq_dns1")
	runs("java", "app1", "redis_db1", "dnsmasq_dns1", "slapd_auth1")
	runs("java", "app2", "redis_db1", "dnsmasq_dns1", "slapd_auth1")
	runs("nginx", "web1", "java_app1", "java_app2", "dnsmasq_dns1", "slapd_auth1")
	for _, program := range []string{"cron", "sshd", "sssd", "backup"} {
		runs(program, "web1", "dnsmasq_dns1", "slapd_auth1")
	}
	b.WriteString("(e1:Endpoint)-[:PROVIDED_BY]->(dnsmasq_dns1:Process), (e2:Endpoint)-[:PROVIDED_BY]->(dnsmasq_dns2:Process)")
	return b.String()
}

// TestShare: what seventy lines said is said in nineteen, and what few need stays where it is.
func TestShare(t *testing.T) {
	m := read(t, sharedFleet())
	whole := Grow(m.Things[graph.Ref{Label: graph.Host, Key: "web1"}], m, Options{Depth: 20, Follow: AllKinds()})
	before := drawn(whole)
	want := strings.ReplaceAll(`
web1
|-- 4 x backup@web1, cron@web1 ... sssd@web1 [RUNS_ON]
|-- nginx@web1 [RUNS_ON]
|   |-- java@app1 [DEPENDS_ON]
|   |   '-- redis@db1 [DEPENDS_ON]
|   '-- java@app2 [DEPENDS_ON]
|       '-- redis@db1 [DEPENDS_ON] (again)
|-- 192.0.2.254 [gateways] (for 7)
|-- 2 switches of bond0 (for 7)
|   |-- sw1 [switches of bond0]
|   '-- sw2 [switches of bond0]
|-- 2 resolvers (for 7)
|   |-- 192.0.2.53:53 [resolvers]
|   '-- 192.0.2.54:53 [resolvers]
|       '-- dnsmasq@dns2 [PROVIDED_BY]
'-- needed by several of these
    |-- dnsmasq@dns1 [DEPENDS_ON] (for 9)
    '-- slapd@auth1 [DEPENDS_ON] (for 7)
`, "'-- ", "`-- ")[1:]
	if got := drawn(whole.Share().Fold()); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if after := drawn(whole); after != before || strings.Count(before, "\n") < 70 {
		t.Errorf("the tree itself was changed to\n%sof\n%s", after, before)
	}
}

// TestShareOften: three places are many, two are not; of a group the member that the fewest need counts.
func TestShareOften(t *testing.T) {
	const hosts = `(root:Host {name: 'root'}), (p:Process {name: 'p', host: 'root'})-[:RUNS_ON]->(root),
		(p)-[:DEPENDS_ON]->(a:Process {name: 'a', host: 'ha'})-[:RUNS_ON]->(ha:Host {name: 'ha'}), (p)-[:DEPENDS_ON]->(b:Process {name: 'b', host: 'hb'})-[:RUNS_ON]->(hb:Host {name: 'hb'}),
		(p)-[:DEPENDS_ON]->(c:Process {name: 'c', host: 'hc'})-[:RUNS_ON]->(hc:Host {name: 'hc'}), (p)-[:DEPENDS_ON]->(d:Process {name: 'd', host: 'hd'})-[:RUNS_ON]->(hd:Host {name: 'hd'})`
	pair := func(host string) string {
		return fmt.Sprintf(", (%[1]s)-[:DEPENDS_ON {group: 'switches', of: 2}]->(s1:Switch {name: 's1'}), (%[1]s)-[:DEPENDS_ON {group: 'switches', of: 2}]->(s2:Switch {name: 's2'})", host)
	}
	one := func(host, sw string) string {
		return fmt.Sprintf(", (%s)-[:DEPENDS_ON {group: 'uplink', of: 1}]->(%s:Switch)", host, sw)
	}
	for _, tt := range []struct {
		name, rest string
		shared     string // what stands under the heading at the end
	}{
		{"two hosts need it", one("ha", "s1") + one("hb", "s1"), ""},
		{"three do", one("ha", "s1") + one("hb", "s1") + one("hc", "s1"), "s1 3"},
		{"a pair that two need", pair("ha") + pair("hb"), ""},
		{"a pair, one of it for two alone", pair("ha") + pair("hb") + one("hc", "s1"), ""},
		{"a pair, one of it for four", pair("ha") + pair("hb") + pair("hc") + one("hd", "s1"), "2 switches 3"},
		{"a pair, the other of it for four", pair("ha") + pair("hb") + pair("hc") + one("hd", "s2"), "2 switches 3"},
	} {
		m := read(t, hosts+tt.rest)
		tree := Grow(m.Things[graph.Ref{Label: graph.Host, Key: "root"}], m, Options{Depth: 20, Follow: AllKinds()}).Share()
		var shared []string
		if last := tree.Children[len(tree.Children)-1]; last.Kind == KindShared {
			for _, n := range last.Children {
				shared = append(shared, fmt.Sprint(cmp.Or(n.Name, n.Key), " ", n.Shared))
			}
		}
		if got := strings.Join(shared, ", "); got != tt.shared {
			t.Errorf("%s: shared is %q, want %q:\n%s", tt.name, got, tt.shared, drawn(tree))
		}
	}
}
