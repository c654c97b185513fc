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
	ids := facts.processes(found.procs, addresses)
	sockets, err := provided(found.procs, addresses)
	if err != nil {
		return err
	}
	for s, providers := range sockets {
		endpoint := facts.served(addresses, s)
		for _, i := range providers.procs {
			facts.rel(endpoint, graph.ProvidedBy, ids[i])
		}
		if facts.full() {
			return nil
		}
	}
	return nil
}

// processes asserts the Processes with what they connect to.
func (a *assertions) processes(procs []process, addresses addresses) []nodeID {
	ids := make([]nodeID, len(procs))
	for i, p := range procs {
		ids[i] = a.node(graph.Process, a.own(p.netns, p.name), p.props(), p.labels()...)
		a.rel(ids[i], graph.RunsOn, a.host)
		for _, s := range p.connects {
			a.rel(ids[i], graph.ConnectsTo, a.endpoint(addresses.scope(s.addr, s.netns), s))
		}
	}
	return ids
}

// served asserts the Endpoint of a listening socket.
func (a *assertions) served(addresses addresses, s socket) nodeID {
	if !addresses.has(s.addr, s.netns) {
		id, _ := a.endpointNowhere(addresses.local, s)
		return id
	}
	return a.endpoint(addresses.scope(s.addr, s.netns), s)
}
