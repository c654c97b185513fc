package derive

import (
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// fleetNetconfig is the netconfig document of a host with an IPv4 and an IPv6 address.
const fleetNetconfig = `{"eth0":{"ipaddrs":{"192.0.2.1/24":{},"2001:db8::1/64":{},"fe80::1/64":{}}},"lo":{"ipaddrs":{"127.0.0.1/8":{},"::1/128":{}}}}`

// TestProvided lists, for each socket that can be connected to, who answers.
func TestProvided(t *testing.T) {
	tests := []struct{ name, procs, netconfig, want string }{
		{"one address", `{"a":{"listenaddrs":{"192.0.2.1:80":"tcp"}}}`, fleetNetconfig, "192.0.2.1:80 a"},
		{"IPv4 wildcard", `{"a":{"listenaddrs":{"0.0.0.0:80":"tcp"}}}`, fleetNetconfig, "127.0.0.1:80 a, 192.0.2.1:80 a"},
		{"IPv6 wildcard answers IPv4 too", `{"a":{"listenaddrs":{"[::]:80":"tcp"}}}`, fleetNetconfig,
			"127.0.0.1:80 a, 192.0.2.1:80 a, [::1]:80 a, [2001:db8::1]:80 a, [fe80::1]:80 a"},
		{"IPv4 wildcard of another process first", `{"a":{"listenaddrs":{"[::]:80":"tcp"}},"b":{"listenaddrs":{"0.0.0.0:80":"tcp"}}}`, fleetNetconfig,
			"127.0.0.1:80 b, 192.0.2.1:80 b, [::1]:80 a, [2001:db8::1]:80 a, [fe80::1]:80 a"},
		{"on another port or protocol it is none", `{"a":{"listenaddrs":{"0.0.0.0:81":"tcp"}},"b":{"listenaddrs":{"0.0.0.0:81":"udp"}}}`, fleetNetconfig,
			"127.0.0.1:81 a, 127.0.0.1:81/udp b, 192.0.2.1:81 a, 192.0.2.1:81/udp b"},
		{"the address itself before wildcards", `{"a":{"listenaddrs":{"[::]:80":"tcp"}},"b":{"listenaddrs":{"0.0.0.0:80":"tcp"}},"c":{"listenaddrs":{"192.0.2.1:80":"tcp"}}}`,
			`{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`, "127.0.0.1:80 b, 192.0.2.1:80 c, [::1]:80 a"},
		{"two that are equally close", `{"a":{"listenaddrs":{"0.0.0.0:80":"tcp"}},"b":{"listenaddrs":{"0.0.0.0:80":"tcp"}}}`, `{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`,
			"127.0.0.1:80 a b, 192.0.2.1:80 a b"},
		{"IPv4 in IPv6 form", `{"a":{"listenaddrs":{"[::ffff:192.0.2.1]:80":"tcp6"}},"b":{"listenaddrs":{"[::ffff:0.0.0.0]:81":"tcp6"}}}`, `{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`,
			"127.0.0.1:81 b, 192.0.2.1:80 a, 192.0.2.1:81 b"},
		{"without netconfig", `{"a":{"listenaddrs":{"0.0.0.0:80":"tcp","[::]:81":"tcp"}}}`, "",
			"0.0.0.0:80 a, 127.0.0.1:80 a, 127.0.0.1:81 a, [::]:81 a, [::1]:81 a"},
		{"loopback addresses that clients name", `{"a":{"listenaddrs":{"0.0.0.0:53":"tcp"}},"c":{"clientaddrs":{"127.0.0.53:53":"tcp","127.0.0.54:54":"tcp","192.0.2.9:53":"tcp"}}}`,
			`{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`, "127.0.0.1:53 a, 127.0.0.53:53 a, 192.0.2.1:53 a"},
		{"another namespace has other addresses", `{"a":{"netns":"n","listenaddrs":{"0.0.0.0:80":"tcp"}},"b":{"listenaddrs":{"0.0.0.0:80":"tcp"}},"c":{"clientaddrs":{"127.0.0.9:80":"tcp"}}}`,
			`{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`, "127.0.0.1:80 b, 127.0.0.9:80 b, 192.0.2.1:80 b, n 0.0.0.0:80 a, n 127.0.0.1:80 a"},
		{"and these are known", `{"namespaces":{"n":["172.17.0.2","2001:db8::2"],"o":["172.17.0.3"]},"a":{"netns":"n","listenaddrs":{"0.0.0.0:80":"tcp","[::]:81":"tcp"}}}`,
			`{"eth0":{"ipaddrs":{"192.0.2.1/24":{}}}}`, "n 127.0.0.1:80 a, n 127.0.0.1:81 a, n 172.17.0.2:80 a, n 172.17.0.2:81 a, n [::1]:81 a, n [2001:db8::2]:81 a"},
	}
	for _, tt := range tests {
		found, err := parseTCPDiscovery([]byte(tt.procs))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		var a addresses
		if tt.netconfig != "" {
			nics, err := parseNetconfig([]byte(tt.netconfig))
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			a = newAddresses("h", nics)
		}
		a.namespaces = found.namespaces
		sockets, err := provided(found.procs, a)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if got := describe(sockets, found.procs); got != tt.want {
			t.Errorf("%s:\ngot  %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func describe(sockets map[socket]providers, procs []process) string {
	var lines []string
	for _, s := range slices.SortedFunc(maps.Keys(sockets), socket.compare) {
		line := strings.TrimSpace(s.netns + " " + netipString(s))
		for _, i := range sockets[s].procs {
			line += " " + procs[i].name
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

func netipString(s socket) string {
	text := netip.AddrPortFrom(s.addr, s.port).String()
	if s.protocol != "tcp" {
		text += "/" + s.protocol
	}
	return text
}

func TestScope(t *testing.T) {
	nics, err := parseNetconfig([]byte(`{
		"eth0":    {"default_gw":true,"ipaddrs":{"192.0.2.1/24":{}}},
		"docker0": {"bridge_id":"8000.1","ipaddrs":{"172.17.0.1/16":{}}},
		"veth1":   {"brport_bridge":"docker0"},
		"virbr0":  {"bridge_id":"8000.2","ipaddrs":{"192.168.122.1/24":{}}},
		"br0":     {"bridge_id":"8000.3","ipaddrs":{"10.1.0.1/16":{}}},
		"eth1":    {"brport_bridge":"br0"},
		"vnet1":   {"brport_bridge":"br0"},
		"br1":     {"bridge_id":"8000.4","ipaddrs":{"10.2.0.1/16":{}}},
		"bond0.7": {"brport_bridge":"8000.4","virtual":true},
		"br2":     {"bridge_id":"8000.5","default_gw":true,"ipaddrs":{"10.3.0.1/16":{}}}
	}`))
	if err != nil {
		t.Fatal(err)
	}
	a := newAddresses("h", nics)
	tests := []struct{ addr, netns, want string }{
		{"127.0.0.1", "", "host:h"},
		{"127.0.0.53", "", "host:h"},
		{"127.0.0.1", "net:[1]", "host:h/net:[1]"},
		{"::1", "", "host:h"},
		{"fe80::1", "", "host:h"},
		{"fe80::1", "net:[1]", "host:h/net:[1]"},
		{"169.254.1.1", "", "host:h"},
		{"0.0.0.0", "", "host:h"},
		{"192.0.2.1", "", "site"},
		{"192.0.2.1", "net:[1]", "site"},
		{"203.0.113.5", "", "site"},
		{"172.17.0.1", "", "host:h"},
		{"172.17.0.2", "net:[1]", "host:h"}, // over the bridge, so the host's own and the container's are one
		{"172.18.0.2", "", "site"},
		{"192.168.122.9", "", "host:h"}, // a bridge without a port leads nowhere
		{"10.1.0.1", "", "site"},        // one port leads out
		{"10.2.0.1", "", "site"},        // a virtual port may
		{"10.3.0.1", "", "site"},        // a default route leaves there
	}
	for _, tt := range tests {
		if got := a.scope(netip.MustParseAddr(tt.addr), tt.netns); got != tt.want {
			t.Errorf("%s in %q: scope %q, want %q", tt.addr, tt.netns, got, tt.want)
		}
	}
}

// TestBothSidesMeet: the endpoint that a client's host asserts is the one that the server's host does.
func TestBothSidesMeet(t *testing.T) {
	netconfig := func(host string) SameHost {
		return func(string, string) (discovery.Document, bool) {
			return document(t, host, "netconfig", []byte(fleetNetconfig)), true
		}
	}
	endpoints := func(relType, host, procs string) []string {
		facts, err := Derive(document(t, host, "tcpdiscovery", []byte(procs)), netconfig(host))
		if err != nil {
			t.Fatal(err)
		}
		var keys []string
		for _, r := range facts.Rels {
			if r.Type == relType {
				keys = append(keys, r.From.Key+r.To.Key)
			}
		}
		for i, k := range keys { // the process' key holds the host's id first
			keys[i] = strings.NewReplacer("id-"+host+"||p", "").Replace(k)
		}
		return keys
	}
	tests := []struct {
		listens, connects string
		sameHost, meet    bool
	}{
		{"192.0.2.1:80", "192.0.2.1:80", false, true},
		{"0.0.0.0:80", "192.0.2.1:80", false, true},
		{"[::]:80", "192.0.2.1:80", false, true},
		{"[::]:80", "[::ffff:192.0.2.1]:80", false, true},
		{"[::]:80", "[2001:db8:0::1]:80", false, true},
		{"0.0.0.0:80", "[2001:db8::1]:80", false, false},
		{"0.0.0.0:80", "192.0.2.1:81", false, false},
		{"127.0.0.1:80", "127.0.0.1:80", false, false},
		{"127.0.0.1:80", "127.0.0.1:80", true, true},
		{"[::]:80", "127.0.0.53:80", false, false},
		{"[::1]:80", "[::1]:80", true, true},
		{"[fe80::1]:80", "[fe80::1%eth0]:80", true, true},
		{"[fe80::1]:80", "[fe80::1]:80", false, false},
	}
	for _, tt := range tests {
		clientHost := "app1"
		if tt.sameHost {
			clientHost = "db1"
		}
		served := endpoints(graph.ProvidedBy, "db1", `{"p":{"listenaddrs":{"`+tt.listens+`":"tcp"}}}`)
		used := endpoints(graph.ConnectsTo, clientHost, `{"p":{"clientaddrs":{"`+tt.connects+`":"tcp"}}}`)
		if len(used) != 1 || slices.Contains(served, used[0]) != tt.meet {
			t.Errorf("listener on %s provides %q, client of %s on %s uses %q: want them to meet: %v", tt.listens, served, tt.connects, clientHost, used, tt.meet)
		}
	}
}
