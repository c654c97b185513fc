package neo4j

import (
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher"
)

// converter turns values of the driver into those of package cypher. Ids of nodes and relationships
// are numbers that mean something within one result only. A point, for which package cypher has no
// value, is the map that Neo4j's point() takes.
type converter struct {
	nodes map[string]cypher.NodeID
	rels  map[string]cypher.RelID
}

func newConverter() *converter {
	return &converter{nodes: map[string]cypher.NodeID{}, rels: map[string]cypher.RelID{}}
}

func (c *converter) value(v any) any {
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v
	case []any:
		return c.list(v)
	case map[string]any:
		return c.props(v)
	case neo4j.Node:
		return c.node(v)
	case neo4j.Relationship:
		return c.rel(v)
	case neo4j.Path:
		return c.path(v)
	case neo4j.Point2D:
		return map[string]any{"srid": int64(v.SpatialRefId), "x": v.X, "y": v.Y}
	case neo4j.Point3D:
		return map[string]any{"srid": int64(v.SpatialRefId), "x": v.X, "y": v.Y, "z": v.Z}
	}
	return temporal(v)
}

func (c *converter) list(list []any) []any {
	out := make([]any, len(list))
	for i, v := range list {
		out[i] = c.value(v)
	}
	return out
}

// props leaves out what the store keeps for itself.
func (c *converter) props(props map[string]any) map[string]any {
	out := make(map[string]any, len(props))
	for name, v := range props {
		if !strings.HasPrefix(name, ownPrefix) {
			out[name] = c.value(v)
		}
	}
	return out
}

// node has its first label first and the others sorted. Neo4j knows no order of labels: the first is
// one of package graph, if the node has such.
func (c *converter) node(n neo4j.Node) cypher.Node {
	labels := slices.Sorted(slices.Values(n.Labels))
	if i := slices.IndexFunc(labels, func(l string) bool { return slices.Contains(graph.FirstLabels(), l) }); i > 0 {
		first := labels[i]
		labels = slices.Insert(slices.Delete(labels, i, i+1), 0, first)
	}
	return cypher.Node{ID: number(c.nodes, n.ElementId), Labels: labels, Props: c.props(n.Props)}
}

func (c *converter) rel(r neo4j.Relationship) cypher.Relationship {
	return cypher.Relationship{
		ID: number(c.rels, r.ElementId), Type: r.Type, Props: c.props(r.Props),
		From: number(c.nodes, r.StartElementId), To: number(c.nodes, r.EndElementId),
	}
}

func (c *converter) path(p neo4j.Path) cypher.Path {
	var out cypher.Path
	for _, n := range p.Nodes {
		out.Nodes = append(out.Nodes, c.node(n))
	}
	for _, r := range p.Relationships {
		out.Relationships = append(out.Relationships, c.rel(r))
	}
	return out
}

// number gives ids numbers as they come up.
func number[ID ~uint32](known map[string]ID, id string) ID {
	n, ok := known[id]
	if !ok {
		n = ID(len(known))
		known[id] = n
	}
	return n
}
