package derive

import (
	"fmt"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// mounts gives the Host its mounts, and makes it depend on the servers of those that come over the
// network:
//
//	{"/home": {"source": "nas:/export/home", "fstype": "nfs4", "options": {"rw": true, "addr": "192.0.2.9"}}}
func mounts() derivation {
	return derivation{types: []string{"findmnt", "mounts"}, derive: deriveMounts, needs: []string{"netconfig"}}
}

func deriveMounts(facts *assertions, doc discovery.Document, sameHost SameHost) error {
	all, err := object[mount](doc.Data)
	if err != nil {
		return err
	}
	addresses := addressesOf(facts, doc, sameHost)
	for path, m := range all {
		if path == "" {
			return fmt.Errorf("source %q is mounted nowhere", m.Source)
		}
		props := graph.Props{"path": path}
		setText(props, "source", m.Source)
		setText(props, "fstype", m.FSType)
		facts.rel(facts.host, graph.Has, facts.node(graph.Mount, facts.own(path), props))
		servers := m.servers()
		for _, s := range servers {
			facts.dependsOn(facts.endpoint(addresses.scope(s.addr, ""), s), "mount "+path, len(servers))
		}
		if facts.full() {
			return nil
		}
	}
	return nil
}
