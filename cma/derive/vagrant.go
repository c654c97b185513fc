package derive

import (
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// guest is a virtual machine as Vagrant lists it.
type guest struct {
	Name      string `json:"name"`
	Provider  string `json:"provider"`
	Directory string `json:"directory"`
	State     string `json:"state"`
}

// vagrant gives the Host its guests:
//
//	{"containers": {"1a2b3c4": {"name": "default", "provider": "virtualbox", "directory": "/srv/box"}}}
func vagrant() derivation {
	return derivation{types: []string{"vagrant"}, derive: deriveVagrant}
}

func deriveVagrant(facts *assertions, doc discovery.Document, _ SameHost) error {
	return deriveContainers[guest](facts, doc, vagrantKind)
}

func (g guest) props() graph.Props {
	props := graph.Props{}
	setText(props, "name", g.Name)
	setText(props, "provider", g.Provider)
	setText(props, "directory", g.Directory)
	setText(props, "state", g.State)
	return props
}
