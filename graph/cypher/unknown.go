package cypher

import (
	"fmt"
	"slices"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// wordKind is what a name can be of.
type wordKind int

const (
	aLabel wordKind = iota
	aType
	aKey
)

// unknown collects the names that a query asks for and nothing in the graph has. A nil one collects
// none.
type unknown struct{ words [3][]string }

// maxUnknown bounds the names of one kind that are collected: the first are those to correct.
const maxUnknown = 5

func (u *unknown) add(kind wordKind, name string) {
	if u != nil && len(u.words[kind]) < maxUnknown && !slices.Contains(u.words[kind], name) {
		u.words[kind] = append(u.words[kind], name)
	}
}

// notes says of each name that nothing has it, and which is the nearest that something has.
func (g names) notes() (notes []string) {
	about := func(kind wordKind, name, format string, known []string) {
		note := fmt.Sprintf(format, name)
		known = slices.DeleteFunc(slices.Clone(known), func(k string) bool { return slices.Contains(g.unknown.words[kind], k) })
		if nearest := spelling.Nearest(name, known); nearest != "" {
			note += fmt.Sprintf("; the nearest is %q", nearest)
		}
		notes = append(notes, note)
	}
	for _, name := range g.unknown.words[aLabel] {
		if id, ok := g.Reader.Type(name); !(ok && g.RelCount(id) > 0) { // x:NAME asks for either
			about(aLabel, name, "no node has the label %q", g.LabelNames())
		}
	}
	for _, name := range g.unknown.words[aType] {
		if id, ok := g.Reader.Label(name); !(ok && g.NodeCount(id) > 0) && !slices.Contains(g.unknown.words[aLabel], name) {
			about(aType, name, "no relationship has the type %q", g.TypeNames())
		}
	}
	for _, name := range g.unknown.words[aKey] {
		about(aKey, name, "nothing has the property %q", g.KeyNames())
	}
	return notes
}

// saysNothing reports whether a result has no rows, or one of counts and lists that found nothing.
func (r *Result) saysNothing() bool {
	if len(r.Rows) > 1 {
		return false
	}
	for _, row := range r.Rows {
		for _, v := range row {
			list, isList := v.([]any)
			if v != nil && v != int64(0) && !(isList && len(list) == 0) {
				return false
			}
		}
	}
	return true
}
