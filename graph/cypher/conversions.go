package cypher

import (
	"math"
	"strconv"
	"strings"
)

// conversions turn a value into another kind: null from a string that is none of that kind, an error
// from a kind that cannot be turned, but null from those named OrNull.
var conversions = []function{
	conversion("toInteger", toInteger),
	conversion("toFloat", toFloat),
	conversion("toBoolean", toBoolean),
	conversion("toString", toText),
	orNull("toIntegerOrNull", toInteger),
	orNull("toFloatOrNull", toFloat),
	orNull("toBooleanOrNull", toBoolean),
	orNull("toStringOrNull", toText),
}

// converter turns a value that is not null, or says false if its kind cannot be turned.
type converter func(v any) (any, bool)

func conversion(name string, convert converter) function {
	return function{name: name, min: 1, max: 1, call: func(_ *session, args []any) (any, error) {
		v, ok := convert(args[0])
		if !ok {
			return nil, newError(TypeError, "InvalidArgumentValue", "%s cannot turn %s", name, describe(args[0]))
		}
		return v, nil
	}}
}

func orNull(name string, convert converter) function {
	return function{name: name, min: 1, max: 1, call: func(_ *session, args []any) (any, error) {
		v, _ := convert(args[0])
		return v, nil
	}}
}

func toInteger(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case float64:
		return truncate(v), true
	case bool:
		if v {
			return int64(1), true
		}
		return int64(0), true
	case string:
		text := strings.TrimSpace(v)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, true
		}
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return truncate(f), true
		}
		return nil, true
	}
	return nil, false
}

// truncate is the integer part of f, or null if that is no int64. 1<<63 is the first above them.
func truncate(f float64) any {
	if f >= -1<<63 && f < 1<<63 {
		return int64(f)
	}
	return nil
}

func toFloat(v any) (any, bool) {
	switch v := v.(type) {
	case int64, float64:
		return number(v), true
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return nil, true
		}
		return f, true
	}
	return nil, false
}

func toBoolean(v any) (any, bool) {
	switch v := v.(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, true
	case string:
		switch strings.ToLower(strings.TrimSpace(v)) {
		case "true":
			return true, true
		case "false":
			return false, true
		}
		return nil, true
	}
	return nil, false
}

func toText(v any) (any, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case int64:
		return strconv.FormatInt(v, 10), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return floatText(v), true
	case Temporal:
		return v.String(), true
	case Duration:
		return v.String(), true
	}
	return nil, false
}

// floatText writes a float as openCypher does: always with a point, and with an exponent from 10^7
// on and below 10^-3.
func floatText(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	if size := math.Abs(f); size != 0 && (size < 1e-3 || size >= 1e7) {
		mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', -1, 64), "E")
		n, _ := strconv.Atoi(exponent) // FormatFloat's own: +07
		return withPoint(mantissa) + "E" + strconv.Itoa(n)
	}
	return withPoint(strconv.FormatFloat(f, 'f', -1, 64))
}

func withPoint(digits string) string {
	if strings.Contains(digits, ".") {
		return digits
	}
	return digits + ".0"
}
