package neo4j

import (
	"maps"
	"slices"
	"strings"
)

// hide writes into a query that the store's own nodes are not meant: MATCH (n) becomes
// MATCH (n:!`assim.own`). They hang on nothing, so that it is enough to say it of the first node of
// each path, and only where labels leave it open.
//
// The text has passed package cypher, or else beyond, so hide need not understand it all: words, brackets
// and what is no text at all, strings and comments. It misses paths in expressions outside EXISTS, COUNT and
// COLLECT; such a path meets a node that hangs on nothing only if it may have no step.
func hide(text string) string {
	h := hiding{tokens: tokensOf(text), inserts: map[int]string{}}
	for i := range h.tokens {
		switch {
		case h.is(i, "MATCH") && !h.is(i-1, ".") && !h.is(i-1, ":"):
			h.paths(i + 1)
		case h.is(i, "{") && (h.is(i-1, "EXISTS") || h.is(i-1, "COUNT")):
			h.paths(i + 1)
		}
	}
	var out strings.Builder
	from := 0
	for _, at := range slices.Sorted(maps.Keys(h.inserts)) {
		out.WriteString(text[from:at] + h.inserts[at])
		from = at
	}
	return out.String() + text[from:]
}

const hidden = "!" + ownQuoted

type hiding struct {
	tokens
	inserts map[int]string // by the place in the text
}

// paths goes through a list of paths that may begin at token i.
func (h *hiding) paths(i int) {
	for {
		for h.is(i, "=") || h.is(i+1, "=") || h.is(i, selectors...) || h.isNumber(i) { // p = ...
			i++
		}
		if h.is(i, "shortestPath", "allShortestPaths") {
			i += 2
		}
		if !h.is(i, "(") {
			return
		}
		first := i
		for h.is(first+1, "(") {
			first++ // a path in brackets
		}
		h.node(first)
		for h.is(i, "(", "[", "{", ")", "-", "<", ">", "+", "*") {
			i = h.after(i)
		}
		if !h.is(i, ",") {
			return
		}
		i++
	}
}

// selectors say how many of the paths that match are wanted. Package cypher has none: see beyond.
var selectors = []string{
	"ALL", "ANY", "SHORTEST", "PATH", "PATHS", "GROUP", "GROUPS", "DIFFERENT", "REPEATABLE", "RELATIONSHIP", "RELATIONSHIPS", "ELEMENT", "ELEMENTS",
}

func (h *hiding) isNumber(i int) bool {
	return i < len(h.tokens) && '0' <= h.tokens[i].text[0] && h.tokens[i].text[0] <= '9'
}

// after returns the token behind the one at i, or behind its brackets.
func (h *hiding) after(i int) int {
	depth := 0
	for ; i < len(h.tokens); i++ {
		switch {
		case h.is(i, "(", "[", "{"):
			depth++
		case h.is(i, ")", "]", "}"):
			depth--
		}
		if depth <= 0 {
			break
		}
	}
	return i + 1
}

// node excludes the store's own from the node pattern whose bracket opens at token i.
func (h *hiding) node(i int) {
	if !h.is(i+1, ":", "{", ")", "WHERE") {
		i++ // its name
	}
	if !h.is(i+1, ":", "IS") {
		h.inserts[h.tokens[i].end] = ":" + hidden
		return
	}
	denies, depth := false, 0 // to lack a label is what the store's own nodes do as well
	for i++; i+1 < len(h.tokens) && (depth > 0 || !h.is(i+1, ")", "{", "WHERE")); i++ {
		switch {
		case h.is(i+1, "("):
			depth++
		case h.is(i+1, ")"):
			depth--
		case h.is(i+1, "!", "%"):
			denies = true
		}
	}
	if denies {
		h.inserts[h.tokens[i].end] = "&" + hidden
	}
}
