package derive

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// maxAddresses bounds the addresses of a host.
const maxAddresses = 4096

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

	prefixes []netip.Prefix // of IPAddrs, sorted
}

// parseNetconfig returns a host's interfaces by name.
func parseNetconfig(data []byte) (map[string]nic, error) {
	nics, err := object[nic](data)
	if err != nil {
		return nil, err
	}
	count := 0
	for name, n := range nics {
		if count += len(n.IPAddrs); count > maxAddresses {
			return nil, fmt.Errorf("more than %d addresses", maxAddresses)
		}
		for cidr := range n.IPAddrs {
			p, err := parsePrefix(cidr)
			if err != nil {
				return nil, fmt.Errorf("interface %q: %w", name, err)
			}
			n.prefixes = append(n.prefixes, p)
		}
		slices.SortFunc(n.prefixes, netip.Prefix.Compare)
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
	if err != nil || !p.IsValid() {
		return netip.Prefix{}, fmt.Errorf("%q is not an address with its prefix length", cidr)
	}
	return p, nil
}

func deriveNetconfig(facts *assertions, doc discovery.Document, _ SameHost) error {
	nics, err := parseNetconfig(doc.Data)
	if err != nil {
		return err
	}
	addresses := newAddresses(doc.HostID, nics)
	for name, n := range nics {
		ref := facts.node(graph.NIC, key(doc.HostID, name), n.props(name))
		facts.rel(facts.host, graph.HasNIC, ref)
		facts.rel(ref, graph.PartOf, facts.host)
		for _, p := range n.prefixes {
			scope := addresses.scope(p.Addr(), "")
			ip := facts.ip(scope, p.Addr())
			cidr := p.Masked().String()
			subnet := facts.node(graph.Subnet, key(scope, cidr), graph.Props{"cidr": cidr})
			facts.rel(ip, graph.On, ref)
			facts.rel(ip, graph.In, subnet)
		}
	}
	return nil
}

func (n nic) props(name string) graph.Props {
	props := graph.Props{"name": name}
	setText(props, "mac", n.MAC)
	setText(props, "operstate", n.OperState)
	setText(props, "duplex", n.Duplex)
	set(props, "mtu", n.MTU)
	set(props, "speed", n.Speed)
	set(props, "carrier", n.Carrier)
	set(props, "virtual", n.Virtual)
	set(props, "default_gw", n.DefaultGW)
	return props
}

// ip asserts an address, of this host or another.
func (a *assertions) ip(scope string, addr netip.Addr) graph.Ref {
	return a.node(graph.IP, key(scope, addr.String()), graph.Props{"address": addr.String()})
}
