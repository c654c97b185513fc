package cypher

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// function is a function of its arguments' values. With any null argument it is null, and call is
// not asked, unless nulls says otherwise. Errors are *Error without a place.
type function struct {
	name     string // as people write it; calls ignore case
	min, max int    // arguments
	nulls    bool   // call takes null arguments too
	call     func(s *session, args []any) (any, error)
}

// functions is every function but the aggregations.
var functions = slices.Concat(graphFunctions, listFunctions, textFunctions, numberFunctions, temporalFunctions, conversions)

var (
	functionByName  = byName(functions, func(f *function) string { return f.name })
	aggregateByName = byName(aggregates, func(a *aggregate) string { return a.name })
)

func byName[F any](all []F, name func(*F) string) map[string]*F {
	m := make(map[string]*F, len(all))
	for i := range all {
		m[strings.ToLower(name(&all[i]))] = &all[i]
	}
	return m
}

// Functions returns the names of all functions and aggregations, sorted.
func Functions() []string {
	var names []string
	for _, f := range functions {
		names = append(names, f.name)
	}
	for _, a := range aggregates {
		names = append(names, a.name)
	}
	slices.Sort(names)
	return names
}

// anyNumber is the bound of functions that take as many arguments as there are.
const anyNumber = 1 << 30

// resolve makes a call or an aggregation, or fails because there is no such function.
func resolve(at pos, name string, star, distinct bool, args []expr) expr {
	lower := strings.ToLower(name)
	if a := aggregateByName[lower]; a != nil {
		if !star {
			checkArguments(at, a.name, len(args), a.args, a.args)
		} else if a.name != "count" {
			fail(int(at), "UnexpectedSyntax", "only count takes *, %s does not", a.name)
		}
		return &aggregation{at, a, distinct, args}
	}
	f := functionByName[lower]
	if f == nil {
		e := newError(SyntaxError, "UnknownFunction", "unknown function %q", name).at(int(at))
		e.Nearest = spelling.Nearest(name, Functions())
		panic(e)
	}
	if star || distinct {
		fail(int(at), "UnexpectedSyntax", "%s is no aggregation: it takes neither * nor DISTINCT", f.name)
	}
	checkArguments(at, f.name, len(args), f.min, f.max)
	return &call{at, f, args}
}

func checkArguments(at pos, name string, have, least, most int) {
	if have >= least && have <= most {
		return
	}
	takes := fmt.Sprintf("%d to %d arguments", least, most)
	switch {
	case most == anyNumber:
		takes = "at least " + arguments(least)
	case least == most:
		takes = arguments(least)
	}
	fail(int(at), "InvalidNumberOfArguments", "%s takes %s, here are %d", name, takes, have)
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// argument takes an argument as what the function needs.
func argument[T any](name string, v any, want string) (T, error) {
	t, ok := v.(T)
	if !ok {
		return t, newError(TypeError, "InvalidArgumentValue", "%s needs %s, not %s", name, want, describe(v))
	}
	return t, nil
}

func textArg(name string, v any) (string, error)   { return argument[string](name, v, "a string") }
func integerArg(name string, v any) (int64, error) { return argument[int64](name, v, "an integer") }

func numberArg(name string, v any) (float64, error) {
	if !isNumber(v) {
		return 0, typeErrorf("%s needs a number, not %s", name, describe(v))
	}
	return number(v), nil
}

// ofOne makes a function of one argument of one kind, which want names.
func ofOne[T any](name, want string, f func(*session, T) any) function {
	return function{name: name, min: 1, max: 1, call: func(s *session, args []any) (any, error) {
		v, err := argument[T](name, args[0], want)
		if err != nil {
			return nil, err
		}
		return f(s, v), nil
	}}
}

// describe says what kind of value v is, for error messages.
func describe(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int64:
		return "an integer"
	case float64:
		return "a float"
	case string:
		return "a string"
	case []any:
		return "a list"
	case map[string]any:
		return "a map"
	case NodeID:
		return "a node"
	case RelID:
		return "a relationship"
	case *path:
		return "a path"
	case Temporal:
		return "a " + v.kind.String()
	case Duration:
		return "a duration"
	}
	panic("cypher: a value of no known kind")
}
