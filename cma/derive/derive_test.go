package derive

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

var update = flag.Bool("update", false, "rewrite testdata/*/*.facts; read the diff before you commit it")

// document makes the document of a type whose data is given, by host "id-<host>".
func document(t testing.TB, host, discoverType string, data []byte) discovery.Document {
	t.Helper()
	d, err := discovery.Seal(discovery.Agent{Name: discoverType}, json.RawMessage(data),
		discovery.Origin{Host: host, HostID: "id-" + host, Boot: 7}, 3, time.UnixMilli(1_700_000_000_000))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// recorded reads documents of a host from testdata/HOST/TYPE.json, which hold their data.
func recorded(t testing.TB, host string) SameHost {
	return func(discoverType, proxy string) (discovery.Document, bool) {
		if proxy != "" {
			return discovery.Document{}, false
		}
		data, err := os.ReadFile(filepath.Join("testdata", host, discoverType+".json"))
		if errors.Is(err, fs.ErrNotExist) {
			return discovery.Document{}, false
		}
		if err != nil {
			t.Fatal(err)
		}
		return document(t, host, discoverType, data), true
	}
}

func nothing(string, string) (discovery.Document, bool) { return discovery.Document{}, false }

// documents returns the paths of all in testdata.
func documents(t testing.TB) []string {
	t.Helper()
	paths, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no documents in testdata", err)
	}
	return paths
}

// TestGolden derives every document in testdata and compares with the facts beside it.
func TestGolden(t *testing.T) {
	for _, path := range documents(t) {
		host, discoverType := filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(host+"/"+discoverType, func(t *testing.T) {
			doc, _ := recorded(t, host)(discoverType, "")
			facts, err := Derive(doc, recorded(t, host))
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".json") + ".facts"
			got := text(facts)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatalf("%v; run 'go test ./cma/derive -update' and read the diff", err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", golden, got, want)
			}
		})
	}
}

// text writes facts one a line, for people: a node with its labels, key and properties, a relationship
// with its ends.
func text(f graph.Facts) string {
	var b strings.Builder
	for _, n := range f.Nodes {
		props, err := json.Marshal(n.Props)
		if err != nil {
			panic(err)
		}
		fmt.Fprintf(&b, "(%s %s) %s\n", strings.Join(append([]string{n.Label}, n.Labels...), ":"), n.Key, props)
	}
	for _, r := range f.Rels {
		props := ""
		for _, name := range slices.Sorted(maps.Keys(r.Props)) {
			props += fmt.Sprintf(" %s=%v", name, r.Props[name])
		}
		fmt.Fprintf(&b, "(%s %s)-[%s%s]->(%s %s)\n", r.From.Label, r.From.Key, r.Type, props, r.To.Label, r.To.Key)
	}
	return b.String()
}

func TestGenericFacts(t *testing.T) {
	doc := document(t, "web1", "lshw", []byte(`{"memory":1}`))
	facts, err := Derive(doc, nothing)
	if err != nil {
		t.Fatal(err)
	}
	if want := (graph.Source{Host: "id-web1", Instance: "lshw", Boot: 7, Seq: 3, Hash: doc.Hash}); facts.Source != want {
		t.Errorf("source %+v, want %+v", facts.Source, want)
	}
	want := `(Document id-web1|lshw) {"hash":"` + doc.Hash + `","instance":"lshw","since":"2023-11-14T22:13:20Z","since_ms":1700000000000,"type":"lshw"}
(Host id-web1) {"name":"web1"}
(Document id-web1|lshw)-[DESCRIBES]->(Host id-web1)
`
	if got := text(facts); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestInContainer: what holds in a container is said of that alone, and in a place that nobody knows of
// nothing.
func TestInContainer(t *testing.T) {
	const (
		onHost      = "(Host id-web1)-[HAS]->(Package deb|bash|5.2|amd64)\n"
		inContainer = "(Host id-web1|docker|1a2b)-[HAS]->(Package deb|bash|5.2|amd64)\n(Host id-web1|docker|1a2b)-[RUNS_ON]->(Host id-web1)\n"
	)
	tests := []struct{ proxy, about, rels string }{
		{"", "id-web1", onHost},
		{"local/local", "id-web1", onHost},
		{"docker/1a2b", "id-web1|docker|1a2b", inContainer},
		{"vagrant/1|2", "id-web1|vagrant|1%7C2", strings.NewReplacer("docker", "vagrant", "1a2b", "1%7C2").Replace(inContainer)},
		{"docker/", "id-web1", ""},
		{"docker", "id-web1", ""},
		{"docker/1a2b/docker/3c4d", "id-web1", ""},
		{"chroot/srv", "id-web1", ""},
	}
	for _, tt := range tests {
		doc := document(t, "web1", "packages", []byte(`{"deb":{"bash::amd64":"5.2"}}`))
		doc.Proxy = tt.proxy
		facts, err := Derive(doc, nothing)
		if err != nil {
			t.Errorf("proxy %q: %v", tt.proxy, err)
			continue
		}
		got := text(facts)
		want := "(Document id-web1|packages)-[DESCRIBES]->(Host " + tt.about + ")\n" + tt.rels
		if _, rels, _ := strings.Cut(got, "(Document id-web1|packages)-"); "(Document id-web1|packages)-"+rels != want {
			t.Errorf("proxy %q:\n%s\nwant\n%s", tt.proxy, got, want)
		}
	}
}

func TestDeriveRefuses(t *testing.T) {
	many := func(format string, n int) string { // an object of n members
		members := make([]string, n)
		for i := range members {
			members[i] = fmt.Sprintf(format, i)
		}
		return "{" + strings.Join(members, ",") + "}"
	}
	list := func(format string, n int) string {
		return strings.NewReplacer("{", "[", "}", "]").Replace(many(format, n))
	}
	tests := []struct{ discoverType, data, want string }{
		{"netconfig", `[]`, "cannot unmarshal array"},
		{"netconfig", `{"eth0":{"ipaddrs":{"192.0.2.1":{}}}}`, `interface "eth0": "192.0.2.1" is not an address with its prefix length`},
		{"netconfig", `{"eth0":{"ipaddrs":{"::ffff:192.0.2.1/64":{}}}}`, `"::ffff:192.0.2.1/64" is not an address`},
		{"netconfig", `{"eth0":{"mtu":"big"}}`, "mtu"},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"10.0.%d.1/8":{}`, 1) + `}}`, ""},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"2001:db8::%x/64":{}`, maxAddresses) + `}}`, ""},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"2001:db8::%x/64":{}`, maxAddresses+1) + `}}`, "more than 4096 addresses"},
		{"netconfig", `{"eth0":{"ipaddrs":{"0.0.0.0/8":{}}}}`, `interface "eth0": "0.0.0.0/8" is not an address`},
		{"netconfig", `{"eth0":{"ipaddrs":{"255.255.255.255/32":{}}}}`, `"255.255.255.255/32" is not an address`},
		{"netconfig", `{"eth0":{"ipaddrs":{"300.0.2.1/24":{}}}}`, `"300.0.2.1/24" is not an address`},
		{"netconfig", `{"eth0":{"gateways":["224.0.0.1"]}}`, `interface "eth0": gateway "224.0.0.1" is not the address of a host`},
		{"netconfig", `{"eth0":{"gateways":["router"]}}`, `gateway "router" is not the address of a host`},
		{"netconfig", many(`"eth%d":{}`, maxInterfaces), ""},
		{"netconfig", many(`"eth%d":{}`, maxInterfaces+1), "more than 4096 interfaces"},
		{"netconfig", `{"eth0":{"gateways":` + list(`"10.0.%d.1"`, 256) + `}}`, ""},
		{"netconfig", `{"eth0":{"gateways":` + list(`"2001:db8::%x"`, maxAddresses+1) + `}}`, "more than 4096 addresses"},
		{"resolvers", `{"nameservers":["dns1"]}`, `resolver "dns1" is not the address of a host`},
		{"resolvers", `{"nameservers":["255.255.255.255"]}`, `resolver "255.255.255.255" is not the address of a host`},
		{"resolvers", `{"nameservers":` + list(`"2001:db8::%x"`, 60_000) + `}`, "more than 100000 nodes"},
		{"mounts", `{"":{"source":"/dev/vda"}}`, `source "/dev/vda" is mounted nowhere`},
		{"mounts", `["/"]`, "cannot unmarshal array"},
		{"mounts", `{"/` + strings.Repeat("x", graph.MaxKeyBytes) + `":{}}`, "at most 4096"},
		{"mounts", many(`"/m%d":{}`, graph.MaxNodes), "more than 100000 nodes"},
		{"__LinkDiscovery", `{"ports":{"1":{"ConnectsToInterface":"eth0"}}}`, "ChassisId is empty"},
		{"__LinkDiscovery", `{"ChassisId":"s","ports":{"":{"ConnectsToInterface":"eth0"}}}`, `port "", interface "eth0": both are needed`},
		{"__LinkDiscovery", `{"ChassisId":"s","ports":{"1":{}}}`, `port "1", interface "": both are needed`},
		{"__LinkDiscovery", `{"ChassisId":"s","ports":` + many(`"%d":{"ConnectsToInterface":"eth0"}`, graph.MaxNodes) + `}`, "more than 100000 nodes"},
		{"arpcache", `{"0.0.0.0":{"mac":"02:fc:00:00:00:05","nic":"eth0"}}`, `neighbour "0.0.0.0" is not the address of a host`},
		{"arpcache", `{"192.0.2.1":{"mac":"02:fc","nic":"eth0"}}`, `neighbour "192.0.2.1": link-layer address "02:fc", interface "eth0": both are needed`},
		{"arpcache", `{"192.0.2.1":{"mac":"02:fc:00:00:00:05"}}`, `interface "": both are needed`},
		{"arpcache", many(`"2001:db8::%x":{"mac":"02:fc:00:00:00:05","nic":"e"}`, 60_000), ""},
		{"ARP", `{}`, "the instance names no interface, as _ARP_eth0 does"},
		{"docker", `{"containers":{"":{}}}`, "a container has no id"},
		{"docker", `{"containers":[]}`, "cannot unmarshal array"},
		{"docker", `{"containers":` + many(`"%d":{}`, graph.MaxNodes) + `}`, "more than 100000 nodes"},
		{"vagrant", `{"containers":{"":{}}}`, "a container has no id"},
		{"vagrant", `{"containers":` + many(`"%d":{}`, graph.MaxNodes) + `}`, "more than 100000 nodes"},
		{"os", `"Debian"`, "cannot unmarshal string"},
		{"os", `{"Release":12}`, "Release"},
		{"packages", `{"deb":{"::amd64":"1"}}`, `"deb": "::amd64": names no package`},
		{"packages", `{"deb":["bash"]}`, `"deb": a list is not an object`},
		{"packages", `{"deb":` + many(`"p%d":"1"`, graph.MaxNodes) + `}`, "more than 100000 nodes"},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0":"tcp"}}}`, `"sshd:1": "listenaddrs": "0.0.0.0": not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"clientaddrs":{"::1:22":"tcp"}}}`, `"sshd:1": "clientaddrs": "::1:22": not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0:0":"tcp"}}}`, `"0.0.0.0:0": not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0:22":"icmp"}}}`, `"0.0.0.0:22": unknown protocol "icmp"`},
		{"tcpdiscovery", `{"sshd:1":{"uid":"root"}}`, `"sshd:1": "uid": json: cannot unmarshal`},
		{"tcpdiscovery", `{"sshd:1":{"uid":1.5}}`, `"sshd:1": "uid": json: cannot unmarshal`},
		{"tcpdiscovery", `{"namespaces":{"n":["0.0.0.0"]}}`, `"namespaces": "n": "0.0.0.0" is not the address of a host`},
		{"tcpdiscovery", `{"namespaces":{"n":` + list(`"2001:db8::%x"`, maxAddresses+1) + `}}`, `"namespaces": more than 4096 addresses`},
		{"tcpdiscovery", `{"namespaces":["n"]}`, `"namespaces": a list is not an object`},
		{"tcpdiscovery", `{"sshd:1":"sshd"}`, `"sshd:1": a string is not an object`},
		{"tcpdiscovery", `{"sshd:1":{"cmdline":{"a":"b"}}}`, `"sshd:1": "cmdline": an object is not a list`},
		{"tcpdiscovery", `{"sshd:1":{"exe":7}}`, `"sshd:1": "exe": json: cannot unmarshal number`},
		{"tcpdiscovery", `{"unreadable":{"exe":"/bin/unreadable"}}`, `"unreadable": an object is not a list`},
		{"tcpdiscovery", `{"` + strings.Repeat("x", graph.MaxKeyBytes) + `":{}}`, "at most 4096"},
		{"tcpdiscovery", `{"":{}}`, ""},
	}
	for _, tt := range tests {
		facts, err := Derive(document(t, "web1", tt.discoverType, []byte(tt.data)), nothing)
		switch {
		case tt.want == "" && err == nil && len(facts.Nodes) > 2:
		case tt.want == "" || err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), `document "`+tt.discoverType+`" of host "`):
			t.Errorf("%s %.80s: %v, want %q and the document's name", tt.discoverType, tt.data, err, tt.want)
		}
	}
}

// TestTooManyEndpoints: wildcard listeners times addresses are stopped soon and not when memory is.
func TestTooManyEndpoints(t *testing.T) {
	encode := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	addrs := map[string]any{}
	for i := range maxAddresses {
		addrs[fmt.Sprintf("10.0.%d.%d/8", i/256, i%256)] = map[string]any{}
	}
	netconfig := document(t, "web1", "netconfig", encode(map[string]any{"eth0": map[string]any{"ipaddrs": addrs}}))
	listening := func(listens map[string]string) map[string]any { return map[string]any{"listenaddrs": listens} }
	ports, procs, beaten := map[string]string{}, map[string]any{}, map[string]any{}
	for i := 1; i <= 20_000; i++ {
		name := fmt.Sprintf("many:%d", i)
		ports[fmt.Sprintf("0.0.0.0:%d", i)] = "tcp"
		procs[name] = listening(map[string]string{"0.0.0.0:80": "tcp"})
		beaten[name] = listening(map[string]string{"[::]:80": "tcp"})
	}
	beaten["a"] = procs["many:1"] // has all addresses but ::1
	for _, procs := range []map[string]any{{"one": listening(ports)}, procs, beaten} {
		doc := document(t, "web1", "tcpdiscovery", encode(procs))
		_, err := Derive(doc, func(string, string) (discovery.Document, bool) { return netconfig, true })
		if err == nil || !strings.Contains(err.Error(), "more than 100000 nodes") {
			t.Errorf("%v, want the bound of nodes", err)
		}
	}
}

// TestDamagedNetconfig: a tcpdiscovery document does not fail for its neighbour's fault.
func TestDamagedNetconfig(t *testing.T) {
	doc := document(t, "web1", "tcpdiscovery", []byte(`{"sshd:1":{"listenaddrs":{"0.0.0.0:22":"tcp"}}}`))
	want, err := Derive(doc, nothing)
	if err != nil {
		t.Fatal(err)
	}
	netconfig := document(t, "web1", "netconfig", []byte(`[]`))
	got, err := Derive(doc, func(string, string) (discovery.Document, bool) { return netconfig, true })
	if err != nil || text(got) != text(want) {
		t.Errorf("got\n%s%v, want as without netconfig\n%s", text(got), err, text(want))
	}
}

func TestNeededBy(t *testing.T) {
	want := []string{"ARP", "__LinkDiscovery", "arpcache", "findmnt", "mounts", "netconfig", "resolvers", "tcpdiscovery"}
	if got := NeededBy("netconfig"); !slices.Equal(got, want) {
		t.Errorf("netconfig is needed by %q, want %q", got, want)
	}
	if got := NeededBy("tcpdiscovery"); len(got) != 0 {
		t.Errorf("tcpdiscovery is needed by %q", got)
	}
}

// TestReads: a derivation asks for nothing that Reads does not tell of.
func TestReads(t *testing.T) {
	for _, path := range documents(t) {
		host, discoverType := filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".json")
		for _, proxy := range []string{"", "docker/1a2b"} {
			doc, _ := recorded(t, host)(discoverType, "")
			doc.Proxy = proxy
			_, err := Derive(doc, func(asked, where string) (discovery.Document, bool) {
				other := discovery.Document{Envelope: discovery.Envelope{DiscoverType: asked, Proxy: where, Instance: "other"}}
				if !slices.Contains(NeededBy(asked), discoverType) || !Reads(doc, other) {
					t.Errorf("%s in %q reads %s in %q, which it does not tell of", discoverType, proxy, asked, where)
				}
				return recorded(t, host)(asked, where)
			})
			if err != nil {
				t.Error(err)
			}
		}
	}
	in := func(discoverType, instance, proxy string) discovery.Document {
		return discovery.Document{Envelope: discovery.Envelope{DiscoverType: discoverType, Instance: instance, Proxy: proxy}}
	}
	tests := []struct {
		doc, other discovery.Document
		want       bool
	}{
		{in("tcpdiscovery", "a", ""), in("netconfig", "b", ""), true},
		{in("tcpdiscovery", "a", ""), in("netconfig", "b", "local/local"), true},
		{in("tcpdiscovery", "a", "local/local"), in("netconfig", "b", ""), true},
		{in("tcpdiscovery", "a", ""), in("netconfig", "b", "docker/1"), false},
		{in("tcpdiscovery", "a", "docker/1"), in("netconfig", "b", ""), true},
		{in("tcpdiscovery", "a", "docker/1"), in("netconfig", "b", "docker/1"), true},
		{in("tcpdiscovery", "a", "docker/1"), in("netconfig", "b", "docker/2"), false},
		{in("netconfig", "a", ""), in("netconfig", "a", ""), false},
		{in("os", "a", ""), in("netconfig", "b", ""), false},
		{in("unknown", "a", ""), in("netconfig", "b", ""), false},
	}
	for _, tt := range tests {
		if got := Reads(tt.doc, tt.other); got != tt.want {
			t.Errorf("%s in %q reads %s in %q: %v, want %v", tt.doc.DiscoverType, tt.doc.Proxy, tt.other.DiscoverType, tt.other.Proxy, got, tt.want)
		}
	}
}

// TestKey: different parts never make one key.
func TestKey(t *testing.T) {
	seen := map[string][]string{}
	for _, parts := range [][]string{{"a", "b", "c"}, {"a|b", "c"}, {"a", "b|c"}, {"a%7Cb", "c"}, {"a%b", "c"}, {"a%25b", "c"}, {"a", "", "bc"}, {"a", "bc"}} {
		k := key(parts...)
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q both have key %q", parts, other, k)
		}
		seen[k] = parts
	}
	if got, want := key("site", "192.0.2.1", "22", "tcp"), "site|192.0.2.1|22|tcp"; got != want {
		t.Errorf("key %q, want %q", got, want)
	}
}

// FuzzDerive: whatever a document says, it is refused or makes facts that a store takes.
func FuzzDerive(f *testing.F) {
	for _, path := range documents(f) {
		host, discoverType := filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".json")
		doc, _ := recorded(f, host)(discoverType, "")
		netconfig, _ := recorded(f, host)("netconfig", "")
		f.Add(discoverType, "", []byte(doc.Data), []byte(netconfig.Data))
		f.Add(discoverType, "docker/1a2b", []byte(doc.Data), []byte(netconfig.Data))
	}
	f.Add("arpcache", "", []byte(`{"192.0.2.1":{"mac":"02:fc:00:00:00:05","nic":"a"},"::ffff:192.0.2.1":{"mac":"02:fc:00:00:00:06","nic":"a"}}`), []byte{})
	f.Add("__LinkDiscovery", "", []byte(`{"ChassisId":"c","ports":{"00-00-5e-00-53-01":{"ConnectsToInterface":"a","pvid":1},"00:00:5e:00:53:01":{"ConnectsToInterface":"a","pvid":2}}}`), []byte{})
	f.Fuzz(func(t *testing.T, discoverType, proxy string, data, netconfig []byte) {
		doc := discovery.Document{
			Envelope: discovery.Envelope{DiscoverType: discoverType, Host: "web1", Instance: "_ARP_eth0", Proxy: proxy, Data: data},
			HostID:   "id-web1", Boot: 1, Seq: 1, Hash: discovery.Hash(data),
		}
		sameHost := func(string, string) (discovery.Document, bool) {
			other := doc
			other.Data = netconfig
			return other, len(netconfig) > 0
		}
		facts, err := Derive(doc, sameHost)
		if err != nil {
			return
		}
		if err := facts.Validate(); err != nil {
			t.Errorf("derived without an error, but %v", err)
		}
		again, err := Derive(doc, sameHost)
		if err != nil || text(again) != text(facts) {
			t.Errorf("derived again\n%s%v, at first\n%s", text(again), err, text(facts))
		}
		for _, r := range facts.Rels {
			if r.Type == graph.RunsOn && r.From.Label == graph.Host && !strings.HasPrefix(r.From.Key, r.To.Key+"|") {
				t.Errorf("container %q runs on %q", r.From.Key, r.To.Key)
			}
		}
	})
}
