package derive

import (
	"encoding/json"
	"errors"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// Kinds of containers and guests.
const (
	dockerKind  = "docker"
	vagrantKind = "vagrant"
)

// deriveContainers gives the Host the containers, or guests, that data has as {"containers": {ID: C}}.
func deriveContainers[C interface{ props() graph.Props }](facts *assertions, doc discovery.Document, kind string) error {
	var data struct {
		Containers map[string]C `json:"containers"`
	}
	if err := json.Unmarshal(doc.Data, &data); err != nil {
		return err
	}
	for id, c := range data.Containers {
		if id == "" {
			return errors.New("a container has no id")
		}
		facts.container(kind, id, c.props())
		if facts.full() {
			return nil
		}
	}
	return nil
}

// container asserts a container or guest of the host and that it runs there. Its key begins with the
// host's, so that whatever a document says, no container comes to run on another host or on itself.
func (a *assertions) container(kind, idThere string, props graph.Props) nodeID {
	id := a.node(graph.Host, a.own(kind, idThere), props, graph.Container)
	a.more(id, graph.Props{"kind": kind, "id": idThere})
	a.rel(id, graph.RunsOn, a.host)
	return id
}
