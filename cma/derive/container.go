package derive

import "github.com/assim-mesh/assim/graph"

// Kinds of containers and guests.
const (
	dockerKind  = "docker"
	vagrantKind = "vagrant"
)

// container asserts a container or guest of the host and that it runs there. Its key begins with the
// host's, so that whatever a document says, no container comes to run on another host or on itself.
func (a *assertions) container(kind, id string, props graph.Props) graph.Ref {
	ref := a.node(graph.Host, a.own(kind, id), props, graph.Container)
	a.node(graph.Host, ref.Key, graph.Props{"kind": kind, "id": id})
	a.rel(ref, graph.RunsOn, a.host)
	return ref
}
