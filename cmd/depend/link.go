package depend

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph"
)

// Link is a relationship of the graph by which From depends on To.
type Link struct {
	From, To graph.Ref
	Type     string
	Group    string // what To is one of, see graph.Group; empty: of nothing
	Of       int    // how many there are in the group
	Since    string // ISO 8601, where that is known
}

// By names the link: its group if it has one, else its type.
func (l Link) By() string { return cmp.Or(l.Group, l.Type) }

// Kinds of links that can be followed.
const (
	Services = "services" // processes that use services
	Hosts    = "hosts"    // what runs on what, and whose addresses are used
	Network  = "network"  // switches and gateways
	DNS      = "dns"      // resolvers
	Storage  = "storage"  // servers of file systems
	Other    = "other"    // groups that are none of these
)

// AllKinds returns the kinds of links, in the order in which they are shown.
func AllKinds() []string { return []string{Services, Hosts, Network, DNS, Storage, Other} }

// Kind is the kind of a link.
func (l Link) Kind() string {
	switch {
	case l.Group == "" && l.Type == graph.WiredTo:
		return Network
	case l.Group == "" && (l.Type == graph.DependsOn || l.Type == graph.ConnectsTo || l.Type == graph.ProvidedBy):
		return Services
	case l.Group == "":
		return Hosts
	case strings.HasPrefix(l.Group, "switch"), strings.HasPrefix(l.Group, "gateway"):
		return Network
	case strings.HasPrefix(l.Group, "resolver"):
		return DNS
	case strings.HasPrefix(l.Group, "mount"):
		return Storage
	}
	return Other
}

// Following reads a list of kinds, separated by commas. An empty one is all of them.
func Following(list string) ([]string, error) {
	if list == "" {
		return AllKinds(), nil
	}
	kinds := strings.Split(list, ",")
	for _, kind := range kinds {
		if !slices.Contains(AllKinds(), kind) {
			return nil, fmt.Errorf("kind of dependency %q is none of %s", kind, strings.Join(AllKinds(), ", "))
		}
	}
	return kinds, nil
}
