package derive

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// neighbour is whom an interface of the host has seen.
type neighbour struct {
	MAC string `json:"mac"`
	NIC string `json:"nic"`
}

// arpcache gives the Host's interfaces the addresses that the kernel has among its neighbours:
//
//	{"192.0.2.1": {"mac": "02:fc:00:00:00:05", "nic": "eth0"}}
func arpcache() derivation {
	return derivation{types: []string{"arpcache"}, derive: deriveARPCache, needs: []string{"netconfig"}}
}

func deriveARPCache(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	seen, err := object[neighbour](doc.Data)
	if err != nil {
		return err
	}
	return facts.seen(seen, doc, sameHost)
}

// arp is the same of one interface, which the document's instance names ("_ARP_eth0"), as it saw them
// on the wire:
//
//	{"::ffff:192.0.2.1": "02:fc:00:00:00:05"}
func arp() derivation {
	return derivation{types: []string{"ARP"}, derive: deriveARP, needs: []string{"netconfig"}}
}

func deriveARP(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	macs, err := object[string](doc.Data)
	if err != nil {
		return err
	}
	name, ok := strings.CutPrefix(doc.Instance, "_ARP_")
	if !ok {
		return errors.New("the instance names no interface, as _ARP_eth0 does")
	}
	seen := make(map[string]neighbour, len(macs))
	for addr, mac := range macs {
		seen[addr] = neighbour{MAC: mac, NIC: name}
	}
	return facts.seen(seen, doc, sameHost)
}

// seen asserts neighbours by their addresses, each in the interface's networks that it belongs to.
func (a *assertions) seen(neighbours map[string]neighbour, doc discovery.Document, sameHost SameHost) error {
	nics := interfacesOf(sameHost, ProxyOf(doc))
	addresses := a.addresses(nics, doc, sameHost)
	for _, text := range slices.Sorted(maps.Keys(neighbours)) { // an address may stand there in two forms
		n := neighbours[text]
		addr, err := parseAddr(text)
		if err != nil {
			return fmt.Errorf("neighbour %w", err)
		}
		mac, err := net.ParseMAC(n.MAC)
		if err != nil || n.NIC == "" {
			return fmt.Errorf("neighbour %q: link-layer address %q, interface %q: both are needed", text, n.MAC, n.NIC)
		}
		scope := addresses.scope(addr, "")
		ip := a.ip(scope, addr)
		a.relProps(ip, graph.SeenFrom, a.nic(n.NIC, nil), graph.Props{"mac": mac.String()})
		for _, p := range nics[n.NIC].prefixes {
			if p.Contains(addr) {
				a.inSubnet(ip, scope, p)
			}
		}
		if a.full() {
			return nil
		}
	}
	return nil
}
