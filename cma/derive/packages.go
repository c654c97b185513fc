package derive

import (
	"errors"
	"strings"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// packages gives the Host its Packages, which hosts share: {"deb": {"name::architecture":
// "version"}}, where a type of package without architectures leaves out "::architecture".
func packages() derivation {
	return derivation{types: []string{"packages"}, derive: derivePackages}
}

func derivePackages(facts *assertions, doc discovery.Document, _ SameHost) error {
	r := newReader(doc.Data)
	for packageType := range r.members() {
		typeProp := any(packageType) // the one value for all
		for nameArch := range r.members() {
			version := r.text()
			name, arch, _ := strings.Cut(nameArch, "::")
			if name == "" {
				r.fail(errors.New("names no package"))
			}
			props := graph.Props{"type": typeProp, "name": name, "version": version}
			setText(props, "architecture", arch)
			facts.rel(facts.host, graph.Has, facts.node(graph.Package, key(packageType, name, version, arch), props))
			if facts.full() {
				return nil
			}
		}
	}
	return r.end()
}
