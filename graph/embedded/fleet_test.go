package embedded

import (
	"fmt"
	"iter"
	"math"
	"math/rand/v2"

	"github.com/assim-mesh/assim/graph"
)

// What a host of the generated fleet has. A fleet of n nodes has n/50 hosts; a million nodes come with
// five million relationships and 5.6 million properties.
const (
	nodesPerHost     = 50
	nicsPerHost      = 3
	ipsPerHost       = 4
	processesPerHost = 20
	endpointsPerHost = 10 // each provided by a process of the host
	clientsPerHost   = 11 // connections from a process of the host to any endpoint
	installedPerHost = 165
	documentsPerHost = 5
	monitorsPerHost  = 3
	hostsPerSwitch   = 20
)

// fleet is a fleet made from a seed, in the labels and types of package graph's model. Endpoints and
// packages are popular by Zipf's law: endpoint of rank 0 has 1 in 12 of all clients.
type fleet struct {
	hosts int
	seed  uint64
}

func newFleet(nodes int, seed uint64) fleet { return fleet{hosts: nodes / nodesPerHost, seed: seed} }

func (f fleet) endpoints() int { return f.hosts * endpointsPerHost }

// kinds returns the number of packages that there are.
func (f fleet) kinds() int { return max(installedPerHost, f.hosts*95/100) }

// documents yields what the documents of all hosts assert, host by host.
func (f fleet) documents() iter.Seq[graph.Facts] {
	return func(yield func(graph.Facts) bool) {
		for n := range f.hosts {
			for which := range documentsOf {
				if !yield(f.document(n, which)) {
					return
				}
			}
		}
	}
}

// documentsOf are the documents of a host.
var documentsOf = [...]struct {
	instance string
	facts    func(fleetHost) graph.Facts
}{
	{"net", fleetHost.network}, {"tcp", fleetHost.sockets}, {"packages", fleetHost.packages}, {"inventory", fleetHost.inventory},
}

// inventory is the place of that document in documentsOf.
const inventory = 3

// document returns what a document of a host asserts in its first version.
func (f fleet) document(host, which int) graph.Facts {
	h := fleetHost{
		fleet: f, n: host, ref: hostRef(host),
		rng: rand.New(rand.NewPCG(f.seed, uint64(host*len(documentsOf)+which))),
	}
	facts := documentsOf[which].facts(h)
	facts.Source = graph.Source{
		Host: h.ref.Key, Instance: documentsOf[which].instance, Boot: 1, Seq: 1,
		Hash: fmt.Sprintf("%016x%016x", h.rng.Uint64(), h.rng.Uint64()),
	}
	return facts
}

// fleetHost is one host while one of its documents is made, by chance of its own.
type fleetHost struct {
	fleet
	n   int
	ref graph.Ref
	rng *rand.Rand
}

func hostRef(n int) graph.Ref { return graph.Ref{Label: graph.Host, Key: fmt.Sprintf("%08x", n)} }

func processRef(host, i int) graph.Ref {
	return graph.Ref{Label: graph.Process, Key: fmt.Sprintf("%08x||tcp-%d", host, i)}
}

func endpointRef(n int) graph.Ref {
	host, i := n/endpointsPerHost, n%endpointsPerHost
	return graph.Ref{Label: graph.Endpoint, Key: fmt.Sprintf("site|%s|%d|tcp", address(host, i%ipsPerHost), port(i))}
}

func address(host, i int) string {
	n := host*ipsPerHost + i
	return fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
}

func port(i int) int { return 1024 + 7*i }

// provider returns the process that provides endpoint i of a host.
func provider(host, i int) graph.Ref { return processRef(host, i*processesPerHost/endpointsPerHost) }

// popular returns the endpoint of a rank: every one has one, far from its neighbours'.
func (f fleet) popular(rank int) int {
	step := 7919 // prime, so that it meets every endpoint unless there are a multiple of 7919
	return rank * step % f.endpoints()
}

// zipf draws a rank below n, 0 the most often: rank k about as often as 1/(k+1).
func zipf(rng *rand.Rand, n int) int {
	return min(n-1, int(math.Exp(rng.Float64()*math.Log(float64(n+1))))-1)
}

func (h fleetHost) node(props graph.Props) graph.Node { return graph.Node{Ref: h.ref, Props: props} }

func (h fleetHost) network() (f graph.Facts) {
	f.Nodes = append(f.Nodes, h.node(graph.Props{
		"name": fmt.Sprintf("host%05d.dc%d.example.com", h.n, h.n%7), "os": []string{"debian 12", "ubuntu 24.04", "rhel 9.4"}[h.n%3],
		"kernel": fmt.Sprintf("6.1.0-%d-amd64", h.n%40), "arch": "x86_64", "site": fmt.Sprint("dc", h.n%7),
		"cores": int64(8 * (1 + h.n%8)), "memory": int64(1+h.n%256) << 30, "status": "up",
	}))
	sw := graph.Ref{Label: "Switch", Key: fmt.Sprintf("switch-%d", h.n/hostsPerSwitch)}
	f.Nodes = append(f.Nodes, graph.Node{Ref: sw, Props: graph.Props{"name": sw.Key, "vendor": "v", "ports": int64(64)}})
	nics := [nicsPerHost]graph.Ref{}
	for i := range nics {
		nics[i] = graph.Ref{Label: graph.NIC, Key: fmt.Sprintf("%s|eth%d", h.ref.Key, i)}
		port := graph.Ref{Label: "Port", Key: fmt.Sprintf("%s|%d", sw.Key, h.n%hostsPerSwitch*nicsPerHost+i)}
		f.Nodes = append(f.Nodes,
			graph.Node{Ref: nics[i], Props: graph.Props{
				"name": fmt.Sprint("eth", i), "mac": fmt.Sprintf("02:%010x", h.n*nicsPerHost+i),
				"speed": int64(10_000), "mtu": int64(1500), "up": true,
			}},
			graph.Node{Ref: port, Props: graph.Props{"name": fmt.Sprint("ge-0/0/", i), "speed": int64(10_000)}})
		f.Rels = append(f.Rels,
			graph.Rel{Type: graph.HasNIC, From: h.ref, To: nics[i]}, graph.Rel{Type: graph.PartOf, From: nics[i], To: h.ref},
			graph.Rel{Type: "WIRED_TO", From: nics[i], To: port}, graph.Rel{Type: graph.PartOf, From: port, To: sw})
	}
	for i := range ipsPerHost {
		ip := h.ip(i)
		f.Nodes = append(f.Nodes, ip)
		f.Rels = append(f.Rels, graph.Rel{Type: graph.On, From: ip.Ref, To: nics[i%nicsPerHost]})
	}
	return f
}

func (h fleetHost) ip(i int) graph.Node {
	a := address(h.n, i)
	return graph.Node{Ref: graph.Ref{Label: graph.IP, Key: "site|" + a}, Props: graph.Props{
		"address": a, "version": int64(4), "prefix": int64(24), "primary": i == 0,
	}}
}

// sockets asserts processes, what they listen on and what they connect to.
func (h fleetHost) sockets() (f graph.Facts) {
	f.Nodes = append(f.Nodes, h.node(nil))
	for i := range ipsPerHost {
		f.Nodes = append(f.Nodes, h.ip(i))
	}
	for i := range processesPerHost {
		p := graph.Node{Ref: processRef(h.n, i), Props: graph.Props{
			"exe": fmt.Sprintf("/usr/sbin/daemon%d", (h.n+i)%1500), "user": fmt.Sprint("user", h.rng.IntN(60)),
			"argv":  fmt.Sprintf("/usr/sbin/daemon%d --config /etc/daemon/%d.conf", (h.n+i)%1500, h.rng.IntN(9000)),
			"start": int64(1_700_000_000 + h.rng.IntN(30_000_000)), "threads": int64(1 + h.rng.IntN(64)), "rss": int64(h.rng.IntN(1 << 30)),
		}}
		if i%2 == 0 {
			p.Labels = []string{graph.Service}
		}
		f.Nodes = append(f.Nodes, p)
		f.Rels = append(f.Rels, graph.Rel{Type: graph.RunsOn, From: p.Ref, To: h.ref})
	}
	seen := map[graph.Ref]bool{}
	for i := range endpointsPerHost {
		e := h.endpoint(&f, seen, h.n*endpointsPerHost+i)
		f.Rels = append(f.Rels, graph.Rel{Type: graph.ProvidedBy, From: e, To: provider(h.n, i)},
			graph.Rel{Type: graph.At, From: e, To: h.ip(i % ipsPerHost).Ref})
	}
	connected := map[graph.RelRef]bool{}
	for range clientsPerHost {
		e := h.endpoint(&f, seen, h.popular(zipf(h.rng, h.endpoints())))
		r := graph.Rel{Type: graph.ConnectsTo, From: processRef(h.n, h.rng.IntN(processesPerHost)), To: e}
		if !connected[r.Ref()] {
			connected[r.Ref()] = true
			f.Rels = append(f.Rels, r)
		}
	}
	return f
}

// endpoint asserts an endpoint once.
func (h fleetHost) endpoint(f *graph.Facts, seen map[graph.Ref]bool, n int) graph.Ref {
	ref := endpointRef(n)
	if !seen[ref] {
		seen[ref] = true
		host, i := n/endpointsPerHost, n%endpointsPerHost
		f.Nodes = append(f.Nodes, graph.Node{Ref: ref, Props: graph.Props{
			"address": address(host, i%ipsPerHost), "port": int64(port(i)), "protocol": "tcp", "scope": "site",
		}})
	}
	return ref
}

func (h fleetHost) packages() (f graph.Facts) {
	f.Nodes = append(f.Nodes, h.node(nil))
	has := map[int]bool{}
	for len(has) < installedPerHost {
		n := zipf(h.rng, h.kinds())
		if has[n] {
			n = h.rng.IntN(h.kinds()) // the popular ones are soon all there
		}
		if has[n] {
			continue
		}
		has[n] = true
		name, version := fmt.Sprint("package", n/3), fmt.Sprintf("1.%d-%d", n%3, n%17)
		p := graph.Node{Ref: graph.Ref{Label: graph.Package, Key: "deb|" + name + "|" + version + "|amd64"}, Props: graph.Props{
			"name": name, "version": version, "arch": "amd64", "type": "deb",
		}}
		f.Nodes = append(f.Nodes, p)
		f.Rels = append(f.Rels, graph.Rel{Type: graph.Has, From: h.ref, To: p.Ref})
	}
	return f
}

func (h fleetHost) inventory() (f graph.Facts) {
	f.Nodes = append(f.Nodes, h.node(nil))
	for i := range documentsPerHost {
		d := graph.Ref{Label: graph.Document, Key: fmt.Sprintf("%s|document%d", h.ref.Key, i)}
		f.Nodes = append(f.Nodes, graph.Node{Ref: d, Props: graph.Props{
			"instance": fmt.Sprint("document", i), "seq": int64(h.rng.IntN(1000)), "hash": fmt.Sprintf("%016x", h.rng.Uint64()),
		}})
		f.Rels = append(f.Rels, graph.Rel{Type: graph.Describes, From: d, To: h.ref})
	}
	for i := range monitorsPerHost {
		m := graph.Ref{Label: "Monitor", Key: fmt.Sprintf("%s|monitor%d", h.ref.Key, i)}
		p := processRef(h.n, i)
		f.Nodes = append(f.Nodes, graph.Node{Ref: m, Props: graph.Props{"class": "ocf", "interval": int64(30), "ok": i > 0}}, graph.Node{Ref: p})
		f.Rels = append(f.Rels, graph.Rel{Type: "WATCHES", From: m, To: p})
	}
	return f
}
