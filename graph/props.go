package graph

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Props are the properties of a node or relationship. A value is a string, bool, int64, float64 or
// []string.
//
// As JSON they keep their types: a number with a fraction or an exponent is a float64 and any other an
// int64, of which every bit stays. So the float64 2 is written as 2.0.
type Props map[string]any

// Equal reports whether p and q have the same properties with the same values of the same types.
func (p Props) Equal(q Props) bool { return maps.EqualFunc(p, q, equalValues) }

func equalValues(a, b any) bool {
	list, ok := a.([]string)
	if !ok {
		if _, ok := b.([]string); ok {
			return false
		}
		return a == b
	}
	other, ok := b.([]string)
	return ok && slices.Equal(list, other)
}

// MarshalJSON writes p as an object with sorted keys.
func (p Props) MarshalJSON() ([]byte, error) {
	out := make(map[string]any, len(p))
	for name, v := range p {
		switch v := v.(type) {
		case float64:
			out[name] = floatNumber(v)
		case []string:
			out[name] = append([]string{}, v...) // nil would be null
		default:
			out[name] = v
		}
	}
	return json.Marshal(out)
}

// floatNumber writes f so that it reads as a float. NaN and infinities, which JSON has not, come out
// as what json.Marshal refuses.
func floatNumber(f float64) json.Number {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eNI") {
		s += ".0"
	}
	return json.Number(s)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *Props) UnmarshalJSON(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	var in map[string]any
	if err := dec.Decode(&in); err != nil {
		return err
	}
	out := make(Props, len(in))
	for name, v := range in {
		v, err := propValue(v)
		if err != nil {
			return fmt.Errorf("property %q: %w", name, err)
		}
		out[name] = v
	}
	*p = out
	return nil
}

func propValue(v any) (any, error) {
	switch v := v.(type) {
	case string, bool:
		return v, nil
	case json.Number:
		if strings.ContainsAny(string(v), ".eE") {
			return v.Float64()
		}
		return v.Int64()
	case []any:
		list := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return nil, fmt.Errorf("element %d is %T, not a string", i, e)
			}
			list[i] = s
		}
		return list, nil
	}
	return nil, fmt.Errorf("%T is no property value", v)
}
