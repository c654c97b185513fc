package derive

import (
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// A connection goes to the listener that names its address most closely, as the kernel has it: one
// bound to the address itself before one on 0.0.0.0, and that before one on ::, which answers IPv4 too.
// Processes that listen equally closely (SO_REUSEPORT, or an inherited socket) all provide the endpoint.
const (
	exact = iota
	wildcard4
	wildcard6
	closenesses
)

func (s socket) closeness() int {
	switch {
	case !s.addr.IsUnspecified():
		return exact
	case s.addr.Is4():
		return wildcard4
	}
	return wildcard6
}

// provided returns the sockets that can be connected to, each with the processes that answer there,
// as indexes into procs. It stops when there are more than a document may assert.
func provided(procs []process, addresses addresses) map[socket][]int {
	named := namedLoopbacks(procs)
	sockets := map[socket][]int{}
	for closeness := range closenesses {
		found := map[socket][]int{}
		for i, p := range procs {
			for _, listener := range p.listens {
				if listener.closeness() != closeness {
					continue
				}
				for _, addr := range answers(listener, addresses, named) {
					s := listener.at(addr)
					if _, taken := sockets[s]; !taken {
						found[s] = append(found[s], i)
					}
				}
				if len(sockets)+len(found) > graph.MaxNodes {
					return found
				}
			}
		}
		for s, providers := range found {
			sockets[s] = providers
		}
	}
	return sockets
}

// answers returns the addresses on which a listener can be reached: its own, or for a wildcard every
// address of its kind that its namespace is known to have. Where none but the loopback addresses is
// known, the wildcard itself stands for the rest.
func answers(listener socket, addresses addresses, named map[socket][]netip.Addr) []netip.Addr {
	closeness := listener.closeness()
	if closeness == exact {
		return []netip.Addr{listener.addr}
	}
	all := []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}
	all = append(all, named[listener.at(netip.Addr{})]...)
	own := addresses.own
	if listener.netns != "" {
		own = addresses.namespaces[listener.netns]
	}
	if len(own) == 0 {
		own = []netip.Addr{listener.addr}
	}
	all = append(all, own...)
	if closeness == wildcard4 {
		all = slices.DeleteFunc(all, netip.Addr.Is6)
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}

// namedLoopbacks returns the loopback addresses to which the processes connect, by the rest of the
// socket. All of 127.0.0.0/8 answers without being configured, 127.0.0.53 for one: a wildcard listener
// is reached on as many as its clients name.
func namedLoopbacks(procs []process) map[socket][]netip.Addr {
	named := map[socket][]netip.Addr{}
	for _, p := range procs {
		for _, s := range p.connects {
			if s.addr.IsLoopback() {
				rest := s.at(netip.Addr{})
				named[rest] = append(named[rest], s.addr)
			}
		}
	}
	return named
}
