package cypher

// elementAt is of[by]: an element of a list, or a property or component by its name.
func (s *session) elementAt(of, by any) (any, error) {
	if of == nil || by == nil {
		return nil, nil
	}
	if l, ok := of.([]any); ok {
		i, ok := by.(int64)
		if !ok {
			return nil, newError(TypeError, "ListElementAccessByNonInteger", "a list is indexed by an integer, not by %s", describe(by))
		}
		return elementOf(l, i), nil
	}
	switch of.(type) {
	case map[string]any, NodeID, RelID, Temporal, Duration:
		name, ok := by.(string)
		if !ok {
			return nil, newError(TypeError, "MapElementAccessByNonString", "%s is indexed by a string, not by %s", describe(of), describe(by))
		}
		return s.property(of, name)
	}
	return nil, typeErrorf("%s cannot be indexed", describe(of))
}

// sliceOf is of[from..to].
func sliceOf(of, from, to any) (any, error) {
	if of == nil || from == nil || to == nil {
		return nil, nil
	}
	l, ok := of.([]any)
	a, ok2 := from.(int64)
	b, ok3 := to.(int64)
	if !ok || !ok2 || !ok3 {
		return nil, typeErrorf("a part is taken of a list by integers, not of %s by %s and %s", describe(of), describe(from), describe(to))
	}
	a, b = clampIndex(a, len(l)), clampIndex(b, len(l))
	if a >= b {
		return []any{}, nil
	}
	return l[a:b:b], nil
}

// clampIndex counts a negative index from the end and keeps it within the list.
func clampIndex(i int64, length int) int64 {
	if i < 0 {
		i += int64(length)
	}
	return max(0, min(i, int64(length)))
}

// quantified is the truth of a quantifier over n elements.
func quantified(kind string, n, yes, unknown int) any {
	no := n - yes - unknown
	decided, truth := false, false // what unknown elements cannot change; what holds if there are none
	switch kind {
	case "all":
		decided, truth = no > 0, no == 0
	case "any":
		decided, truth = yes > 0, yes > 0
	case "none":
		decided, truth = yes > 0, yes == 0
	case "single":
		decided, truth = yes > 1, yes == 1
	}
	if !decided && unknown > 0 {
		return nil
	}
	return truth
}
