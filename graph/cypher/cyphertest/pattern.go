package cyphertest

import (
	"fmt"
	"slices"
	"strings"
)

func (w *writer) patterns() string {
	w.given = slices.Clone(w.rels)
	for _, l := range w.lists {
		w.given = append(w.given, l+"*")
	}
	w.sought = ""
	if w.chance(12) && len(w.nodes) > 0 {
		paths := []string{w.shortest()}
		if w.chance(30) {
			paths = slices.Insert(paths, w.rng.IntN(2), w.path())
		}
		return strings.Join(paths, ", ")
	}
	paths := []string{w.path()}
	if w.chance(30) {
		paths = append(paths, w.path())
	}
	return strings.Join(paths, ", ")
}

// shortest is a shortest path between a node in scope and another.
func (w *writer) shortest() string {
	from, to := w.pick(w.nodes...), w.pick("(:A)", "(:B)", "({x: 1})", "("+w.pick(w.nodes...)+")")
	p := w.name()
	w.short, w.sought = append(w.short, p), p
	return fmt.Sprintf("%s = %s((%s)%s%s)", p, w.pick("shortestPath", "allShortestPaths"), from, w.arrow(w.pick("[:T*]", "[*..3]", "[:T|U*0..4]", "[*..3 {x: 1}]")), to)
}

func (w *writer) path() string {
	name, hasName := "", w.chance(20)
	var path []string
	path = append(path, w.node())
	for range w.rng.IntN(3) {
		path = append(path, w.rel(), w.node())
	}
	if hasName {
		p := w.name()
		name = p + " = "
		w.paths = append(w.paths, p)
	}
	return name + strings.Join(path, "")
}

func (w *writer) node() string {
	if len(w.nodes) > 0 && w.chance(30) {
		return "(" + w.pick(w.nodes...) + w.pick("", "", ":A") + ")"
	}
	name := ""
	if w.chance(60) {
		name = w.name()
	}
	text := name + w.pick("", "", ":A", ":B", ":A&B", ":A|C", ":!B", ":%", ":None")
	switch {
	case w.chance(10):
		text += fmt.Sprintf(" {id: %d}", w.rng.IntN(9))
	case w.chance(10):
		text += " {x: " + w.number() + "}"
	case name != "" && w.chance(10):
		text += " WHERE " + name + ".x = " + w.number()
	}
	if name != "" {
		w.nodes = append(w.nodes, name)
	}
	return "(" + text + ")"
}

func (w *writer) rel() string {
	if len(w.given) > 0 && w.chance(15) {
		name := w.given[0]
		w.given = w.given[1:]
		return w.arrow("[" + name + w.pick("", "", " {x: 1}") + "]")
	}
	types := w.pick("", "", ":T", ":T|U", ":!T", ":None|T")
	name, hops := "", ""
	if w.chance(25) {
		hops = w.pick("*1..2", "*0..2", "*..3", "*2..3", "*2", "*0..0")
	}
	props := ""
	if w.chance(15) {
		props = " {x: " + w.number() + "}"
	}
	if w.chance(40) {
		name = w.name()
		if hops == "" {
			w.rels = append(w.rels, name)
		} else {
			w.lists = append(w.lists, name)
		}
	}
	return w.arrow("[" + name + types + hops + props + "]")
}

func (w *writer) arrow(rel string) string {
	switch w.rng.IntN(4) {
	case 0:
		return "<-" + rel + "-"
	case 1:
		return "-" + rel + "-"
	}
	return "-" + rel + "->"
}
