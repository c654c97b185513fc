package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// ErrNoAddress is that the host is bound to no address in particular and has no private one: the
// address to advertise must be configured. No memberlist can be created without.
var ErrNoAddress = errors.New("no address to advertise")

// advertised is the address under which others reach a host that is bound to bound: ip and port if they
// are configured, else where it is bound, else the first of private that bound hears. Port 0 is bound's.
func advertised(ip string, port int, bound netip.AddrPort, private func() ([]netip.Addr, error)) (netip.AddrPort, error) {
	if ip != "" {
		addr, err := netip.ParseAddr(ip)
		switch {
		case err != nil:
			return netip.AddrPort{}, fmt.Errorf("address to advertise: %w", err)
		case port == 0:
			port = int(bound.Port())
		}
		return netip.AddrPortFrom(addr.Unmap(), uint16(port)), nil
	}
	if !bound.Addr().IsUnspecified() {
		return bound, nil
	}
	addrs, err := private()
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("addresses of this host: %w", err)
	}
	for _, addr := range addrs {
		if addr.Is4() || bound.Addr().Is6() {
			return netip.AddrPortFrom(addr, bound.Port()), nil
		}
	}
	return netip.AddrPort{}, fmt.Errorf("bound to %s, and no interface has a private address: %w", bound, ErrNoAddress)
}

// privateAddrs lists this host's private addresses: those from which its default routes start, then
// those of its interfaces in their order, IPv4 before IPv6 in each.
func privateAddrs() ([]netip.Addr, error) {
	addrs := append(sourceTo("udp4", "192.0.2.1:9"), sourceTo("udp6", "[2001:db8::1]:9")...)
	interfaces, err := net.Interfaces()
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		ofInterface, err := i.Addrs()
		if err != nil {
			continue // it is gone by now
		}
		for _, a := range ofInterface {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr().IsPrivate() {
				addrs = append(addrs, prefix.Addr())
			}
		}
	}
	return addrs, err
}

// sourceTo is the address from which this host would send to another, if that is private. To connect a
// UDP socket sends nothing; the addresses it is used with are kept for documentation.
func sourceTo(network, addr string) []netip.Addr {
	conn, err := net.Dial(network, addr)
	if err != nil {
		return nil // no route
	}
	defer conn.Close()
	source := conn.LocalAddr().(*net.UDPAddr).AddrPort().Addr()
	if !source.IsPrivate() {
		return nil
	}
	return []netip.Addr{source}
}
