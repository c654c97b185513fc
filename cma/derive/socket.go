package derive

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"github.com/assim-mesh/assim/graph"
)

// socket is one end of a connection as a network namespace of the host sees it.
type socket struct {
	netns    string
	addr     netip.Addr
	port     uint16
	protocol string // tcp, udp
}

func (s socket) compare(t socket) int {
	return cmp.Or(cmp.Compare(s.netns, t.netns), s.addr.Compare(t.addr), cmp.Compare(s.port, t.port), cmp.Compare(s.protocol, t.protocol))
}

// at is s on another address.
func (s socket) at(addr netip.Addr) socket {
	s.addr = addr
	return s
}

// endpoint asserts the Endpoint that both sides of a connection come to, at its address. The
// unspecified address and one of a group are no host's.
func (a *assertions) endpoint(scope string, s socket) nodeID {
	id, isNew := a.endpointNowhere(scope, s)
	if isNew && !s.addr.IsUnspecified() && !s.addr.IsMulticast() {
		a.rel(id, graph.At, a.ip(scope, s.addr))
	}
	return id
}

// endpointNowhere asserts an Endpoint whose address is not there, and reports whether that is new.
func (a *assertions) endpointNowhere(scope string, s socket) (id nodeID, isNew bool) {
	address := s.addr.String()
	id, isNew = a.find(graph.Endpoint, key(scope, address, strconv.Itoa(int(s.port)), s.protocol))
	if isNew {
		a.more(id, graph.Props{"address": address, "port": int64(s.port), "protocol": s.protocol})
	}
	return id, isNew
}

// appendSockets reads {"192.0.2.1:80": "tcp", "[2001:db8::1]:80": "tcp"}. Linux' names for protocols
// over IPv6 and IPv4 addresses in IPv6 form come to what they are without IPv6.
func appendSockets(sockets []socket, r *reader) []socket {
	for text := range r.members() {
		ap, err := netip.ParseAddrPort(text)
		if err != nil || ap.Port() == 0 {
			r.fail(errors.New("not an address and port"))
		}
		protocol, err := protocolOf(r.text())
		r.fail(err)
		sockets = append(sockets, socket{addr: ap.Addr().Unmap().WithZone(""), port: ap.Port(), protocol: protocol})
	}
	return sockets
}

func protocolOf(name string) (string, error) {
	switch name {
	case "tcp", "tcp6":
		return "tcp", nil
	case "udp", "udp6":
		return "udp", nil
	}
	return "", fmt.Errorf("unknown protocol %q", name)
}

// sorted returns the sockets of a network namespace in order, each once.
func sorted(sockets []socket, netns string) []socket {
	for i := range sockets {
		sockets[i].netns = netns
	}
	slices.SortFunc(sockets, socket.compare)
	return slices.Compact(sockets)
}
