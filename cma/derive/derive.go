package derive

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// SameHost returns the document of a type that holds on the same host, the newest of several.
type SameHost func(discoverType string) (discovery.Document, bool)

// A derivation adds to facts what doc's data asserts.
type derivation struct {
	needs  []string // types of the host's documents that add reads besides doc
	derive func(facts *assertions, doc discovery.Document, sameHost SameHost) error
}

var derivations = map[string]derivation{
	StatusDocument: {derive: deriveStatus},
	"netconfig":    {derive: deriveNetconfig},
	"os":           {derive: deriveOS},
	"packages":     {derive: derivePackages},
	"tcpdiscovery": {derive: deriveTCPDiscovery, needs: []string{"netconfig"}},
}

// errTooMany says that a document asserts more than a store takes.
var errTooMany = fmt.Errorf("more than %d nodes or %d relationships", graph.MaxNodes, graph.MaxRels)

// NeededBy returns the types of documents that are derived with one of this type, sorted: when it
// changes, so may what they assert.
func NeededBy(discoverType string) []string {
	var types []string
	for t, d := range derivations {
		if slices.Contains(d.needs, discoverType) {
			types = append(types, t)
		}
	}
	slices.Sort(types)
	return types
}

// Derive returns what doc asserts. sameHost is asked for the documents that NeededBy
// tells of only.
func Derive(doc discovery.Document, sameHost SameHost) (graph.Facts, error) {
	facts := newAssertions(doc)
	if d, ok := derivations[doc.DiscoverType]; ok && OnHost(doc) {
		err := d.derive(facts, doc, sameHost)
		if err == nil && facts.full() {
			err = errTooMany
		}
		if err != nil {
			return graph.Facts{}, fmt.Errorf("document %q of host %q: %w", doc.Instance, doc.Host, err)
		}
	}
	f := facts.facts()
	return f, f.Validate()
}

// OnHost reports whether a document holds on the host itself and not in a container, as Assimilation's
// scripts write it.
func OnHost(doc discovery.Document) bool { return doc.Proxy == "" || doc.Proxy == "local/local" }

// SourceOf names doc as the source of facts.
func SourceOf(doc discovery.Document) graph.Source {
	return graph.Source{Host: doc.HostID, Instance: doc.Instance, Boot: doc.Boot, Seq: doc.Seq, Hash: doc.Hash}
}

// newAssertions returns the facts that every document asserts.
func newAssertions(doc discovery.Document) *assertions {
	a := &assertions{
		source: SourceOf(doc),
		nodes:  map[graph.Ref]graph.Node{},
		rels:   map[graph.RelRef]bool{},
	}
	a.host = a.node(graph.Host, key(doc.HostID), graph.Props{"name": doc.Host})
	a.document = a.node(graph.Document, key(doc.HostID, doc.Instance), graph.Props{
		"type":     doc.DiscoverType,
		"instance": doc.Instance,
		"hash":     doc.Hash,
		"since_ms": doc.TimeMS,
		"since":    doc.Time().UTC().Format(time.RFC3339),
	})
	a.rel(a.document, graph.Describes, a.host)
	return a
}

// object decodes a JSON object whose keys are names that the host chose.
func object[V any](data json.RawMessage) (map[string]V, error) {
	var m map[string]V
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	return m, nil
}
