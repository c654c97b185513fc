package cypher

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// order is the total order of ORDER BY, min and max, ascending:
//
//	map < node < relationship < list < path < datetime < localdatetime < date < time < localtime
//	< duration < string < bool < number < NaN < null
func order(a, b any) int {
	if byKind := cmp.Compare(rank(a), rank(b)); byKind != 0 {
		return byKind
	}
	switch x := a.(type) {
	case string:
		return strings.Compare(x, b.(string))
	case bool:
		return compareBools(x, b.(bool))
	case int64, float64:
		return compareNumbers(a, b)
	case []any:
		return slices.CompareFunc(x, b.([]any), order)
	case NodeID:
		return cmp.Compare(x, b.(NodeID))
	case RelID:
		return cmp.Compare(x, b.(RelID))
	case *path:
		y := b.(*path)
		return cmp.Or(cmp.Compare(len(x.rels), len(y.rels)), slices.Compare(x.nodes, y.nodes), slices.Compare(x.rels, y.rels))
	case Temporal:
		return compareTemporals(x, b.(Temporal))
	case Duration:
		return compareDurations(x, b.(Duration))
	case map[string]any:
		return strings.Compare(key(a), key(b))
	}
	return 0 // null and NaN
}

func rank(v any) int {
	switch v := v.(type) {
	case map[string]any:
		return 0
	case NodeID:
		return 1
	case RelID:
		return 2
	case []any:
		return 3
	case *path:
		return 4
	case Temporal:
		return 4 + int(v.kind) // 5 to 9
	case Duration:
		return 10
	case string:
		return 11
	case bool:
		return 12
	case int64:
		return 13
	case float64:
		if math.IsNaN(v) {
			return 14
		}
		return 13
	}
	return 15
}

// key is a text that two values share if DISTINCT and grouping take them for the same: as "=", but
// null is the same as null and NaN as NaN.
func key(v any) string { return string(appendKey(nil, v)) }

func appendKey(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		// A float that is an integer is the same as the integer. 1<<63 is the first that is none.
		if v == math.Trunc(v) && v >= -1<<63 && v < 1<<63 {
			return strconv.AppendInt(b, int64(v), 10)
		}
		return strconv.AppendFloat(b, v, 'g', -1, 64)
	case string:
		return strconv.AppendQuote(b, v)
	case []any:
		b = append(b, '[')
		for _, e := range v {
			b = append(appendKey(b, e), ',')
		}
		return append(b, ']')
	case map[string]any:
		b = append(b, '{')
		for _, k := range slices.Sorted(maps.Keys(v)) {
			b = append(strconv.AppendQuote(b, k), ':')
			b = append(appendKey(b, v[k]), ',')
		}
		return append(b, '}')
	case NodeID:
		return strconv.AppendUint(append(b, 'n'), uint64(v), 10)
	case RelID:
		return strconv.AppendUint(append(b, 'r'), uint64(v), 10)
	case Temporal:
		return append(append(b, '@', '0'+byte(v.kind)), v.String()...)
	case Duration:
		return append(append(b, '@'), v.String()...)
	case *path:
		b = append(b, 'p')
		for i, n := range v.nodes {
			b = appendKey(b, n)
			if i < len(v.rels) {
				b = appendKey(b, v.rels[i])
			}
		}
		return b
	}
	panic("cypher: a value of no known kind")
}

// rowKey is the key of several values together.
func rowKey(values []any) string {
	var b []byte
	for _, v := range values {
		b = append(appendKey(b, v), '|')
	}
	return string(b)
}
