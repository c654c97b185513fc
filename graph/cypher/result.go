package cypher

import (
	"encoding/json"
	"math"
)

// Result is the answer to a query. A value is nil, bool, int64, float64, string, []any,
// map[string]any, [Temporal], [Duration], [Node], [Relationship] or [Path], and shares nothing with the
// graph.
type Result struct {
	Columns []string
	Rows    [][]any // each as long as Columns
	// Notes are sentences on what the rows don't show: that a path was cut short.
	Notes []string
	// Unknown are sentences on names in the query that nothing in the graph has, and on the nearest that
	// something has. Of a query that is known to be well spelt they say only what the graph lacks.
	Unknown []string
	// Plan is how the query ran, if it asked for that; see [Query.Run].
	Plan *Plan
}

// Node is a node of the graph in a Result.
type Node struct {
	ID     NodeID
	Labels []string
	Props  map[string]any
}

// Relationship is a relationship of the graph in a Result.
type Relationship struct {
	ID       RelID
	Type     string
	From, To NodeID
	Props    map[string]any
}

// Path is a way through the graph: one more node than relationships, in the order of the pattern.
type Path struct {
	Nodes         []Node
	Relationships []Relationship
}

// MarshalJSON encodes {"columns": [...], "rows": [[...]], "notes": [...], "unknown": [...], "plan": {...}}, values as
// [JSON] says.
func (r Result) MarshalJSON() ([]byte, error) {
	rows := make([][]any, len(r.Rows))
	for i, row := range r.Rows {
		rows[i] = jsonList(row)
	}
	return json.Marshal(struct {
		Columns []string `json:"columns"`
		Rows    [][]any  `json:"rows"`
		Notes   []string `json:"notes,omitempty"`
		Unknown []string `json:"unknown,omitempty"`
		Plan    *Plan    `json:"plan,omitempty"`
	}{r.Columns, rows, r.Notes, r.Unknown, r.Plan})
}

// MarshalJSON encodes {"labels": [...], "properties": {...}}: ids mean nothing outside the view.
func (n Node) MarshalJSON() ([]byte, error) {
	labels := n.Labels
	if labels == nil {
		labels = []string{}
	}
	return json.Marshal(struct {
		Labels     []string       `json:"labels"`
		Properties map[string]any `json:"properties"`
	}{labels, jsonMap(n.Props)})
}

// MarshalJSON encodes {"type": ..., "properties": {...}}.
func (r Relationship) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Type       string         `json:"type"`
		Properties map[string]any `json:"properties"`
	}{r.Type, jsonMap(r.Props)})
}

// MarshalJSON encodes {"nodes": [...], "relationships": [...]}.
func (p Path) MarshalJSON() ([]byte, error) {
	rels := p.Relationships
	if rels == nil {
		rels = []Relationship{}
	}
	return json.Marshal(struct {
		Nodes         []Node         `json:"nodes"`
		Relationships []Relationship `json:"relationships"`
	}{p.Nodes, rels})
}

// JSON returns a value of a Result as encoding/json can encode it: the floats that JSON lacks become
// the strings "NaN", "Infinity" and "-Infinity". Everything else stays what it is.
func JSON(v any) any {
	switch v := v.(type) {
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return floatText(v)
		}
	case []any:
		return jsonList(v)
	case map[string]any:
		return jsonMap(v)
	}
	return v
}

func jsonList(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = JSON(v)
	}
	return out
}

func jsonMap(m map[string]any) map[string]any {
	out := make(map[string]any, len(m))
	for k, v := range m {
		out[k] = JSON(v)
	}
	return out
}
