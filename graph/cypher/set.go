package cypher

import "math"

// set tells values apart as DISTINCT and grouping do. What it holds counts.
type set struct {
	session *session
	seen    map[any]struct{}
	nodes   nodeSet // what would be in seen, once there are many nodes
	held    int
}

func (s *session) newSet() *set { return &set{session: s, seen: map[any]struct{}{}} }

// add reports whether the values, taken together, were not there yet.
func (s *set) add(values []any) bool {
	n := 0
	for _, v := range values {
		n += Weight(v)
	}
	s.session.spend(1 + n)
	if !s.enter(values) {
		return false
	}
	s.session.hold(n)
	s.held += n
	return true
}

func (s *set) enter(values []any) bool {
	if node, ok := values[0].(NodeID); ok && len(values) == 1 && s.manyNodes() {
		return s.nodes.add(node)
	}
	k := identity(values)
	if _, known := s.seen[k]; known {
		return false
	}
	s.seen[k] = struct{}{}
	return true
}

// Bits for all nodes take less than a map of those seen once every nodesPerEntry-th node was: an entry
// of a map takes about 64 bytes. For up to fewNodes it is not worth it.
const (
	nodesPerEntry = 512
	fewNodes      = 64
)

// manyNodes reports whether nodes are kept as bits, and turns to that when they have become many.
func (s *set) manyNodes() bool {
	if s.nodes.words != nil {
		return true
	}
	limit := s.session.graph.NodeLimit()
	if len(s.seen) > fewNodes+int(limit)/nodesPerEntry {
		s.nodes.clear(limit)
		for k := range s.seen {
			if n, ok := k.(NodeID); ok {
				s.nodes.add(n)
			}
		}
	}
	return s.nodes.words != nil
}

// drop gives back what the set has held; of a nil set that is nothing.
func (s *set) drop() {
	if s != nil {
		s.session.release(s.held)
	}
}

// composite is the identity of what Go cannot compare. It is no string, which stands for itself.
type composite string

// identity returns a key of maps that is the same for values that are not distinct: as "=", but null
// is the same as null and NaN as NaN. A single scalar is its own, without a copy.
func identity(values []any) any {
	if len(values) != 1 {
		return composite(rowKey(values))
	}
	switch v := values[0].(type) {
	case nil, bool, string, int64, NodeID, RelID:
		return v
	case float64:
		if v == math.Trunc(v) && v >= -1<<63 && v < 1<<63 {
			return int64(v)
		}
	}
	return composite(key(values[0]))
}
