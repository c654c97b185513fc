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

// providers are the processes that answer at a socket.
type providers struct {
	closeness int   // of their listeners
	procs     []int // indexes, in order
}

// with returns the providers when another process, behind them in order, listens there too.
func (p providers) with(proc, closeness int) providers {
	switch {
	case len(p.procs) == 0 || closeness < p.closeness:
		return providers{closeness, []int{proc}}
	case closeness == p.closeness:
		p.procs = append(p.procs, proc)
	}
	return p
}

// provided returns the sockets that can be connected to. Wildcard listeners times addresses are soon more
// than a document may assert.
func provided(procs []process, addresses addresses) (map[socket]providers, error) {
	named := namedLoopbacks(procs)
	sockets := map[socket]providers{}
	pairs := 0 // of a listener and an address
	for i, p := range procs {
		for _, listener := range p.listens {
			addrs := answers(listener, addresses, named)
			if pairs += len(addrs); pairs > graph.MaxRels {
				return nil, errTooMany
			}
			for _, addr := range addrs {
				s := listener.at(addr)
				sockets[s] = sockets[s].with(i, listener.closeness())
			}
		}
	}
	return sockets, nil
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
