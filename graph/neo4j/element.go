package neo4j

import (
	"maps"
	"slices"

	"github.com/assim-mesh/assim/graph"
)

// assertion is what a document says of a node or relationship.
type assertion struct {
	Labels []string    `json:"labels,omitempty"` // of a node: further labels, sorted
	Props  graph.Props `json:"props,omitempty"`
}

func (a assertion) equal(b assertion) bool {
	return slices.Equal(a.Labels, b.Labels) && a.Props.Equal(b.Props)
}

// run is a number of documents, neighbours in age, that say the same.
type run struct {
	assertion
	Documents int    `json:"documents"` // from 1
	Since     uint64 `json:"since"`     // no document of the run is younger than this; 0 in the first run
}

// element is what nodes and relationships have in common: who claims them. Documents are known by
// their age alone, the store's clock when they last changed:
//
//	age     3  5  6 │ 8 │ 9 12
//	says    a  a  a │ b │ a  a      three runs: a from 0, b from 8, a from 9
//
// A document is in the last run that is not younger than itself. While there is but one run, a document
// may age without being noted here: that run begins at 0 and the next begins after every age there is.
type element struct {
	runs     []run
	resolved graph.Props // what the store itself claims of a relationship, older than any document; or nil
	sources  []string    // keys of the documents, sorted; only of relationships that resolve
}

func (e *element) clone() element {
	return element{runs: slices.Clone(e.runs), resolved: e.resolved, sources: slices.Clone(e.sources)}
}

func (e *element) equal(f element) bool {
	return slices.EqualFunc(e.runs, f.runs, func(a, b run) bool {
		return a.Documents == b.Documents && a.Since == b.Since && a.assertion.equal(b.assertion)
	}) && (e.resolved == nil) == (f.resolved == nil) && e.resolved.Equal(f.resolved) &&
		slices.Equal(e.sources, f.sources)
}

// claim adds a document that is younger than all others and says a.
func (e *element) claim(age uint64, a assertion) {
	last := len(e.runs) - 1
	switch {
	case last < 0:
		e.runs = []run{{assertion: a, Documents: 1}}
	case e.runs[last].equal(a):
		e.runs[last].Documents++
	default:
		e.runs = append(e.runs, run{assertion: a, Documents: 1, Since: age})
	}
}

// withdraw takes away a document of this age. An element that is not there was deleted by others than
// the store; what still claims it brings it back.
func (e *element) withdraw(age uint64) {
	if len(e.runs) == 0 {
		return
	}
	i := len(e.runs) - 1
	for i > 0 && e.runs[i].Since > age {
		i--
	}
	if e.runs[i].Documents--; e.runs[i].Documents > 0 {
		return
	}
	e.runs = slices.Delete(e.runs, i, i+1)
	if 0 < i && i < len(e.runs) && e.runs[i-1].equal(e.runs[i].assertion) {
		e.runs[i-1].Documents += e.runs[i].Documents
		e.runs = slices.Delete(e.runs, i, i+1)
	}
	if len(e.runs) > 0 {
		e.runs[0].Since = 0
	}
}

// mixed reports whether claims say different things, so that their order matters.
func (e *element) mixed() bool {
	return len(e.runs) > 1 || len(e.runs) == 1 && e.resolved != nil
}

// united returns what the claims come to: all labels, and of each property the value that the youngest
// gives it. It says false when nothing claims the element.
func (e *element) united() (assertion, bool) {
	all := assertion{Props: graph.Props{}}
	maps.Copy(all.Props, e.resolved)
	for _, r := range e.runs {
		all.Labels = append(all.Labels, r.Labels...)
		maps.Copy(all.Props, r.Props)
	}
	slices.Sort(all.Labels)
	all.Labels = slices.Compact(all.Labels)
	return all, len(e.runs) > 0 || e.resolved != nil
}

// setSource notes whether a document claims the element.
func (e *element) setSource(key string, claims bool) {
	i, known := slices.BinarySearch(e.sources, key)
	switch {
	case claims && !known:
		e.sources = slices.Insert(e.sources, i, key)
	case !claims && known:
		e.sources = slices.Delete(e.sources, i, i+1)
	}
}
