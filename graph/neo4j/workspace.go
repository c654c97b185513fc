package neo4j

import (
	"slices"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// node is a node of the workspace.
type node struct {
	state
	ref   graph.Ref
	isNew bool // created by this batch, so that the workspace has all its relationships
}

// made stands for the id of a relationship that this batch has made: nothing asks for the id itself.
const made = "made"

// rel is a relationship of the workspace.
type rel struct {
	state
	kind     string
	from, to *node
}

func (r *rel) ref() graph.RelRef { return graph.RelRef{Type: r.kind, From: r.from.ref, To: r.to.ref} }

// state is an element before a batch and after it.
type state struct {
	element
	before element
	id     string         // Neo4j's; empty while it is not there
	held   map[string]any // Neo4j's properties
}

// found notes what Neo4j has of the element: its further labels and its properties.
func (s *state) found(id string, labels []string, props map[string]any) error {
	held, err := decodeElement(labels, props)
	s.id, s.held, s.before, s.element = id, props, held, held.clone()
	return err
}

func (s *state) dirty() bool { return !s.element.equal(s.before) }

// count adds what became of the element to a tally.
func (s *state) count(added, removed, changed *int) {
	was, before := s.before.united()
	is, after := s.united()
	switch {
	case !before && after:
		*added++
	case before && !after:
		*removed++
	case before && !was.equal(is):
		*changed++
	}
}

// workspace is the part of the graph that a batch looks at: all that its changes name, and what else
// its documents claim where claims are mixed. The batch can't change the rest.
type workspace struct {
	nodes map[graph.Ref]*node
	rels  map[graph.RelRef]*rel
	// As they were first named, so that a batch always does the same.
	nodeOrder []*node
	relOrder  []*rel
}

// newWorkspace makes room for what the changes of a batch name; of exclusive relationships, for those
// that enter the graph or leave it.
func newWorkspace(revisions []revision, shifts []graph.Shift) *workspace {
	w := &workspace{nodes: map[graph.Ref]*node{}, rels: map[graph.RelRef]*rel{}}
	for _, r := range revisions {
		for _, n := range slices.Concat(r.change.NodesAdded, r.change.NodesRemoved) {
			w.node(n.Ref)
		}
		for _, c := range r.change.NodesChanged {
			w.node(c.New.Ref)
		}
		for _, rel := range slices.Concat(r.change.RelsAdded, r.change.RelsRemoved) {
			if !rel.Ref().IsExclusive() {
				w.rel(rel.Ref())
			}
		}
		for _, c := range r.change.RelsChanged {
			w.rel(c.New.Ref())
		}
	}
	for _, s := range shifts {
		w.rel(s.Rel)
	}
	return w
}

func (w *workspace) node(ref graph.Ref) *node {
	n := w.nodes[ref]
	if n == nil {
		n = &node{ref: ref}
		w.nodes[ref] = n
		w.nodeOrder = append(w.nodeOrder, n)
	}
	return n
}

func (w *workspace) rel(ref graph.RelRef) *rel {
	r := w.rels[ref]
	if r == nil {
		r = w.add(&rel{kind: ref.Type, from: w.node(ref.From), to: w.node(ref.To)})
		w.rels[ref] = r
	}
	return r
}

func (w *workspace) add(r *rel) *rel {
	w.relOrder = append(w.relOrder, r)
	return r
}

// found notes a relationship that Neo4j has. The batch need not look at its ends.
func (w *workspace) found(ref graph.RelRef, held neo4j.Relationship) error {
	r := w.rels[ref]
	if r == nil {
		r = w.add(&rel{kind: ref.Type, from: known(ref.From, held.StartElementId), to: known(ref.To, held.EndElementId)})
		w.rels[ref] = r
	}
	return r.found(held.ElementId, nil, held.Props)
}

// known is a node that a relationship hangs on and that stays as it is.
func known(ref graph.Ref, id string) *node { return &node{ref: ref, state: state{id: id}} }

// update makes the claims of a document what the revision says: those that it keeps are renewed, since
// it is the youngest document now. Revisions come in the order of their age.
func (w *workspace) update(r revision) {
	if r.change.Empty() {
		return
	}
	key := sourceKey(r.Source)
	for _, n := range r.change.NodesRemoved {
		w.nodes[n.Ref].withdraw(r.oldAge)
	}
	for _, gone := range r.change.RelsRemoved {
		if gone.Ref().IsExclusive() {
			continue
		}
		rel := w.rels[gone.Ref()]
		rel.withdraw(r.oldAge)
		rel.setSource(key, false)
	}
	added := map[graph.Ref]bool{}
	for _, n := range r.change.NodesAdded {
		added[n.Ref] = true
	}
	for _, n := range r.Nodes {
		if s := w.nodes[n.Ref]; s != nil {
			s.renew(!added[n.Ref], r, assertion{n.Labels, n.Props})
		}
	}
	addedRels := map[graph.RelRef]bool{}
	for _, n := range r.change.RelsAdded {
		addedRels[n.Ref()] = true
	}
	for _, asserted := range r.Rels {
		if s := w.rels[asserted.Ref()]; s != nil && !asserted.Ref().IsExclusive() {
			s.renew(!addedRels[asserted.Ref()], r, assertion{Props: asserted.Props})
			if resolves(s.kind) {
				s.setSource(key, true)
			}
		}
	}
}

// renew makes what a document claims its youngest claim.
func (e *element) renew(held bool, r revision, a assertion) {
	if held {
		e.withdraw(r.oldAge)
	}
	e.claim(r.age, a)
}

// resolves reports whether relationships of a type are halves of a resolution.
func resolves(kind string) bool {
	return slices.ContainsFunc(graph.Resolved(), func(r graph.Resolution) bool { return r.First == kind || r.Second == kind })
}

// byEnds returns the relationships of a type by the ids of their ends.
func (w *workspace) byEnds(kind string) map[pair]*rel {
	found := map[pair]*rel{}
	for _, r := range w.relOrder {
		if r.kind == kind {
			found[pair{r.from.id, r.to.id}] = r
		}
	}
	return found
}

// join adds a relationship that the batch did not look at so far.
func (w *workspace) join(kind string, g ground) (*rel, error) {
	r := w.add(&rel{kind: kind, from: known(graph.Ref{}, g.from), to: known(graph.Ref{}, g.to)})
	if g.held == nil {
		return r, nil
	}
	return r, r.found(g.held.ElementId, nil, g.held.Props)
}
