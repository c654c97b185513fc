package derive

import (
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// tcpdiscovery gives the Host its processes with what they provide and what they connect to.
func tcpdiscovery() derivation {
	return derivation{types: []string{"tcpdiscovery"}, derive: deriveTCPDiscovery, needs: []string{"netconfig"}}
}

func deriveTCPDiscovery(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	found, err := parseTCPDiscovery(doc.Data)
	if err != nil {
		return err
	}
	if len(found.unreadable) > 0 {
		facts.more(facts.document, graph.Props{"unreadable": found.unreadable})
	}
	addresses := addressesOf(facts, doc, sameHost)
	addresses.namespaces = found.namespaces
	procs := found.procs
	ids := make([]nodeID, len(procs))
	for i, p := range procs {
		ids[i] = facts.node(graph.Process, facts.own(p.netns, p.name), p.props(), p.labels()...)
		facts.rel(ids[i], graph.RunsOn, facts.host)
		for _, s := range p.connects {
			facts.rel(ids[i], graph.ConnectsTo, facts.endpoint(addresses.scope(s.addr, s.netns), s))
		}
	}
	sockets, err := provided(procs, addresses)
	if err != nil {
		return err
	}
	for s, providers := range sockets {
		endpoint := facts.provided(addresses, s)
		for _, i := range providers.procs {
			facts.rel(endpoint, graph.ProvidedBy, ids[i])
		}
		if facts.full() {
			break
		}
	}
	return nil
}

// provided asserts the Endpoint of a listening socket.
func (a *assertions) provided(addresses addresses, s socket) nodeID {
	if !addresses.has(s.addr, s.netns) {
		id, _ := a.endpointNowhere(addresses.local, s)
		return id
	}
	return a.endpoint(addresses.scope(s.addr, s.netns), s)
}
