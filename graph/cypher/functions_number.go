package cypher

import (
	"cmp"
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
)

// numberFunctions take numbers.
var numberFunctions = []function{
	{name: "abs", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case int64:
			if v < 0 {
				return negate(v)
			}
			return v, nil
		case float64:
			return math.Abs(v), nil
		}
		return nil, typeErrorf("abs needs a number, not %s", describe(a[0]))
	}},
	{name: "sign", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		f, err := numberArg("sign", a[0])
		return int64(cmp.Compare(f, 0)), err
	}},
	{name: "atan2", min: 2, max: 2, call: func(_ *session, a []any) (any, error) {
		y, err := numberArg("atan2", a[0])
		if err != nil {
			return nil, err
		}
		x, err := numberArg("atan2", a[1])
		return math.Atan2(y, x), err
	}},
	{name: "pi", call: func(*session, []any) (any, error) { return math.Pi, nil }},
	{name: "e", call: func(*session, []any) (any, error) { return math.E, nil }},
	// rand differs at every call, so Go's own source serves it: nothing could be repeated from a seed.
	{name: "rand", call: func(*session, []any) (any, error) { return rand.Float64(), nil }},
	ofFloat("ceil", math.Ceil),
	ofFloat("floor", math.Floor),
	{name: "round", min: 1, max: 2, call: round},
	{name: "isNaN", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		f, err := numberArg("isNaN", a[0])
		return math.IsNaN(f), err
	}},
	ofFloat("sqrt", math.Sqrt),
	ofFloat("exp", math.Exp),
	ofFloat("log", math.Log),
	ofFloat("log10", math.Log10),
	ofFloat("sin", math.Sin),
	ofFloat("cos", math.Cos),
	ofFloat("tan", math.Tan),
	ofFloat("asin", math.Asin),
	ofFloat("acos", math.Acos),
	ofFloat("atan", math.Atan),
	ofFloat("degrees", func(x float64) float64 { return x * 180 / math.Pi }),
	ofFloat("radians", func(x float64) float64 { return x * math.Pi / 180 }),
}

// ofFloat makes a function of a number that is a float.
func ofFloat(name string, f func(float64) float64) function {
	return function{name: name, min: 1, max: 1, call: func(_ *session, args []any) (any, error) {
		x, err := numberArg(name, args[0])
		return f(x), err
	}}
}

// maxPlaces is how many decimal places round takes: no float64 has more.
const maxPlaces = 1074

// round rounds to an integer, halves going up as in Java, or to so many decimal places of what the
// number's text is, halves then going away from zero.
func round(_ *session, args []any) (any, error) {
	x, err := numberArg("round", args[0])
	if err != nil || len(args) == 1 {
		return math.Floor(x + 0.5), err
	}
	places, err := integerArg("round", args[1])
	switch {
	case err != nil:
		return nil, err
	case places < 0 || places > maxPlaces:
		return nil, newError(ArgumentError, "NumberOutOfRange", "round takes 0 to %d places, not %d", maxPlaces, places)
	case math.IsNaN(x) || math.IsInf(x, 0):
		return x, nil
	}
	exact, _ := new(big.Rat).SetString(strconv.FormatFloat(x, 'g', -1, 64))
	rounded, _ := strconv.ParseFloat(exact.FloatString(int(places)), 64) // halves away from zero; no larger than x
	return rounded, nil
}

func outOfRange(op string, a, b int64) *Error {
	return newError(ArithmeticError, "NumberOutOfRange", "%d %s %d is too large for an integer of 64 bits", a, op, b)
}

func negate(n int64) (any, error) {
	if n == math.MinInt64 {
		return nil, outOfRange("-", 0, n)
	}
	return -n, nil
}

// arithmetic applies +, -, *, /, % or ^ to two numbers: integers give integers but for ^.
func arithmetic(op string, a, b any) (any, error) {
	x, isInt := a.(int64)
	y, isInt2 := b.(int64)
	if isInt && isInt2 && op != "^" {
		return integerArithmetic(op, x, y)
	}
	f, g := number(a), number(b)
	switch op {
	case "+":
		return f + g, nil
	case "-":
		return f - g, nil
	case "*":
		return f * g, nil
	case "/":
		if isInt2 && y == 0 {
			return nil, newError(ArithmeticError, "DivisionByZero", "%s / 0: division by zero", floatText(f))
		}
		return f / g, nil
	case "%":
		return math.Mod(f, g), nil
	}
	return math.Pow(f, g), nil
}

func integerArithmetic(op string, a, b int64) (any, error) {
	switch op {
	case "+":
		if sum := a + b; (sum > a) == (b > 0) || b == 0 {
			return sum, nil
		}
		return nil, outOfRange(op, a, b)
	case "-":
		if difference := a - b; (difference < a) == (b > 0) || b == 0 {
			return difference, nil
		}
		return nil, outOfRange(op, a, b)
	case "*":
		if product := a * b; a == 0 || product/a == b && !(a == -1 && b == math.MinInt64) {
			return product, nil
		}
		return nil, outOfRange(op, a, b)
	}
	switch {
	case b == 0:
		return nil, newError(ArithmeticError, "DivisionByZero", "%d %s 0: division by zero", a, op)
	case op == "%":
		return a % b, nil
	case b == -1:
		return negate(a)
	}
	return a / b, nil
}
