package cypher

import (
	"fmt"
	"math"
	"regexp"
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

// converter turns a value that is not null, or says false if its kind cannot be turned, or if it is a text
// of too large a number.
type converter func(v any) (any, bool)

func conversion(name string, convert converter) function {
	return function{name: name, min: 1, max: 1, call: func(_ *session, args []any) (any, error) {
		v, ok := convert(args[0])
		if !ok {
			what := describe(args[0])
			if text, is := args[0].(string); is {
				what = fmt.Sprintf("%.40q, which is too large", text)
			}
			return nil, newError(TypeError, "InvalidArgumentValue", "%s cannot turn %s", name, what)
		}
		return v, nil
	}}
}

func orNull(name string, convert converter) function {
	return function{name: name, min: 1, max: 1, call: func(_ *session, args []any) (any, error) {
		if v, ok := convert(args[0]); ok {
			return v, nil
		}
		return nil, nil
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
		if n, err := strconv.ParseInt(v, 10, 64); err == nil {
			return n, true
		}
		f, ok := parseNumber(v)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, true
		}
		return truncate(f), fits(f)
	}
	return nil, false
}

// fits reports whether the integer part of f is an int64. 1<<63 is the first above them.
func fits(f float64) bool { return f >= -1<<63 && f < 1<<63 }

// truncate is the integer part of f, the nearest int64 if that is none, and 0 of NaN: as in Java, so as
// Neo4j has it.
func truncate(f float64) int64 {
	switch {
	case fits(f):
		return int64(f)
	case f > 0:
		return math.MaxInt64
	case f < 0:
		return math.MinInt64
	}
	return 0
}

// numberText is what the text of a number looks like: ParseFloat takes more.
var numberText = regexp.MustCompile(`^[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)$`)

// parseNumber reads the text of a number, an infinite one if it is too large for a float.
func parseNumber(text string) (float64, bool) {
	if !numberText.MatchString(text) {
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil || math.IsInf(f, 0)
}

func toFloat(v any) (any, bool) {
	switch v := v.(type) {
	case int64, float64:
		return number(v), true
	case string:
		if f, ok := parseNumber(strings.TrimSpace(v)); ok {
			return f, true
		}
		return nil, true
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
