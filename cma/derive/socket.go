package derive

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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
	id := a.endpointNowhere(scope, s)
	if !s.addr.IsUnspecified() && !s.addr.IsMulticast() {
		a.rel(id, graph.At, a.ip(scope, s.addr))
	}
	return id
}

// endpointNowhere asserts an Endpoint whose address is not there.
func (a *assertions) endpointNowhere(scope string, s socket) nodeID {
	address := s.addr.String()
	return a.node(graph.Endpoint, key(scope, address, strconv.Itoa(int(s.port)), s.protocol), graph.Props{
		"address": address, "port": int64(s.port), "protocol": s.protocol,
	})
}

// parseSockets reads {"192.0.2.1:80": "tcp", "[2001:db8::1]:80": "tcp"}. Linux' names for protocols
// over IPv6 and IPv4 addresses in IPv6 form come to what they are without IPv6.
func parseSockets(field, netns string, addrs map[string]string) ([]socket, error) {
	sockets := make([]socket, 0, len(addrs))
	for text, protocol := range addrs {
		ap, err := netip.ParseAddrPort(text)
		if err != nil || ap.Port() == 0 {
			return nil, fmt.Errorf("%s: %q is not an address and port", field, text)
		}
		protocol = strings.TrimSuffix(protocol, "6")
		if protocol != "tcp" && protocol != "udp" {
			return nil, fmt.Errorf("%s: %q: unknown protocol %q", field, text, protocol)
		}
		sockets = append(sockets, socket{netns: netns, addr: ap.Addr().Unmap().WithZone(""), port: ap.Port(), protocol: protocol})
	}
	return sockets, nil
}

func sorted(sockets []socket) []socket {
	slices.SortFunc(sockets, socket.compare)
	return slices.Compact(sockets)
}
