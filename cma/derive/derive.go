package derive

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// SameHost returns the document of a type that holds on the same host: the newest of several. proxy is
// "" for one that holds on the host itself, else the container of which it is wanted; see ProxyOf.
type SameHost func(discoverType, proxy string) (discovery.Document, bool)

// A derivation adds to facts what the data of a document asserts.
type derivation struct {
	types  []string // of the documents that it is for
	needs  []string // types of the host's documents that derive reads besides doc
	derive func(facts *assertions, doc discovery.Document, sameHost SameHost) error
}

// derivations returns every derivation, in the order of their names. This list is the registry: a new
// type of document is a file with its derivation, and a line here.
func derivations() []derivation {
	return []derivation{
		arp(),
		arpcache(),
		docker(),
		links(),
		mounts(),
		netconfig(),
		osRelease(),
		packages(),
		resolvers(),
		status(),
		tcpdiscovery(),
		vagrant(),
	}
}

func derivationOf(discoverType string) (derivation, bool) {
	all := derivations()
	i := slices.IndexFunc(all, func(d derivation) bool { return slices.Contains(d.types, discoverType) })
	if i < 0 {
		return derivation{}, false
	}
	return all[i], true
}

// errTooMany says that a document asserts more than a store takes.
var errTooMany = fmt.Errorf("more than %d nodes or %d relationships", graph.MaxNodes, graph.MaxRels)

// NeededBy returns the types of documents that are derived with one of this type, sorted: when it
// changes, so may what they assert. Reads says it of two documents.
func NeededBy(discoverType string) []string {
	var types []string
	for _, d := range derivations() {
		if slices.Contains(d.needs, discoverType) {
			types = append(types, d.types...)
		}
	}
	slices.Sort(types)
	return types
}

// Reads reports whether Derive may ask for other, a document of the same host, when it derives doc.
// What holds in a container is read with documents of the container and of the host, never of another
// container.
func Reads(doc, other discovery.Document) bool {
	d, ok := derivationOf(doc.DiscoverType)
	where := ProxyOf(other)
	return ok && doc.Instance != other.Instance && slices.Contains(d.needs, other.DiscoverType) &&
		(where == "" || where == ProxyOf(doc))
}

// Derive returns what doc asserts. sameHost is asked for the documents that Reads tells of only. The facts
// are valid: a store would refuse all of a batch for those of one document.
func Derive(doc discovery.Document, sameHost SameHost) (graph.Facts, error) {
	facts := newAssertions(doc)
	if d, ok := derivationOf(doc.DiscoverType); ok && facts.place.known {
		err := d.derive(facts, doc, sameHost)
		if err == nil && facts.full() {
			err = errTooMany
		}
		if err != nil {
			return graph.Facts{}, fmt.Errorf("document %q of host %q: %w", doc.Instance, doc.Host, err)
		}
	}
	f := facts.facts() // they are whole by the way they are collected; the texts in them may be anything
	return f, f.ValidateParts()
}

// SourceOf names doc as the source of facts.
func SourceOf(doc discovery.Document) graph.Source {
	return graph.Source{Host: doc.HostID, Instance: doc.Instance, Boot: doc.Boot, Seq: doc.Seq, Hash: doc.Hash}
}

// object decodes a JSON object whose keys are names that the host chose.
func object[V any](data json.RawMessage) (map[string]V, error) {
	var m map[string]V
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, err
	}
	return m, nil
}
