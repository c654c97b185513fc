package graph

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// UnknownQueryError is the error for a name that no query has.
type UnknownQueryError struct {
	Name    string
	Nearest string // the query that may have been meant, or empty
}

func (e *UnknownQueryError) Error() string { return fmt.Sprintf("no query is named %q", e.Name) }

// ParamError is what is wrong with a parameter given to a named query.
type ParamError struct {
	Query, Param string
	Problem      string // completes a sentence: "is missing"
	Nearest      string // for an unknown parameter: the one that may have been meant, or empty
}

func (e *ParamError) Error() string {
	return fmt.Sprintf("query %q: parameter %q %s", e.Query, e.Param, e.Problem)
}

// Find returns the query with a name, or an *UnknownQueryError.
func Find(queries []Named, name string) (Named, error) {
	var names []string
	for _, q := range queries {
		if q.Name == name {
			return q, nil
		}
		names = append(names, q.Name)
	}
	return Named{}, &UnknownQueryError{Name: name, Nearest: spelling.Nearest(name, names)}
}

// Convert returns the parameters for Store.Query: what is given, in the declared types, and the
// defaults. Strings are read as the declared type, since a command line and a URL know nothing else;
// numbers may come as JSON has them. What does not fit is a *ParamError.
func (n Named) Convert(given map[string]any) (map[string]any, error) {
	if err := n.checkKnown(given); err != nil {
		return nil, err
	}
	params := make(map[string]any, len(n.Params))
	for _, p := range n.Params {
		v, ok := given[p.Name]
		if !ok {
			if p.Required {
				return nil, &ParamError{Query: n.Name, Param: p.Name, Problem: "is missing"}
			}
			v = p.Default
		}
		converted, err := p.convert(v)
		if err != nil {
			return nil, &ParamError{Query: n.Name, Param: p.Name, Problem: err.Error()}
		}
		params[p.Name] = converted
	}
	return params, nil
}

func (n Named) checkKnown(given map[string]any) error {
	var names, unknown []string
	for _, p := range n.Params {
		names = append(names, p.Name)
	}
	for name := range given {
		if !slices.Contains(names, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	name := slices.Min(unknown) // of several the same one every time
	return &ParamError{Query: n.Name, Param: name, Problem: "is unknown", Nearest: spelling.Nearest(name, names)}
}

// Types of parameters.
const (
	stringParam = "string"
	intParam    = "int"
	floatParam  = "float"
	boolParam   = "bool"
)

func paramTypes() []string { return []string{stringParam, intParam, floatParam, boolParam} }

// convert returns v as p's type. The error completes "parameter ... ".
func (p Param) convert(v any) (any, error) {
	text, ok := paramText(v)
	var converted any
	err := strconv.ErrSyntax
	switch {
	case !ok:
	case p.Type == stringParam:
		converted, err = text, nil
	case p.Type == intParam:
		converted, err = strconv.ParseInt(text, 10, 64)
	case p.Type == floatParam:
		converted, err = strconv.ParseFloat(text, 64)
	case p.Type == boolParam:
		converted, err = strconv.ParseBool(text)
	}
	if err != nil {
		if s, ok := v.(string); ok {
			v = strconv.Quote(s)
		}
		return nil, fmt.Errorf("%v is no %s", v, p.Type)
	}
	return converted, nil
}

// paramText is v as a command line would say it.
func paramText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool, int, int64, json.Number:
		return fmt.Sprint(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true // 2 for 2.0: JSON knows one kind of number
	}
	return "", false
}
