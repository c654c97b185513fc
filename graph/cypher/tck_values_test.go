package cypher

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// readValue reads a value as the TCK writes it: a literal, (:Label {key: value}), [:TYPE] or a path
// <(:A)-[:T]->(:B)>. The parser of queries reads the parts.
func readValue(text string) (v any, err error) {
	defer catch(text, &err)
	p := newParser(text)
	v = readValueAt(p)
	p.end()
	return v, nil
}

func readValueAt(p *parser) any {
	switch {
	case p.isOp(0, "("):
		return readNode(p, 0)
	case p.isOp(0, "[", ":"):
		return readRel(p)
	case p.op("<"):
		return readPath(p)
	case p.op("["):
		l := []any{}
		for !p.op("]") {
			l = append(l, readValueAt(p))
			p.op(",")
		}
		return l
	case p.op("{"):
		m := map[string]any{}
		for !p.op("}") {
			k := p.name()
			p.needOp(":")
			m[k] = readValueAt(p)
			p.op(",")
		}
		return m
	}
	switch e := p.sign().(type) {
	case *literal:
		return e.value
	case *variable:
		if e.name == "NaN" {
			return math.NaN()
		}
	}
	p.expected("a value")
	return nil
}

func readNode(p *parser, id NodeID) Node {
	n := Node{ID: id, Props: map[string]any{}}
	p.needOp("(")
	for p.op(":") {
		n.Labels = append(n.Labels, p.name())
	}
	if p.isOp(0, "{") {
		n.Props = readValueAt(p).(map[string]any)
	}
	p.needOp(")")
	return n
}

func readRel(p *parser) Relationship {
	p.needOp("[")
	p.needOp(":")
	r := Relationship{Type: p.name(), Props: map[string]any{}}
	if p.isOp(0, "{") {
		r.Props = readValueAt(p).(map[string]any)
	}
	p.needOp("]")
	return r
}

func readPath(p *parser) Path {
	path := Path{Nodes: []Node{readNode(p, 0)}}
	for !p.op(">") {
		from := NodeID(len(path.Nodes) - 1)
		if p.op("<") {
			from++
		}
		p.needOp("-")
		r := readRel(p)
		p.needOp("-")
		p.op(">")
		r.From = from
		path.Relationships = append(path.Relationships, r)
		path.Nodes = append(path.Nodes, readNode(p, NodeID(len(path.Nodes))))
	}
	return path
}

// show writes a value so that equal values are written alike: ids are left out, and the order of
// lists if anyOrder says so.
func show(v any, anyOrder bool) string {
	switch v := v.(type) {
	case float64:
		return floatText(v + 0) // -0.0 is 0.0
	case string:
		return fmt.Sprintf("%q", v)
	case []any:
		var all []string
		for _, e := range v {
			all = append(all, show(e, anyOrder))
		}
		if anyOrder {
			slices.Sort(all)
		}
		return "[" + strings.Join(all, ", ") + "]"
	case map[string]any:
		var all []string
		for _, k := range slices.Sorted(maps.Keys(v)) {
			all = append(all, k+": "+show(v[k], anyOrder))
		}
		return "{" + strings.Join(all, ", ") + "}"
	case Temporal, Duration: // the TCK writes them as strings
		return fmt.Sprintf("%q", v)
	case Node:
		labels := slices.Sorted(slices.Values(v.Labels))
		return "(" + strings.Join(labels, ":") + show(v.Props, anyOrder) + ")"
	case Relationship:
		return "[" + v.Type + show(v.Props, anyOrder) + "]"
	case Path:
		text := show(v.Nodes[0], anyOrder)
		for i, r := range v.Relationships {
			arrow := ">"
			if r.From != v.Nodes[i].ID {
				arrow = "<"
			}
			text += arrow + show(r, anyOrder) + show(v.Nodes[i+1], anyOrder)
		}
		return "<" + text + ">"
	}
	return fmt.Sprint(v)
}
