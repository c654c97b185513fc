package cypher

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// equal is "=": true, false, or nil for unknown, which it is when it depends on a null.
func equal(a, b any) any {
	if a == nil || b == nil {
		return nil
	}
	switch x := a.(type) {
	case int64, float64:
		return isNumber(b) && number(a) == number(b) && sameInteger(a, b)
	case []any:
		if y, ok := b.([]any); ok {
			return equalLists(x, y)
		}
		return false
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			return equalMaps(x, y)
		}
		return false
	case *path:
		y, ok := b.(*path)
		return ok && slices.Equal(x.nodes, y.nodes) && slices.Equal(x.rels, y.rels)
	case Temporal:
		y, ok := b.(Temporal)
		return ok && sameTemporal(x, y)
	}
	switch b.(type) {
	case []any, map[string]any: // Go cannot compare these, and they equal no scalar
		return false
	}
	return a == b
}

// sameInteger tells apart integers that become the same float64. It is true for floats.
func sameInteger(a, b any) bool {
	x, isInt := a.(int64)
	y, isInt2 := b.(int64)
	return !isInt || !isInt2 || x == y
}

func equalLists(a, b []any) any {
	if len(a) != len(b) {
		return false
	}
	var result any = true
	for i := range a {
		switch equal(a[i], b[i]) {
		case false:
			return false
		case nil:
			result = nil
		}
	}
	return result
}

func equalMaps(a, b map[string]any) any {
	if len(a) != len(b) {
		return false
	}
	var result any = true
	for k, v := range a {
		w, ok := b[k]
		if !ok {
			return false
		}
		switch equal(v, w) {
		case false:
			return false
		case nil:
			result = nil
		}
	}
	return result
}

// comparability is what compare knows of two values.
type comparability int

const (
	incomparable comparability = iota // of different kinds, or null: <, > and the like are unknown
	ordered                           // ordered
	unordered                         // with NaN: <, > and the like are false
)

// compare is "<" and its kin: the sign of a - b, if there is one.
func compare(a, b any) (int, comparability) {
	switch x := a.(type) {
	case int64, float64:
		if !isNumber(b) {
			return 0, incomparable
		}
		if math.IsNaN(number(a)) || math.IsNaN(number(b)) {
			return 0, unordered
		}
		return compareNumbers(a, b), ordered
	case string:
		if y, ok := b.(string); ok {
			return strings.Compare(x, y), ordered
		}
	case bool:
		if y, ok := b.(bool); ok {
			return compareBools(x, y), ordered
		}
	case Duration: // how long a month is, is unknown
		if a == b {
			return 0, ordered
		}
	case Temporal:
		if y, ok := b.(Temporal); ok && x.kind == y.kind {
			return compareTemporals(x, y), ordered
		}
	case []any:
		if y, ok := b.([]any); ok {
			return compareLists(x, y)
		}
	}
	return 0, incomparable
}

func compareLists(a, b []any) (int, comparability) {
	for i := range min(len(a), len(b)) {
		switch equal(a[i], b[i]) {
		case nil:
			return 0, incomparable
		case false:
			return compare(a[i], b[i])
		}
	}
	return cmp.Compare(len(a), len(b)), ordered
}

// compareNumbers orders two numbers, of which neither is NaN: integers exactly, others as float64.
func compareNumbers(a, b any) int {
	x, isInt := a.(int64)
	y, isInt2 := b.(int64)
	if isInt && isInt2 {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(number(a), number(b))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

func isNumber(v any) bool {
	switch v.(type) {
	case int64, float64:
		return true
	}
	return false
}

// number is a number as float64, and NaN for anything else.
func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}
