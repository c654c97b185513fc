package embedded

import (
	"cmp"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// checkIndexes holds every list and index of memory against a scan.
func checkIndexes(t *testing.T, m *memory) {
	t.Helper()
	byLabel := map[string][]cypher.NodeID{}
	ends := 0
	for id := range m.all.all() {
		if found, ok := m.find(m.ref(id)); !ok || found != id {
			t.Fatalf("node %v is not found by its name", m.ref(id))
		}
		for _, l := range labelNamesOf(&m.image, id) {
			byLabel[l] = append(byLabel[l], cypher.NodeID(id))
		}
		checkAbout(t, m, &m.nodeClaims, id)
		checkOrder(t, m.out.get(id))
		checkOrder(t, m.in.get(id))
		if out, in := m.out.get(id), m.in.get(id); len(out) < cap(out) || len(in) < cap(in) {
			t.Fatalf("edges of node %d have room that snapshots share", id)
		}
		ends += len(m.out.get(id)) + len(m.in.get(id))
	}
	byType := map[uint32]int{}
	for id := range relsOf(&m.image) {
		kind, e := m.rels.owner(id), m.ends.get(id)
		byType[kind]++
		checkAbout(t, m, &m.relClaims, id)
		if !slices.Contains(m.out.get(e.from), newEdge(kind, e.to, id)) || !slices.Contains(m.in.get(e.to), newEdge(kind, e.from, id)) {
			t.Fatalf("relationship %d is not at its ends", id)
		}
		if found, ok := m.relBetween(m.relRef(id)); !ok || found != id {
			t.Fatalf("relationship %v is not found by its name", m.relRef(id))
		}
	}
	if live, free := m.relCount, len(slices.Concat(m.rels.free...)); live+free != max(1, int(m.rels.limit()))-1 {
		t.Fatalf("%d relationships and %d free ids of %d", live, free, m.rels.limit())
	}
	if ends != 2*m.relCount {
		t.Fatalf("%d ends of %d relationships", ends, m.relCount)
	}
	for kind, n := range m.relCounts {
		if n != byType[uint32(kind)] {
			t.Fatalf("%d relationships of type %d, counted as %d", byType[uint32(kind)], kind, n)
		}
	}
	for label, want := range byLabel {
		checkLabel(t, m, label, want)
	}
	checkTexts(t, m)
}

// checkAbout sees that what is said of an element is known to be about it.
func checkAbout(t *testing.T, m *memory, c *claims, id uint32) {
	t.Helper()
	for _, claim := range c.of(id) {
		if about := m.about.get(uint32(claim.says)); claim.says != silent && about != id {
			t.Fatalf("saying %d of element %d is about %d", claim.says, id, about)
		}
	}
}

// checkOrder sees that edges stand in groups by type.
func checkOrder(t *testing.T, l edges) {
	t.Helper()
	if !slices.IsSortedFunc(l, func(a, b edge) int { return cmp.Compare(a.kind(), b.kind()) }) {
		t.Fatalf("types are mixed in %x", l)
	}
}

func checkLabel(t *testing.T, m *memory, label string, want []cypher.NodeID) {
	t.Helper()
	id := m.labels.ids[label]
	buf := make([]cypher.NodeID, len(want)+1)
	if n, _ := m.labelled[id].read(0, buf); !slices.Equal(buf[:n], want) || m.labelled[id].count != n {
		t.Fatalf("nodes of label %q: %v, want %v", label, buf[:n], want)
	}
	for i := range m.indexes {
		checkValues(t, &m.indexes[i])
	}
	for _, on := range []string{"name", "port", "exe", graph.KeyProp} {
		key, known := m.keys.ids[on]
		for _, value := range []any{"a", int64(80), 80.0, 0.5, true, "n1"} {
			q, _ := queried(value)
			got, indexed := m.lookup(id, key, q, nil)
			if !known || !indexed {
				continue
			}
			want := slices.DeleteFunc(slices.Clone(want), func(id cypher.NodeID) bool {
				held, ok := m.nodeProps[key].value(uint32(id), &m.texts).indexed()
				return !ok || held != q
			})
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Fatalf("%s.%s = %v: %v, want %v", label, on, value, got, want)
			}
		}
	}
}

// checkValues sees that an index counts its values.
func checkValues(t *testing.T, x *index) {
	t.Helper()
	hashes := map[uint64]bool{}
	for w := range x.words.from(0) {
		hashes[w>>32] = true
	}
	if x.values != len(hashes) {
		t.Fatalf("%s.%s has %d values, counted as %d", x.label, x.prop, len(hashes), x.values)
	}
}

// checkTexts sees that every text in use is kept, and no other.
func checkTexts(t *testing.T, m *memory) {
	t.Helper()
	users := map[uint32]uint32{}
	count := func(of properties, id uint32) {
		for key := range of {
			if k := of[key].kinds.get(id); k == text || k == list {
				users[uint32(of[key].bits.get(id))]++
			}
		}
	}
	for id := range m.nodes.limit() {
		count(m.nodeProps, id)
	}
	for id := range relsOf(&m.image) {
		count(m.relProps, id)
	}
	for id, n := range m.texts.users {
		if n != users[uint32(id)] || (n > 0) != (m.texts.values.get(uint32(id)) != nil) {
			t.Fatalf("text %d (%v) has %d users, counted as %d", id, m.texts.values.get(uint32(id)), users[uint32(id)], n)
		}
	}
	if known := tabled(&m.texts); known != len(users) {
		t.Fatalf("%d texts are known, %d in use", known, len(users))
	}
}
