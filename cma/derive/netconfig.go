package derive

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// Bounds of what a host may have: what an address means is found by looking through all of these.
const (
	maxInterfaces = 4096
	maxAddresses  = 4096 // gateways are as many at most
)

// nic is what a netconfig document says of one interface. What a kernel does not say of it is nil.
type nic struct {
	MAC       string                     `json:"address"`
	OperState string                     `json:"operstate"`
	Duplex    string                     `json:"duplex"`
	MTU       *int64                     `json:"mtu"`
	Speed     *int64                     `json:"speed"` // Mbit/s, -1 when not known
	Carrier   *bool                      `json:"carrier"`
	Virtual   *bool                      `json:"virtual"`
	DefaultGW *bool                      `json:"default_gw"` // a default route leaves here
	BridgeID  string                     `json:"bridge_id"`
	PortOf    string                     `json:"brport_bridge"` // the bridge that it is a port of, by name or id
	IPAddrs   map[string]json.RawMessage `json:"ipaddrs"`       // keys are address/prefix length
	Gateways  []string                   `json:"gateways"`      // of default routes
	BondMode  string                     `json:"bonding_mode"`  // "active-backup 1"
	Slaves    []string                   `json:"bonding_slaves"`

	prefixes []netip.Prefix // of IPAddrs, sorted
	gateways []netip.Addr   // of Gateways
	slaves   []string       // of Slaves, sorted, each once
}

// netconfig gives the Host its interfaces and addresses, and what it depends on to reach others: the
// gateways of its default routes. Those over IPv4 and over IPv6 are groups of their own, since neither
// stands in for the other.
func netconfig() derivation {
	return derivation{types: []string{"netconfig"}, derive: deriveNetconfig, needs: []string{"netconfig"}}
}

// parseNetconfig returns a host's interfaces by name.
func parseNetconfig(data []byte) (map[string]nic, error) {
	nics, err := object[nic](data)
	if err != nil {
		return nil, err
	}
	if len(nics) > maxInterfaces {
		return nil, fmt.Errorf("more than %d interfaces", maxInterfaces)
	}
	count := 0
	for name, n := range nics {
		if count += max(len(n.IPAddrs), len(n.Gateways)); count > maxAddresses {
			return nil, fmt.Errorf("more than %d addresses", maxAddresses)
		}
		n.slaves = slices.Compact(slices.Sorted(slices.Values(n.Slaves)))
		for cidr := range n.IPAddrs {
			p, err := parsePrefix(cidr)
			if err != nil {
				return nil, fmt.Errorf("interface %q: %w", name, err)
			}
			n.prefixes = append(n.prefixes, p)
		}
		slices.SortFunc(n.prefixes, netip.Prefix.Compare)
		for _, text := range n.Gateways {
			gateway, err := parseAddr(text)
			if err != nil {
				return nil, fmt.Errorf("interface %q: gateway %w", name, err)
			}
			n.gateways = append(n.gateways, gateway)
		}
		nics[name] = n
	}
	return nics, nil
}

// parsePrefix reads "192.0.2.2/24". An IPv4 address in IPv6 form becomes an IPv4 one.
func parsePrefix(cidr string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(cidr)
	if err == nil && p.Addr().Is4In6() {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if err != nil || !p.IsValid() || isImpossible(p.Addr()) {
		return netip.Prefix{}, fmt.Errorf("%q is not an address with its prefix length", cidr)
	}
	return p, nil
}

func deriveNetconfig(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	nics, err := parseNetconfig(doc.Data)
	if err != nil {
		return err
	}
	addresses := facts.addresses(nics, doc, sameHost)
	for name, n := range nics {
		ref := facts.nic(name, n.props())
		for _, p := range n.prefixes {
			scope := addresses.scope(p.Addr(), "")
			ip := facts.ip(scope, p.Addr())
			facts.rel(ip, graph.On, ref)
			facts.inSubnet(ip, scope, p)
		}
		if facts.full() {
			return nil
		}
	}
	facts.dependsOnGateways(addresses, nics)
	return nil
}

func (a *assertions) dependsOnGateways(addresses addresses, nics map[string]nic) {
	groups := map[string][]netip.Addr{}
	for _, n := range nics {
		for _, g := range n.gateways {
			group := "gateways"
			if g.Is6() {
				group = "gateways over IPv6"
			}
			groups[group] = append(groups[group], g)
		}
	}
	for group, gateways := range groups {
		slices.SortFunc(gateways, netip.Addr.Compare)
		gateways = slices.Compact(gateways) // one may be reached over several interfaces
		for _, g := range gateways {
			a.dependsOn(a.ip(addresses.scope(g, ""), g), group, len(gateways))
		}
	}
}

func (n nic) props() graph.Props {
	props := graph.Props{}
	setText(props, "mac", n.MAC)
	setText(props, "operstate", n.OperState)
	setText(props, "duplex", n.Duplex)
	set(props, "mtu", n.MTU)
	set(props, "speed", n.Speed)
	set(props, "carrier", n.Carrier)
	set(props, "virtual", n.Virtual)
	set(props, "default_gw", n.DefaultGW)
	setText(props, "bonding_mode", n.BondMode)
	if len(n.slaves) > 0 {
		props["bonding_slaves"] = n.slaves
	}
	return props
}
