package graph

import (
	"fmt"
	"maps"
	"slices"

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
	params := make(map[string]any, len(n.Params)+len(n.given))
	maps.Copy(params, n.given)
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
