package derive

import "github.com/assim-mesh/assim/graph"

// Kinds of containers and guests.
const (
	dockerKind  = "docker"
	vagrantKind = "vagrant"
)

// container asserts a container or guest of the host and that it runs there. Its key begins with the
// host's, so that whatever a document says, no container comes to run on another host or on itself.
func (a *assertions) container(kind, idThere string, props graph.Props) nodeID {
	id := a.node(graph.Host, a.own(kind, idThere), props, graph.Container)
	a.more(id, graph.Props{"kind": kind, "id": idThere})
	a.rel(id, graph.RunsOn, a.host)
	return id
}
