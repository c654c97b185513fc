package derive

import (
	"net/netip"
	"slices"
	"strings"
)

// site is the address domain of addresses that other hosts can reach.
const site = "site"

// SiteAddress returns the address that the key of an IP names, and false for one that other hosts can't
// reach.
func SiteAddress(ipKey string) (address string, ok bool) { return strings.CutPrefix(ipKey, site+"|") }

// addresses is what a host's netconfig document says of its addresses; without that document its
// slices are empty.
type addresses struct {
	hostID string
	own    []netip.Addr   // sorted, loopback addresses included
	inside []netip.Prefix // networks that end on this host: those of its containers and guests
}

func newAddresses(hostID string, nics map[string]nic) addresses {
	a := addresses{hostID: hostID}
	for name, n := range nics {
		private := isInside(name, nics)
		for _, p := range n.prefixes {
			a.own = append(a.own, p.Addr())
			if private {
				a.inside = append(a.inside, p.Masked())
			}
		}
	}
	slices.SortFunc(a.own, netip.Addr.Compare)
	a.own = slices.Compact(a.own)
	return a
}

// scope says how far addr reaches, seen from a network namespace of the host ("" is its own). Every
// host has a 127.0.0.1, an fe80::1 and, with Docker on it, a 172.17.0.1: dependencies that join hosts
// by such an address would be false.
func (a addresses) scope(addr netip.Addr, netns string) string {
	host := "host:" + a.hostID
	switch {
	case addr.IsLoopback(), addr.IsLinkLocalUnicast(), addr.IsUnspecified():
		if netns != "" {
			return host + "/" + netns
		}
		return host
	case slices.ContainsFunc(a.inside, func(p netip.Prefix) bool { return p.Contains(addr) }):
		return host // the same for the host and its containers, which talk over this network
	}
	return site
}

// isInside reports whether an interface leads to containers and guests of this host only: a bridge
// without ports, or one whose ports all are their ends of virtual cables. By names alone can these
// be told from ports that lead out, such as a VLAN or a bond, which are virtual as well.
func isInside(name string, nics map[string]nic) bool {
	bridge := nics[name]
	if bridge.BridgeID == "" || bridge.DefaultGW != nil && *bridge.DefaultGW {
		return false
	}
	for port, n := range nics {
		isPort := n.PortOf != "" && (n.PortOf == name || n.PortOf == bridge.BridgeID)
		if isPort && !isCable(port) {
			return false
		}
	}
	return true
}

func isCable(name string) bool {
	isPrefix := func(prefix string) bool { return strings.HasPrefix(name, prefix) }
	return slices.ContainsFunc([]string{"veth", "vnet", "tap", "lxc", "cali"}, isPrefix)
}
