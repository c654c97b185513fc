package cypher

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"
)

// session is what one run of a query shares among its parts. Inside a run, nodes and relationships
// are their ids (NodeID, RelID) and paths are *path; they become values of a Result at its end.
type session struct {
	*meter
	graph   names
	params  map[string]any
	notes   []string
	regexps map[string]*regexp.Regexp
	zones   map[string]*time.Location
	began   time.Time // what date(), datetime() and the like return

	row        []any    // the values of all variables, by slot; see planner
	explaining bool     // nothing is going to run
	profile    *profile // nil: nothing is counted
}

// path is a way through the graph by ids; nodes has one more element than rels.
type path struct {
	nodes []NodeID
	rels  []RelID
}

// note adds a sentence to the result once.
func (s *session) note(sentence string) {
	if !slices.Contains(s.notes, sentence) {
		s.notes = append(s.notes, sentence)
	}
}

// collect runs a plan and puts what it makes into the result.
func (s *session) collect(res *Result, p *planner, last operator, at slots) {
	run := (&step{session: s}).ready(last, func() bool {
		s.result(1 + len(res.Rows))
		values := make([]any, len(res.Columns))
		for i, name := range res.Columns {
			values[i] = s.material(s.row[at[name]])
			s.hold(1)
		}
		res.Rows = append(res.Rows, values)
		return true
	})
	s.row = make([]any, p.width)
	run()
	res.Notes = s.notes
}

// material returns v as the Result has it, sharing nothing with the graph, at the cost of its weight.
func (s *session) material(v any) any {
	switch v := v.(type) {
	case NodeID:
		return s.node(v)
	case RelID:
		return s.relationship(v)
	case *path:
		p := Path{}
		for _, n := range v.nodes {
			p.Nodes = append(p.Nodes, s.node(n))
		}
		for _, r := range v.rels {
			p.Relationships = append(p.Relationships, s.relationship(r))
		}
		return p
	case []any:
		s.keep(len(v))
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = s.material(e)
		}
		return out
	case map[string]any:
		s.keep(len(v))
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = s.material(e)
		}
		return out
	case string:
		s.keep(len(v) / 16)
	}
	return v
}

func (s *session) node(n NodeID) Node {
	return Node{ID: n, Labels: s.graph.labels(n), Props: s.props(s.graph.nodeProps(n))}
}

func (s *session) relationship(r RelID) Relationship {
	from, to := s.graph.Ends(r)
	return Relationship{ID: r, Type: s.graph.relType(r), From: from, To: to, Props: s.props(s.graph.relProps(r))}
}

// props copies the properties of a node or relationship into the Result.
func (s *session) props(have map[string]any) map[string]any {
	s.keep(1)
	return s.material(have).(map[string]any)
}

// keep pays for n values that are both built and kept.
func (s *session) keep(n int) {
	s.spend(n)
	s.hold(n)
}

// built pays for a value that has been made from others.
func (s *session) built(v any) any {
	s.spend(Weight(v))
	return v
}

// stored takes a value as a Reader gives it: a []string is a list.
func stored(v any) any {
	switch v := v.(type) {
	case []string:
		return boxed(v)
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			out[k] = stored(e)
		}
		return out
	}
	return v
}

// maxParamDepth bounds lists and maps within each other in a parameter.
const maxParamDepth = 64

// Params returns parameters as [Query.Run] takes them, in the types of values of a [Result] alone. One
// of a type that queries don't know, or of a number that is too large, is an *Error that names it.
func Params(params map[string]any) (map[string]any, error) {
	out := make(map[string]any, len(params))
	for name, v := range params {
		w, ok := normalParam(v, maxParamDepth)
		if !ok {
			return nil, newError(ArgumentError, "InvalidArgumentType", "parameter $%s is or holds a number beyond 64 bits or a value of a kind that queries don't know: %T", name, v)
		}
		out[name] = w
	}
	return out, nil
}

func normalParam(v any, depth int) (any, bool) {
	if depth == 0 {
		return nil, false
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string, Duration:
		return v, true
	case Temporal:
		return v, v.kind != 0
	case time.Time:
		t, err := fromTime(v)
		return t, err == nil
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return f, err == nil && strings.ContainsAny(v.String(), ".eE") // no integer becomes another one
	case []string:
		return stored(v), true
	case []any:
		out, ok := make([]any, len(v)), true
		for i := 0; i < len(v) && ok; i++ {
			out[i], ok = normalParam(v[i], depth-1)
		}
		return out, ok
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, e := range v {
			w, ok := normalParam(e, depth-1)
			if !ok {
				return nil, false
			}
			out[k] = w
		}
		return out, true
	}
	return nil, false
}
