package wire

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Kind is what a packet or stream is sent for.
type Kind uint8

// The kinds. What memberlist sends by itself, its acks, probes, relays and exchanges of state, is
// Membership, as is all that no one tagged.
const (
	Membership Kind = iota
	Heartbeat
	Confirmation
	Message
	Call
	kinds
)

var kindNames = [kinds]string{"membership", "heartbeat", "confirmation", "message", "call"}

func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Tagged is an address for Memberlist.Ping or, as a string, for memberlist.Address: "ip:port#kind". Only
// transports of this package understand it. What is sent to it counts as of that kind and, unless that
// is Membership, goes to the known dead too.
func Tagged(kind Kind, to netip.AddrPort) net.Addr { return taggedAddr{to, kind} }

type taggedAddr struct {
	to   netip.AddrPort
	kind Kind
}

func (a taggedAddr) Network() string { return "udp" }

func (a taggedAddr) String() string {
	if a.kind == Membership {
		return a.to.String()
	}
	return a.to.String() + "#" + a.kind.String()
}

// parseAddr takes apart what Tagged or memberlist made. An IPv4 address comes as such even if it was
// written as IPv6.
func parseAddr(s string) (netip.AddrPort, Kind, error) {
	text, kind := s, Membership
	// The tag stands last: memberlist takes what is before the last colon for a host.
	if i := strings.LastIndexByte(s, '#'); i >= 0 {
		k := slices.Index(kindNames[:], s[i+1:])
		if k <= int(Membership) {
			return netip.AddrPort{}, 0, fmt.Errorf("address %q has an unknown kind", s)
		}
		text, kind = s[:i], Kind(k)
	}
	to, err := netip.ParseAddrPort(text)
	if err != nil {
		return netip.AddrPort{}, 0, fmt.Errorf("address %q: %w", s, err)
	}
	if to.Port() == 0 {
		return netip.AddrPort{}, 0, fmt.Errorf("address %q has no port", s)
	}
	return unmap(to), kind, nil
}

// unmap makes an IPv4 address of one that a socket for both families shows as IPv6.
func unmap(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }
