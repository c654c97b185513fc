package derive

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/discovery"
)

// site is the address domain of addresses that other hosts can reach.
const site = "site"

// SiteAddress returns the address that the key of an IP names, and false for one that other hosts can't
// reach.
func SiteAddress(ipKey string) (address string, ok bool) { return strings.CutPrefix(ipKey, site+"|") }

// addresses is what netconfig documents say of the addresses of a host, or of a container of one;
// without these its slices are empty.
type addresses struct {
	local    string         // scope of what only the host itself reaches
	own      []netip.Addr   // sorted, loopback addresses included
	networks []netip.Prefix // on its interfaces
	narrow   []scoped       // those of them that end here; the first that contains an address holds

	namespaces map[string][]netip.Addr // of network namespaces other than the host's own, as far as known
}

// scoped is a network in which addresses have a meaning in one scope only.
type scoped struct {
	network netip.Prefix
	scope   string
}

// addressesOf reads the netconfig documents that tell what addresses mean where doc holds.
func addressesOf(facts *assertions, doc discovery.Document, sameHost SameHost) addresses {
	return facts.addresses(interfacesOf(sameHost, ProxyOf(doc)), doc, sameHost)
}

// addresses are those of the host, or container, that has these interfaces.
func (a *assertions) addresses(nics map[string]nic, doc discovery.Document, sameHost SameHost) addresses {
	own := newAddresses(a.hostKey(), nics)
	if a.place.kind == "" {
		return own
	}
	return own.within(newAddresses(key(doc.HostID), interfacesOf(sameHost, "")))
}

// interfacesOf returns the interfaces that a netconfig document tells of. What is wrong with that is
// said when it is derived itself.
func interfacesOf(sameHost SameHost, proxy string) map[string]nic {
	doc, ok := sameHost("netconfig", proxy)
	if !ok {
		return nil
	}
	nics, err := parseNetconfig(doc.Data)
	if err != nil {
		return nil
	}
	return nics
}

// newAddresses is for the host, or container, with this key.
func newAddresses(hostKey string, nics map[string]nic) addresses {
	// What follows the host's key in a scope begins with "/", which a host's id may have too.
	a := addresses{local: "host:" + strings.ReplaceAll(hostKey, "/", "%2F")}
	for name, n := range nics {
		private := isInside(name, nics)
		for _, p := range n.prefixes {
			a.own = append(a.own, p.Addr())
			a.networks = append(a.networks, p.Masked())
			if private {
				a.narrow = append(a.narrow, scoped{p.Masked(), a.local})
			}
		}
	}
	slices.SortFunc(a.own, netip.Addr.Compare)
	a.own = slices.Compact(a.own)
	return a
}

// within returns the addresses of a container of a host. A network that the host has too means what it
// means there; any other is the container's alone: all guests of VirtualBox are 10.0.2.15.
func (a addresses) within(host addresses) addresses {
	a.narrow = append(a.narrow, host.narrow...)
	for _, n := range a.networks {
		if !slices.ContainsFunc(host.networks, n.Overlaps) {
			a.narrow = append(a.narrow, scoped{n, a.local})
		}
	}
	return a
}

// scope says how far addr reaches, seen from a network namespace of the host ("" is its own). Every
// host has a 127.0.0.1, an fe80::1 and, with Docker on it, a 172.17.0.1: dependencies that join hosts
// by such an address would be false.
func (a addresses) scope(addr netip.Addr, netns string) string {
	if addr.IsLoopback() || addr.IsLinkLocalUnicast() || addr.IsUnspecified() || addr.IsMulticast() {
		if netns != "" {
			return a.local + "/" + netns
		}
		return a.local
	}
	for _, n := range a.narrow {
		if n.network.Contains(addr) {
			return n.scope // the same for the host and its containers, which talk over this network
		}
	}
	return site
}

// has reports whether the host can serve others at addr, as far as is known. One that waits on an address
// which it does not have, as the standby of a failover address does, or who claims another's, serves
// nobody.
func (a addresses) has(addr netip.Addr, netns string) bool {
	if netns != "" || len(a.own) == 0 || a.scope(addr, netns) == a.local {
		return true
	}
	_, has := slices.BinarySearchFunc(a.own, addr, netip.Addr.Compare)
	return has
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

// parseAddr reads the address of some host. An IPv4 address in IPv6 form becomes an IPv4 one, and the
// interface that a link-local one names is dropped.
func parseAddr(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	addr = addr.Unmap().WithZone("")
	if err != nil || isImpossible(addr) || addr.IsMulticast() {
		return netip.Addr{}, fmt.Errorf("%q is not the address of a host", text)
	}
	return addr, nil
}

// isImpossible reports that no interface can have addr.
func isImpossible(addr netip.Addr) bool {
	return addr.IsUnspecified() || addr == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}
