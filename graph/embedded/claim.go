package embedded

import (
	"cmp"
	"maps"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// sourceID numbers a document whose facts the store holds.
type sourceID uint32

// resolver is the source of what the store resolves itself. It is older than any document.
const resolver sourceID = 0

// assertion is what a source says of a node or relationship. It is not changed once made, so that
// sources that say the same can share one, and so can results of queries.
type assertion struct {
	labels []string    // of a node: its first label, then further ones, sorted
	props  graph.Props // of a node: with its key
}

func (a *assertion) equal(b *assertion) bool {
	return a == b || slices.Equal(a.labels, b.labels) && a.props.Equal(b.props)
}

// claim is one source's assertion.
type claim struct {
	source sourceID
	says   *assertion
}

// element is what nodes and relationships have in common: who claims them, and what that comes to.
type element struct {
	claims  []claim    // in no order
	content *assertion // the claims united, as of the last memory.finish; nil before the first
	mixed   bool       // claims may say different things: all of them must be looked at
	touched bool       // claims have changed since content was united
}

// add takes the claim of a source that had none. It costs the same for a package that every host has
// as for one that none has: hence claims that say the same share their assertion.
func (e *element) add(source sourceID, says *assertion) {
	if len(e.claims) > 0 {
		if first := e.claims[0].says; first.equal(says) {
			says = first
		} else {
			e.mixed = true
		}
	}
	e.claims = append(e.claims, claim{source, says})
}

// change replaces the claim of a source.
func (e *element) change(source sourceID, says *assertion) {
	e.remove(source)
	e.add(source, says)
}

// remove takes the claim of a source away.
func (e *element) remove(source sourceID) {
	i := e.find(source)
	last := len(e.claims) - 1
	e.claims[i] = e.claims[last]
	e.claims[last] = claim{}
	e.claims = e.claims[:last]
}

// find returns the index of a source's claim. That there is one is the caller's to know.
func (e *element) find(source sourceID) int {
	i := slices.IndexFunc(e.claims, func(c claim) bool { return c.source == source })
	if i < 0 {
		panic("embedded: no claim of this source")
	}
	return i
}

// unite returns what the claims come to, or nil if there are none: all labels, and of each property
// the value that the youngest source gives it.
func (e *element) unite(age func(sourceID) uint64) *assertion {
	if len(e.claims) == 0 {
		return nil
	}
	if !e.mixed {
		return e.claims[0].says
	}
	parts := distinct(e.claims, age)
	if e.mixed = len(parts) > 1; !e.mixed {
		return parts[0]
	}
	var united assertion
	united.props = graph.Props{}
	for _, p := range parts {
		united.labels = append(united.labels, p.labels...)
		maps.Copy(united.props, p.props)
	}
	if len(united.labels) > 0 {
		further := united.labels[1:] // the first is that of every claim
		slices.Sort(further)
		further = slices.DeleteFunc(slices.Compact(further), func(l string) bool { return l == united.labels[0] })
		united.labels = slices.Clip(united.labels[:1+len(further)])
	}
	return &united
}

// distinct returns the assertions among claims, each once, by the age of the youngest source that
// makes it; the youngest comes last. age is the store's clock when a source last changed.
func distinct(claims []claim, age func(sourceID) uint64) []*assertion {
	youngest := map[*assertion]uint64{}
	for _, c := range claims {
		youngest[c.says] = max(youngest[c.says], age(c.source))
	}
	return slices.SortedFunc(maps.Keys(youngest), func(a, b *assertion) int {
		return cmp.Compare(youngest[a], youngest[b])
	})
}
