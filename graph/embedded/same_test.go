package embedded

import (
	"bytes"
	"math"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// What is compared where it lies is the same if, and only if, its bytes are.
func TestSays(t *testing.T) {
	m := newMemory()
	for _, name := range []string{"A", "B", "C"} {
		m.labels.id(name)
		m.keys.id(name)
	}
	var props []graph.Props
	for _, v := range []any{
		true, false, int64(0), int64(1), int64(-1), 0.0, math.Copysign(0, -1), 1.0, "", "1", "11", []string{}, []string{""}, []string{"", ""}, []string{"1"}, []string{"1", "1"},
	} {
		props = append(props, graph.Props{"A": v}, graph.Props{"B": v}, graph.Props{"A": v, "B": "1", "C": v})
	}
	props = append(props, graph.Props{})
	var nodes []graph.Node
	for _, label := range []string{"A", "B"} {
		for _, labels := range [][]string{nil, {"B"}, {"C"}, {"B", "C"}} {
			for _, p := range props {
				nodes = append(nodes, graph.Node{Ref: graph.Ref{Label: label, Key: "k"}, Labels: labels, Props: p})
			}
		}
	}
	nodes = append(nodes, graph.Node{Ref: graph.Ref{Label: "A", Key: "l"}}, graph.Node{Ref: graph.Ref{Label: "A", Key: "kl"}})
	for _, x := range nodes {
		b := m.nodeSaying(x)
		for _, y := range nodes {
			if got, want := m.saysNode(b, y), bytes.Equal(b, m.nodeSaying(y)); got != want {
				t.Fatalf("%v says %v: %v, want %v", x, y, got, want)
			}
		}
	}
	for _, x := range props[:len(props)-1] { // the last gives nothing to say
		b := m.relSaying(x)
		for _, y := range props {
			if got, want := m.saysRel(b, y), bytes.Equal(b, m.relSaying(y)); got != want {
				t.Fatalf("%v says %v: %v, want %v", x, y, got, want)
			}
		}
	}
}

// A name that the file does not have yet is nothing that was said.
func TestSaysUnknownNames(t *testing.T) {
	m := newMemory()
	m.labels.id("A")
	m.keys.id("A")
	x := graph.Node{Ref: graph.Ref{Label: "A", Key: "k"}, Labels: []string{"A"}, Props: graph.Props{"A": true}}
	b := m.nodeSaying(x)
	for _, y := range []graph.Node{
		{Ref: graph.Ref{Label: "New", Key: "k"}, Labels: x.Labels, Props: x.Props},
		{Ref: x.Ref, Labels: []string{"New"}, Props: x.Props},
		{Ref: x.Ref, Labels: x.Labels, Props: graph.Props{"New": true}},
	} {
		if m.saysNode(b, y) {
			t.Errorf("%v says %v", x, y)
		}
	}
	if !m.saysNode(b, x) {
		t.Errorf("%v does not say itself", x)
	}
}
