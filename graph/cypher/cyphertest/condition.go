package cyphertest

import (
	"fmt"
	"strings"
)

func (w *writer) where() string {
	p := w.sought
	w.sought = ""
	switch {
	case p != "" && w.chance(60):
		return " WHERE " + w.ofPath(p) + w.pick("", "", " AND "+w.ofPath(p), " AND "+w.condition(1))
	case w.chance(50):
		return ""
	}
	return " WHERE " + w.condition(2)
}

// ofPath is a condition on a shortest path, by which another may become the shortest.
func (w *writer) ofPath(p string) string {
	if w.chance(10) {
		return "(" + w.ofPath(p) + " OR " + w.condition(0) + ")"
	}
	each := w.pick("nodes", "relationships") + "(" + p + ")"
	x := w.name()
	text := w.pick(
		"length(%) > 1", "length(%) > 2", "length(%) <> 1", "size(nodes(%)) >= 3", "length(%) > "+w.number(), "nodes(%)[1].x = 1",
		"last(relationships(%)).x < 2", "all("+x+" IN nodes(%) WHERE "+x+".x >= 1)", "none("+x+" IN nodes(%) WHERE "+x+":B)",
		"any("+x+" IN nodes(%) WHERE "+x+":C)", "any("+x+" IN relationships(%) WHERE "+x+".x = 0)")
	if w.chance(30) {
		text = w.pick("all", "none", "NOT all", "any") + "(" + x + " IN " + each + " WHERE " + x + ".x " + w.pick("=", "<", ">=", "<>") + " " + w.number() + ")"
	}
	return strings.ReplaceAll(text, "%", p)
}

// ofHops is a condition on the relationships of a variable length.
func (w *writer) ofHops(list string) string {
	if w.chance(10) {
		return "(" + w.ofHops(list) + w.pick(" OR ", " AND ") + w.condition(0) + ")"
	}
	x := w.name()
	text := w.pick(
		x+".x "+w.pick("=", "<", ">=", "<>")+" "+w.number(), x+".x "+w.pick("<", ">=", "<>")+" 1", "type("+x+") <> 'U'", x+".nothing = 1",
		x+".x >= 1 OR startNode("+x+").x = 1", "EXISTS { MATCH (m:A) WHERE m.x = "+x+".x }", "size("+list+") < 3 OR "+x+".x = 0")
	return w.pick("all", "all", "all", "none", "none", "NOT all", "any") + "(" + x + " IN " + list + " WHERE " + text + ")"
}

func (w *writer) condition(depth int) string {
	if depth > 0 && w.chance(30) {
		return "(" + w.condition(depth-1) + w.pick(" AND ", " AND ", " OR ", " XOR ") + w.condition(depth-1) + ")"
	}
	if w.chance(10) {
		return "NOT (" + w.condition(0) + ")"
	}
	if depth > 0 && w.chance(15) {
		return w.truth(depth - 1)
	}
	if len(w.lists) > 0 && w.chance(30) {
		return w.ofHops(w.pick(w.lists...))
	}
	if len(w.nodes) == 0 || w.chance(20) {
		return w.number() + w.pick(" = ", " < ", " <> ", " >= ") + w.number()
	}
	n := w.pick(w.nodes...)
	switch w.rng.IntN(8) {
	case 0:
		return n + w.pick(":A", ":A|B", ":!C")
	case 1:
		return n + ".s " + w.pick("= 'a'", "IN ['a', 'b']", "STARTS WITH 'b'", "IS NULL", "IS NOT NULL", "=~ '[ab]'")
	case 2:
		return n + ".id IN [0, 1, " + w.number() + "]"
	case 3:
		return w.pick("", "NOT ") + "(" + n + ")" + w.arrow(w.pick("[]", "[:T]", "[:T*]", "[*0..2]")) + w.pick("()", "(:A)", "("+w.pick(w.nodes...)+")")
	case 4:
		return w.existence(n)
	case 5:
		return n + w.pick(" = ", " <> ") + w.pick(w.nodes...)
	case 6:
		return n + ".id " + w.pick("=", "<") + " " + w.number()
	}
	return n + ".x " + w.pick("=", "<", ">=", "<>") + " " + w.number()
}

func (w *writer) existence(n string) string {
	inner := &writer{rng: w.rng, next: w.next, nodes: []string{n}}
	text := "MATCH " + inner.patterns() + inner.where()
	w.next = inner.next
	return w.pick("EXISTS { "+text+" }", "COUNT { "+text+" } > 1", "size(COLLECT { "+text+" RETURN 1 }) < 2")
}

// number is an expression that is a number or null.
func (w *writer) number() string {
	switch {
	case len(w.nodes) > 0 && w.chance(40):
		return w.pick(w.nodes...) + w.pick(".x", ".id")
	case len(w.rels) > 0 && w.chance(40):
		return w.pick(w.rels...) + ".x"
	case len(w.lists) > 0 && w.chance(40):
		return "size(" + w.pick(w.lists...) + ")"
	case w.chance(10):
		return "null"
	}
	return w.pick("0", "1", "2", "1.0")
}

// value is an expression over what is in scope, of any kind, that is the same however rows are ordered.
func (w *writer) value() string {
	switch {
	case len(w.short) > 0 && w.chance(50):
		return "length(" + w.pick(w.short...) + ")"
	case len(w.paths) > 0 && w.chance(50):
		p := w.pick("length(%)", "[n IN nodes(%) | n.id]", "[r IN relationships(%) | r.w]", "[n IN nodes(%) WHERE n.x = 1]")
		return strings.ReplaceAll(p, "%", w.pick(w.paths...))
	case len(w.nodes) > 0 && w.chance(20):
		n := w.pick(w.nodes...)
		return fmt.Sprintf(w.pick("COUNT { (%s)-->() }", "size([(%s)-[:T]-(o) | o.id])", "labels(%s)", "%s {.x, .id}", "coalesce(%s.x, -1)"), n)
	case len(w.plain) > 0 && w.chance(30):
		return w.pick(w.plain...)
	}
	return w.number()
}
