package cypher

import (
	"maps"
	"slices"
)

// graphFunctions look into nodes, relationships and paths.
var graphFunctions = []function{
	{name: "id", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch v := a[0].(type) {
		case NodeID:
			return int64(v), nil
		case RelID:
			return int64(v), nil
		}
		return nil, typeErrorf("id needs a node or a relationship, not %s", describe(a[0]))
	}},
	{name: "elementId", min: 1, max: 1, call: func(_ *session, a []any) (any, error) {
		switch a[0].(type) {
		case NodeID, RelID:
			return key(a[0]), nil
		}
		return nil, typeErrorf("elementId needs a node or a relationship, not %s", describe(a[0]))
	}},
	ofOne("labels", "a node", func(s *session, n NodeID) any { return boxed(s.graph.labels(n)) }),
	ofOne("type", "a relationship", func(s *session, r RelID) any { return s.graph.relType(r) }),
	ofOne("startNode", "a relationship", func(s *session, r RelID) any {
		from, _ := s.graph.Ends(r)
		return from
	}),
	ofOne("endNode", "a relationship", func(s *session, r RelID) any {
		_, to := s.graph.Ends(r)
		return to
	}),
	{name: "properties", min: 1, max: 1, call: func(s *session, a []any) (any, error) {
		return s.propertiesOf("properties", a[0])
	}},
	{name: "keys", min: 1, max: 1, call: func(s *session, a []any) (any, error) {
		m, err := s.propertiesOf("keys", a[0])
		return boxed(slices.Sorted(maps.Keys(m))), err
	}},
	ofOne("nodes", "a path", func(_ *session, p *path) any { return boxed(p.nodes) }),
	ofOne("relationships", "a path", func(_ *session, p *path) any { return boxed(p.rels) }),
	ofOne("length", "a path", func(_ *session, p *path) any { return int64(len(p.rels)) }),
}

// boxed returns a slice as a list.
func boxed[T any](all []T) []any {
	list := make([]any, len(all))
	for i, v := range all {
		list[i] = v
	}
	return list
}

// propertiesOf returns the properties of a node, a relationship or a map, which may not be modified.
// The name is the function's that asks.
func (s *session) propertiesOf(name string, v any) (map[string]any, error) {
	switch v := v.(type) {
	case NodeID:
		return s.graph.nodeProps(v), nil
	case RelID:
		return s.graph.relProps(v), nil
	case map[string]any:
		return v, nil
	}
	return nil, typeErrorf("%s needs a node, a relationship or a map, not %s", name, describe(v))
}

// property returns v.key.
func (s *session) property(v any, key string) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case NodeID:
		return s.graph.nodeProp(v, key), nil
	case RelID:
		return s.graph.relProp(v, key), nil
	case map[string]any:
		return v[key], nil
	}
	return component(v, key)
}
