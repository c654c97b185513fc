package cypher

import "math"

// set tells values apart as DISTINCT and grouping do. What it holds counts.
type set struct {
	meter *meter
	seen  map[any]struct{}
	held  int
}

func (m *meter) newSet() *set { return &set{meter: m, seen: map[any]struct{}{}} }

// add reports whether the values, taken together, were not there yet.
func (s *set) add(values []any) bool {
	n := 0
	for _, v := range values {
		n += weight(v)
	}
	s.meter.spend(1 + n)
	k := identity(values)
	if _, known := s.seen[k]; known {
		return false
	}
	s.meter.hold(n)
	s.held += n
	s.seen[k] = struct{}{}
	return true
}

// drop gives back what the set has held; of a nil set that is nothing.
func (s *set) drop() {
	if s != nil {
		s.meter.release(s.held)
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
