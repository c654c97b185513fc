package cypher

import "math"

func (x *evaluator) slice(e *slice, r *row) any {
	var from, to any = int64(0), int64(math.MaxInt64)
	of := x.eval(e.of, r)
	if e.from != nil {
		from = x.eval(e.from, r)
	}
	if e.to != nil {
		to = x.eval(e.to, r)
	}
	if of == nil || from == nil || to == nil {
		return nil
	}
	l, ok := of.([]any)
	a, ok2 := from.(int64)
	b, ok3 := to.(int64)
	if !ok || !ok2 || !ok3 {
		return x.must(e, nil, typeErrorf("a part is taken of a list by integers, not of %s by %s and %s", describe(of), describe(from), describe(to)))
	}
	a, b = clampIndex(a, len(l)), clampIndex(b, len(l))
	if a >= b {
		return []any{}
	}
	return l[a:b:b]
}

func (x *evaluator) mapping(e *mapping, r *row) map[string]any {
	m := make(map[string]any, len(e.keys))
	for i, k := range e.keys {
		m[k] = x.eval(e.values[i], r)
	}
	return m
}

func (x *evaluator) mapProjection(e *mapProjection, r *row) any {
	of := x.eval(e.of, r)
	if of == nil {
		return nil
	}
	m := map[string]any{}
	if e.all {
		have, err := x.propertiesOf("a map projection", of)
		x.must(e, nil, err)
		for k, v := range have {
			m[k] = v
		}
	}
	for i, k := range e.entries.keys {
		m[k] = x.eval(e.entries.values[i], r)
	}
	return x.built(m)
}

// over evaluates the list that an expression goes through; null is none.
func (x *evaluator) over(e expr, r *row) ([]any, bool) {
	switch v := x.eval(e, r).(type) {
	case nil:
		return nil, false
	case []any:
		return v, true
	default:
		x.must(e, nil, typeErrorf("a list is needed here, not %s", describe(v)))
		return nil, false
	}
}

func (x *evaluator) comprehension(e *comprehension, r *row) any {
	elements, ok := x.over(e.over, r)
	if !ok {
		return nil
	}
	out := []any{}
	for _, v := range elements {
		x.spend(1)
		inner := r.with(e.name, v)
		if !x.condition(e.where, inner) {
			continue
		}
		if e.result != nil {
			v = x.eval(e.result, inner)
		}
		x.spend(Weight(v))
		out = append(out, v)
	}
	return out
}

// quantifier counts the elements for which the condition is true and for which it is unknown.
func (x *evaluator) quantifier(e *quantifier, r *row) any {
	elements, ok := x.over(e.over, r)
	if !ok {
		return nil
	}
	yes, unknown := 0, 0
	for _, v := range elements {
		x.spend(1)
		switch x.truth(e.where, r.with(e.name, v)) {
		case true:
			yes++
		case nil:
			unknown++
		}
	}
	return quantified(e.kind, len(elements), yes, unknown)
}

func (x *evaluator) reduction(e *reduction, r *row) any {
	elements, ok := x.over(e.over, r)
	if !ok {
		return nil
	}
	total := x.eval(e.initial, r)
	for _, v := range elements {
		x.spend(1)
		total = x.eval(e.step, r.with(e.total, total).with(e.name, v))
	}
	return total
}

// patternList makes one element of every way in which the pattern matches.
func (x *evaluator) patternList(e *patternList, r *row) any {
	out := []any{}
	for found := range x.match([]*pathPattern{e.path}, nil, r) {
		if x.condition(e.where, found) {
			v := x.eval(e.result, found)
			x.spend(Weight(v))
			out = append(out, v)
		}
	}
	return out
}

// patternTest is whether a pattern matches, or the shortest path, or all shortest ones as a list.
func (x *evaluator) patternTest(e *patternTest, r *row) any {
	paths := []any{}
	named := *e.path
	named.name = pathOfTest
	for found := range x.match([]*pathPattern{&named}, nil, r) {
		if e.path.shortest == anyPath {
			return true
		}
		p, _ := found.get(pathOfTest)
		if e.path.shortest == onePath {
			return p
		}
		x.spend(Weight(p))
		paths = append(paths, p)
	}
	switch e.path.shortest {
	case anyPath:
		return false
	case onePath:
		return nil
	}
	return paths
}

func (x *evaluator) subquery(e *subquery, r *row) any {
	count, out := int64(0), []any{}
	for found := range x.query(e.query, r) {
		switch e.kind {
		case "exists":
			return true
		case "count":
			count++
		default:
			v, _ := found.get(e.query.columns[0])
			x.spend(Weight(v))
			out = append(out, v)
		}
	}
	switch e.kind {
	case "exists":
		return false
	case "count":
		return count
	}
	return out
}
