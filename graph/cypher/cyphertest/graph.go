package cyphertest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Graph is a graph to ask about. The name of node i is "n" and i.
type Graph struct {
	Nodes []Node
	Rels  []Rel
}

// Node has some of the labels A, B and C, and the property id, its number. It may have x, a number of 0
// to 2, s, the text a, b or c, f, a float of halves, b, a bool, and l, a list of texts.
type Node struct {
	Labels []string
	Props  []Prop
}

// Rel is a relationship of type T, U or V between nodes by their numbers. It has w, its own number, and
// x like a Node.
type Rel struct {
	From, To int
	Type     string
	Props    []Prop
}

// Prop is a property. Its value is int64, float64, string, bool or []string.
type Prop struct {
	Name  string
	Value any
}

// RandomGraph makes a graph of up to nine nodes, with loops, relationships side by side and missing
// properties.
func RandomGraph(rng *rand.Rand) Graph {
	var g Graph
	for i := range 1 + rng.IntN(9) {
		g.Nodes = append(g.Nodes, randomNode(rng, i))
	}
	for i := range rng.IntN(2 * len(g.Nodes)) {
		g.Rels = append(g.Rels, Rel{
			From: rng.IntN(len(g.Nodes)), To: rng.IntN(len(g.Nodes)), Type: []string{"T", "U", "V"}[rng.IntN(3)],
			Props: []Prop{{"w", int64(i)}, {"x", rng.Int64N(3)}},
		})
	}
	return g
}

func randomNode(rng *rand.Rand, id int) Node {
	n := Node{Props: []Prop{{"id", int64(id)}}}
	for _, l := range []string{"A", "B", "C"} {
		if rng.IntN(2) == 0 {
			n.Labels = append(n.Labels, l)
		}
	}
	list := [][]string{{}, {"a"}, {"b", "a"}}[rng.IntN(3)]
	for _, p := range []Prop{
		{"x", rng.Int64N(3)}, {"s", string(rune('a' + rng.IntN(3)))}, {"f", float64(rng.IntN(5)) / 2}, {"b", rng.IntN(2) == 0}, {"l", list},
	} {
		if rng.IntN(3) > 0 {
			n.Props = append(n.Props, p)
		}
	}
	return n
}

// String writes the graph as CREATE takes it.
func (g Graph) String() string {
	var parts []string
	for i, n := range g.Nodes {
		labels := ""
		for _, l := range n.Labels {
			labels += ":" + l
		}
		parts = append(parts, fmt.Sprintf("(n%d%s %s)", i, labels, propsText(n.Props)))
	}
	for _, r := range g.Rels {
		parts = append(parts, fmt.Sprintf("(n%d)-[:%s %s]->(n%d)", r.From, r.Type, propsText(r.Props), r.To))
	}
	return strings.Join(parts, ", ")
}

func propsText(props []Prop) string {
	texts := make([]string, len(props))
	for i, p := range props {
		texts[i] = p.Name + ": " + valueText(p.Value)
	}
	return "{" + strings.Join(texts, ", ") + "}"
}

func valueText(v any) string {
	switch v := v.(type) {
	case string:
		return "'" + v + "'"
	case float64:
		return fmt.Sprintf("%.1f", v)
	case []string:
		texts := make([]string, len(v))
		for i, s := range v {
			texts[i] = valueText(s)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	return fmt.Sprint(v)
}
