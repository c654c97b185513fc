package cypher

import (
	"slices"
	"unicode/utf8"
)

// listFunctions take lists, or make them. Some take strings just as well.
var listFunctions = []function{
	{name: "nullIf", min: 2, max: 2, nulls: true, call: func(_ *session, a []any) (any, error) {
		if equal(a[0], a[1]) == true {
			return nil, nil
		}
		return a[0], nil
	}},
	{name: "coalesce", min: 1, max: anyNumber, nulls: true, call: func(_ *session, a []any) (any, error) {
		for _, v := range a {
			if v != nil {
				return v, nil
			}
		}
		return nil, nil
	}},
	{name: "exists", min: 1, max: 1, nulls: true, call: func(_ *session, a []any) (any, error) {
		return a[0] != nil, nil
	}},
	{name: "size", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case string:
			return int64(utf8.RuneCountInString(v)), nil
		case []any:
			return int64(len(v)), nil
		}
		return nil, typeErrorf("size needs a list or a string, not %s", describe(a[0]))
	}},
	{name: "isEmpty", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case string:
			return v == "", nil
		case []any:
			return len(v) == 0, nil
		case map[string]any:
			return len(v) == 0, nil
		}
		return nil, typeErrorf("isEmpty needs a list, a map or a string, not %s", describe(a[0]))
	}},
	ofOne("head", "a list", func(_ *session, l []any) any { return elementOf(l, 0) }),
	ofOne("last", "a list", func(_ *session, l []any) any { return elementOf(l, -1) }),
	ofOne("tail", "a list", func(_ *session, l []any) any { return l[min(1, len(l)):] }),
	{name: "reverse", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case string:
			runes := []rune(v)
			slices.Reverse(runes)
			return string(runes), nil
		case []any:
			v = slices.Clone(v)
			slices.Reverse(v)
			return v, nil
		}
		return nil, typeErrorf("reverse needs a list or a string, not %s", describe(a[0]))
	}},
	{name: "range", min: 2, max: 3, call: integerRange},
}

// elementOf returns an element of a list, counted from its end if i is negative, or null.
func elementOf(list []any, i int64) any {
	if i < 0 {
		i += int64(len(list))
	}
	if i < 0 || i >= int64(len(list)) {
		return nil
	}
	return list[i]
}

// integerRange is range(first, last, step), both ends included. It pays for its elements before it
// makes them.
func integerRange(s *session, args []any) (any, error) {
	bounds := [3]int64{2: 1}
	for i, a := range args {
		n, ok := a.(int64)
		if !ok {
			return nil, newError(ArgumentError, "InvalidArgumentType", "range needs integers, not %s", describe(a))
		}
		bounds[i] = n
	}
	first, last, step := bounds[0], bounds[1], bounds[2]
	var distance, stride uint64 // unsigned, since last-first may exceed an int64
	switch {
	case step == 0:
		return nil, newError(ArgumentError, "NumberOutOfRange", "the step of range must not be 0")
	case step > 0 && first <= last:
		distance, stride = uint64(last)-uint64(first), uint64(step)
	case step < 0 && first >= last:
		distance, stride = uint64(first)-uint64(last), -uint64(step)
	default:
		return []any{}, nil
	}
	s.spend(int(min(distance/stride, maxSpend)))
	list := make([]any, distance/stride+1)
	for i := range list {
		list[i] = first + int64(i)*step
	}
	return list, nil
}
