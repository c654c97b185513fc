package depend

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph"
)

// Thing is a node of the graph in the words of people.
type Thing struct {
	Kind  string `json:"kind"`            // "host", "service", "switch": see KindOf
	Label string `json:"label,omitempty"` // the node's first label
	Key   string `json:"key"`
	Name  string `json:"name"`            // of a process, its program's; of an endpoint, ADDRESS:PORT
	Host  string `json:"host,omitempty"`  // where it is: a HOST, or HOST/CONTAINER
	State string `json:"state,omitempty"` // "up", "dead", "shutdown", "unknown", "failed" or "unserved"; empty if nobody can tell
}

// Kinds of things that Say has words for.
const (
	kindHost      = "host"
	kindContainer = "container"
	kindNIC       = "nic"
)

// ref identifies a thing in the graph.
func (t Thing) ref() graph.Ref { return graph.Ref{Label: t.Label, Key: t.Key} }

// Say is how people call a thing, and how the questions of assim take it: a process is NAME@HOST, a container
// or an interface HOST/NAME, and what runs in a container NAME@HOST/CONTAINER.
func (t Thing) Say() string {
	name := cmp.Or(t.Name, t.Key)
	switch {
	case t.Host != "" && t.isProcess():
		return name + "@" + t.Host
	case t.Host != "" && (t.Kind == kindContainer || t.Kind == kindNIC):
		return t.Host + "/" + name
	}
	return name
}

// Home is the name of the host whose news tell of the thing, or empty. A container sends none itself.
func (t Thing) Home() string {
	if t.Kind == kindHost {
		return t.Name
	}
	home, _, _ := strings.Cut(t.Host, "/")
	return home
}

// Well reports whether nothing is known to be wrong with the thing.
func (t Thing) Well() bool { return t.State == "" || t.State == "up" }

func (t Thing) isProcess() bool {
	return t.Kind == "service" || t.Kind == "client" || t.Kind == "process"
}

// KindOf is the kind of a node with these labels: a container before a host, a service before a client,
// and else the first label in small letters.
func KindOf(labels []string) string {
	for _, second := range []string{graph.Container, graph.Service, graph.Client} {
		if slices.Contains(labels, second) {
			return strings.ToLower(second)
		}
	}
	return strings.ToLower(FirstLabel(labels))
}

// FirstLabel is the one of a node's labels by which it is identified, or empty.
func FirstLabel(labels []string) string {
	for _, label := range labels {
		if slices.Contains(graph.FirstLabels(), label) {
			return label
		}
	}
	return ""
}

// LabelOf is the first label of things of a kind, or empty.
func LabelOf(kind string) string {
	switch kind {
	case kindContainer:
		return graph.Host
	case "service", "client":
		return graph.Process
	}
	for _, label := range graph.FirstLabels() {
		if strings.EqualFold(label, kind) {
			return label
		}
	}
	return ""
}
