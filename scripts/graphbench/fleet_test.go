package graphbench

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// A fleet is made of clusters, each an application of its own in three tiers.
const (
	clusterHosts   = 20
	proxies        = 2 // of a cluster, which use its applications
	apps           = 8 // which use its databases and caches
	caches         = 3 //
	databases      = 2 // the rest are workers, which use the databases
	subnetHosts    = 250
	switchHosts    = 40
	variants       = 3 // versions that a package is installed in
	nameserverPort = 53
)

// fleet is a synthetic fleet. Equal fleets have equal documents.
type fleet struct {
	name     string // begins the ids of its hosts: fleets of different names share nothing but packages
	hosts    int
	packages int // a host
	idle     int // processes of a host that serve on loopback alone, with a client each
	subnet   int // its first: fleets of one store that overlap would take addresses from each other
}

// host is one of a fleet.
type host struct {
	fleet
	n   int
	rng *rand.Rand
}

func (f fleet) host(n int) host {
	return host{fleet: f, n: n, rng: rand.New(rand.NewPCG(uint64(n), uint64(len(f.name))))}
}

func (h host) id() string { return fmt.Sprintf("%s%06d", h.fleet.name, h.n) }

// tier is what the host is in its cluster.
func (h host) tier() string {
	for _, t := range []struct {
		name  string
		hosts int
	}{{"proxy", proxies}, {"app", apps}, {"cache", caches}, {"db", databases}} {
		if n := h.n % clusterHosts; n < first(t.name)+t.hosts && n >= first(t.name) {
			return t.name
		}
	}
	return "worker"
}

// first is the place of a tier's first host in its cluster.
func first(tier string) int {
	return map[string]int{"proxy": 0, "app": proxies, "cache": proxies + apps, "db": proxies + apps + caches}[tier]
}

// hostname is unique in the fleet and says the tier: db13.c42.
func (h host) hostname() string {
	return fmt.Sprintf("%s%d.c%d", h.tier(), h.n%clusterHosts, h.n/clusterHosts)
}

// address is the one of a host.
func (f fleet) address(n int) netip.Addr {
	subnet, place := f.subnet+n/subnetHosts, n%subnetHosts+2
	return netip.AddrFrom4([4]byte{10, byte(subnet >> 8), byte(subnet), byte(place)})
}

// peers are addresses of a tier of the host's cluster, at a port. A last cluster may lack some.
func (h host) peers(tier string, count, port int) (all []string) {
	for i := range count {
		if n := h.n/clusterHosts*clusterHosts + first(tier) + i; n < h.hosts {
			all = append(all, fmt.Sprintf("%s:%d", h.address(n), port))
		}
	}
	return all
}

// documents are what the host's nanoprobe sends.
func (h host) documents() []discovery.Document {
	return []discovery.Document{
		h.document("netconfig", h.netconfig()),
		h.document("os", map[string]string{
			"Description": "Debian GNU/Linux 12 (bookworm)", "Release": "12", "Codename": "bookworm",
			"kernel-release": fmt.Sprintf("6.1.0-%d-amd64", h.n%7), "machine": "x86_64",
		}),
		h.document("packages", map[string]any{"deb": h.installed()}),
		h.document("resolvers", map[string]any{"nameservers": []string{h.address(0).String(), h.address(1).String()}}),
		h.document("tcpdiscovery", h.processes()),
		h.document("__LinkDiscovery", h.link()),
	}
}

func (h host) document(kind string, data any) discovery.Document {
	text, err := json.Marshal(data)
	if err != nil {
		panic(err) // all of it is made here
	}
	sum := sha256.Sum256(text)
	return discovery.Document{
		Envelope: discovery.Envelope{DiscoverType: kind, Instance: kind, Host: h.hostname(), Data: text},
		HostID:   h.id(), Boot: 1, Seq: 1, TimeMS: 1_790_000_000_000, Hash: hex.EncodeToString(sum[:]),
	}
}

func (h host) netconfig() map[string]any {
	gateway := h.address(h.n - h.n%subnetHosts)
	return map[string]any{
		"lo": map[string]any{"type": 772, "mtu": 65536, "operstate": "unknown", "virtual": true,
			"ipaddrs": map[string]any{"127.0.0.1/8": map[string]string{"scope": "host"}, "::1/128": map[string]string{"scope": "host"}}},
		"eth0": map[string]any{"type": 1, "mtu": 1500, "operstate": "up", "carrier": true, "speed": 10000, "duplex": "full",
			"address":    fmt.Sprintf("02:fc:%02x:%02x:%02x:01", h.n>>16&255, h.n>>8&255, h.n&255),
			"default_gw": true, "gateways": []string{gateway.String()},
			"ipaddrs": map[string]any{h.address(h.n).String() + "/24": map[string]string{"scope": "global"}}},
	}
}

// installed are packages by name and architecture, most of which hosts share.
func (h host) installed() map[string]string {
	all := make(map[string]string, h.packages)
	for i := range h.packages {
		all[fmt.Sprintf("package-%d::amd64", i)] = fmt.Sprintf("%d.%d-1", 1+i%9, h.rng.IntN(variants))
	}
	return all
}

func (h host) link() map[string]any {
	chassis := fmt.Sprintf("%s-switch-%d", h.fleet.name, h.n/switchHosts)
	port := fmt.Sprintf("1/%d", h.n%switchHosts)
	return map[string]any{"ChassisId": chassis, "SystemName": chassis,
		"ports": map[string]any{port: map[string]any{"PortId": port, "ConnectsToHost": h.hostname(), "ConnectsToInterface": "eth0"}}}
}

// process is an entry of a tcpdiscovery document.
type process map[string]any

func newProcess(exe, user string, listens, connects []string) process {
	sockets := func(addrs []string) map[string]string {
		all := map[string]string{}
		for _, a := range addrs {
			all[a] = "tcp"
		}
		return all
	}
	return process{"exe": exe, "cmdline": []string{exe, "--foreground"}, "uid": 100, "gid": 100, "user": user, "group": user,
		"cwd": "/", "listenaddrs": sockets(listens), "clientaddrs": sockets(connects)}
}

// processes are what every host runs, what its tier does, and what talks on loopback alone.
func (h host) processes() map[string]process {
	all := map[string]process{
		"sshd:1":  newProcess("/usr/sbin/sshd", "root", []string{"0.0.0.0:22", "[::]:22"}, nil),
		"agent:1": newProcess("/usr/bin/agent", "agent", nil, []string{h.address(0).String() + ":9090"}), // all of them use one
	}
	if h.n == 0 {
		all["collector:1"] = newProcess("/usr/bin/collector", "agent", []string{"0.0.0.0:9090"}, nil)
	}
	if h.n < 2 {
		all["resolver:1"] = newProcess("/usr/sbin/resolver", "dns", []string{fmt.Sprintf("0.0.0.0:%d", nameserverPort)}, nil)
	}
	switch h.tier() {
	case "proxy":
		all["proxy:1"] = newProcess("/usr/sbin/proxy", "www", []string{"0.0.0.0:443"}, h.peers("app", apps, 8080))
	case "app":
		all["app:1"] = newProcess("/usr/bin/app", "app", []string{"0.0.0.0:8080"},
			append(h.peers("db", databases, 5432), h.peers("cache", caches, 6379)...))
	case "cache":
		all["cache:1"] = newProcess("/usr/bin/cache", "cache", []string{"0.0.0.0:6379"}, nil)
	case "db":
		all["db:1"] = newProcess("/usr/bin/db", "db", []string{"0.0.0.0:5432"}, nil)
	default:
		all["worker:1"] = newProcess("/usr/bin/worker", "app", nil, h.peers("db", databases, 5432))
	}
	for i := range h.idle {
		port := fmt.Sprintf("127.0.0.1:%d", 10_000+i)
		all[fmt.Sprintf("idle:%d", i)] = newProcess(fmt.Sprintf("/usr/bin/idle%d", i%10), "root", []string{port, fmt.Sprintf("[::1]:%d", 10_000+i)},
			[]string{fmt.Sprintf("127.0.0.1:%d", 10_000+(i+1)%h.idle)})
	}
	return all
}

// facts derives all documents of a host, as the CMA does.
func (h host) facts(t testing.TB, docs []discovery.Document) (all []graph.Facts) {
	t.Helper()
	sameHost := func(kind, _ string) (discovery.Document, bool) {
		for _, d := range docs {
			if d.DiscoverType == kind {
				return d, true
			}
		}
		return discovery.Document{}, false
	}
	for _, d := range docs {
		f, err := derive.Derive(d, sameHost)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	return all
}

// batches yields the facts of hosts from one to another, as many documents at a time as the CMA applies.
func (f fleet) batches(t testing.TB, from, to int) iter.Seq[[]graph.Facts] {
	const documents = 64
	return func(yield func([]graph.Facts) bool) {
		var batch []graph.Facts
		for n := from; n < to; n++ {
			h := f.host(n)
			for _, facts := range h.facts(t, h.documents()) {
				if batch = append(batch, facts); len(batch) == documents {
					if !yield(batch) {
						return
					}
					batch = nil
				}
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// size counts what facts assert.
func size(batch []graph.Facts) (n int) {
	for _, f := range batch {
		n += len(f.Nodes) + len(f.Rels)
	}
	return n
}
