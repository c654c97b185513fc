package derive

import (
	"fmt"
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
	if err := checkJSON(doc.Data); err != nil {
		return err
	}
	types, err := members(doc.Data)
	if err != nil {
		return err
	}
	for packageType, value := range types {
		packages, err := members(value)
		if err != nil {
			return fmt.Errorf("package type %q: %w", packageType, err)
		}
		typeProp := any(string(packageType)) // the one value for all
		for nameArch, value := range packages {
			version, err := textOf(value)
			name, arch, _ := strings.Cut(string(nameArch), "::")
			if err != nil {
				return fmt.Errorf("package type %q: %q: %w", packageType, nameArch, err)
			}
			if name == "" {
				return fmt.Errorf("package type %q: %q names no package", packageType, nameArch)
			}
			props := graph.Props{"type": typeProp, "name": name, "version": version}
			setText(props, "architecture", arch)
			facts.rel(facts.host, graph.Has, facts.node(graph.Package, key(string(packageType), name, version, arch), props))
			if facts.full() {
				return nil
			}
		}
	}
	return nil
}
