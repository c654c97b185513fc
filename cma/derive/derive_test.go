package derive

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
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
	return func(discoverType string) (discovery.Document, bool) {
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

func nothing(string) (discovery.Document, bool) { return discovery.Document{}, false }

// TestGolden derives every document in testdata and compares with the facts beside it.
func TestGolden(t *testing.T) {
	paths, err := filepath.Glob("testdata/*/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no documents in testdata", err)
	}
	for _, path := range paths {
		host, discoverType := filepath.Base(filepath.Dir(path)), strings.TrimSuffix(filepath.Base(path), ".json")
		t.Run(host+"/"+discoverType, func(t *testing.T) {
			doc, _ := recorded(t, host)(discoverType)
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
		fmt.Fprintf(&b, "(%s %s)-[%s]->(%s %s)\n", r.From.Label, r.From.Key, r.Type, r.To.Label, r.To.Key)
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

// TestInContainer: what holds in a container is not said of the host.
func TestInContainer(t *testing.T) {
	for proxy, nodes := range map[string]int{"": 3, "local/local": 3, "docker/1a2b": 2} {
		doc := document(t, "web1", "packages", []byte(`{"deb":{"bash::amd64":"5.2"}}`))
		doc.Proxy = proxy
		facts, err := Derive(doc, nothing)
		if err != nil || len(facts.Nodes) != nodes {
			t.Errorf("proxy %q: %d nodes, %v, want %d", proxy, len(facts.Nodes), err, nodes)
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
	tests := []struct{ discoverType, data, want string }{
		{"netconfig", `[]`, "cannot unmarshal array"},
		{"netconfig", `{"eth0":{"ipaddrs":{"192.0.2.1":{}}}}`, `interface "eth0": "192.0.2.1" is not an address with its prefix length`},
		{"netconfig", `{"eth0":{"ipaddrs":{"::ffff:192.0.2.1/64":{}}}}`, `"::ffff:192.0.2.1/64" is not an address`},
		{"netconfig", `{"eth0":{"mtu":"big"}}`, "mtu"},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"10.0.%d.1/8":{}`, 1) + `}}`, ""},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"2001:db8::%x/64":{}`, maxAddresses) + `}}`, ""},
		{"netconfig", `{"eth0":{"ipaddrs":` + many(`"2001:db8::%x/64":{}`, maxAddresses+1) + `}}`, "more than 4096 addresses"},
		{"os", `"Debian"`, "cannot unmarshal string"},
		{"os", `{"Release":12}`, "Release"},
		{"packages", `{"deb":{"::amd64":"1"}}`, `package type "deb": "::amd64" names no package`},
		{"packages", `{"deb":["bash"]}`, "cannot unmarshal array"},
		{"packages", `{"deb":` + many(`"p%d":"1"`, graph.MaxNodes) + `}`, "more than 100000 nodes"},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0":"tcp"}}}`, `entry "sshd:1": listenaddrs: "0.0.0.0" is not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"clientaddrs":{"::1:22":"tcp"}}}`, `entry "sshd:1": clientaddrs: "::1:22" is not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0:0":"tcp"}}}`, `"0.0.0.0:0" is not an address and port`},
		{"tcpdiscovery", `{"sshd:1":{"listenaddrs":{"0.0.0.0:22":"icmp"}}}`, `"0.0.0.0:22": unknown protocol "icmp"`},
		{"tcpdiscovery", `{"sshd:1":{"uid":"root"}}`, `entry "sshd:1"`},
		{"tcpdiscovery", `{"sshd:1":{"uid":1.5}}`, `entry "sshd:1"`},
		{"tcpdiscovery", `{"unreadable":{"exe":"/bin/unreadable"}}`, `entry "unreadable"`},
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
	addrs := map[string]any{}
	for i := range maxAddresses {
		addrs[fmt.Sprintf("10.0.%d.%d/8", i/256, i%256)] = map[string]any{}
	}
	listens := map[string]string{}
	for port := 1; port <= 20_000; port++ {
		listens[fmt.Sprintf("0.0.0.0:%d", port)] = "tcp"
	}
	encode := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	netconfig := document(t, "web1", "netconfig", encode(map[string]any{"eth0": map[string]any{"ipaddrs": addrs}}))
	doc := document(t, "web1", "tcpdiscovery", encode(map[string]any{"many:1": map[string]any{"listenaddrs": listens}}))
	_, err := Derive(doc, func(string) (discovery.Document, bool) { return netconfig, true })
	if err == nil || !strings.Contains(err.Error(), "more than 100000 nodes") {
		t.Errorf("%v, want the bound of nodes", err)
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
	got, err := Derive(doc, func(string) (discovery.Document, bool) { return netconfig, true })
	if err != nil || text(got) != text(want) {
		t.Errorf("got\n%s%v, want as without netconfig\n%s", text(got), err, text(want))
	}
}

func TestNeededBy(t *testing.T) {
	if got := NeededBy("netconfig"); !slices.Equal(got, []string{"tcpdiscovery"}) {
		t.Errorf("netconfig is needed by %q", got)
	}
	if got := NeededBy("tcpdiscovery"); len(got) != 0 {
		t.Errorf("tcpdiscovery is needed by %q", got)
	}
	for discoverType := range derivations {
		doc, _ := recorded(t, "debian12")(discoverType)
		_, err := Derive(doc, func(asked string) (discovery.Document, bool) {
			if !slices.Contains(NeededBy(asked), discoverType) {
				t.Errorf("%s reads %s, which it does not need", discoverType, asked)
			}
			return recorded(t, "debian12")(asked)
		})
		if err != nil {
			t.Error(err)
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
	hosts, err := filepath.Glob("testdata/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, host := range hosts {
		for discoverType := range derivations {
			doc, _ := recorded(f, filepath.Base(host))(discoverType)
			netconfig, _ := recorded(f, filepath.Base(host))("netconfig")
			f.Add(discoverType, []byte(doc.Data), []byte(netconfig.Data))
		}
	}
	f.Fuzz(func(t *testing.T, discoverType string, data, netconfig []byte) {
		doc := discovery.Document{
			Envelope: discovery.Envelope{DiscoverType: discoverType, Host: "web1", Instance: "one", Data: data},
			HostID:   "id-web1", Boot: 1, Seq: 1, Hash: discovery.Hash(data),
		}
		facts, err := Derive(doc, func(string) (discovery.Document, bool) {
			other := doc
			other.Data = netconfig
			return other, len(netconfig) > 0
		})
		if err != nil {
			return
		}
		if err := facts.Validate(); err != nil {
			t.Errorf("derived without an error, but %v", err)
		}
	})
}
