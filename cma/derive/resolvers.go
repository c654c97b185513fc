package derive

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/discovery"
)

// resolvers gives the Host the DNS servers that it depends on, as one group:
//
//	{"nameservers": ["127.0.0.53"], "upstreams": ["192.0.2.53", "2001:db8::53"]}
//
// Where a server of the host itself stands between (upstreams), it depends on those behind it.
func resolvers() derivation {
	return derivation{types: []string{"resolvers"}, derive: deriveResolvers, needs: []string{"netconfig"}}
}

func deriveResolvers(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	var data struct {
		Nameservers []string `json:"nameservers"`
		Upstreams   []string `json:"upstreams"`
	}
	if err := json.Unmarshal(doc.Data, &data); err != nil {
		return err
	}
	texts := data.Nameservers
	if len(data.Upstreams) > 0 {
		texts = data.Upstreams
	}
	servers := make([]netip.Addr, 0, len(texts))
	for _, text := range texts {
		server, err := parseResolver(text)
		if err != nil {
			return fmt.Errorf("resolver %w", err)
		}
		servers = append(servers, server)
	}
	slices.SortFunc(servers, netip.Addr.Compare)
	servers = slices.Compact(servers)
	addresses := addressesOf(facts, doc, sameHost)
	for _, server := range servers {
		s := socket{addr: server, port: 53, protocol: "udp"}
		facts.dependsOn(facts.endpoint(addresses.scope(server, ""), s), "resolvers", len(servers))
		if facts.full() {
			return nil
		}
	}
	return nil
}

// parseResolver reads the address of a DNS server. The C library takes an unspecified one for the host
// itself.
func parseResolver(text string) (netip.Addr, error) {
	switch text {
	case "0.0.0.0":
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	case "::":
		return netip.IPv6Loopback(), nil
	}
	return parseAddr(text)
}
