package trigram

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// maxTrigrams bounds a query. Each may cost a reader of an index one fetch, and a query that is longer
// excludes hardly more: 20 trigrams are what a literal of 22 bytes has.
const maxTrigrams = 256

// Trigram is three neighbouring bytes of folded text, the first in bits 16 to 23.
type Trigram uint32

// String returns the three bytes.
func (t Trigram) String() string { return string([]byte{byte(t >> 16), byte(t >> 8), byte(t)}) }

// Query says which trigrams folded text must have. The zero Query asks for none: any text satisfies it.
type Query struct {
	All   []Trigram // each of them
	OneOf [][]Query // and of each group at least one query, none of which is the zero Query
}

// Any reports whether q asks for nothing.
func (q Query) Any() bool { return len(q.All) == 0 && len(q.OneOf) == 0 }

// Satisfied reports whether text whose trigrams are those that has knows satisfies q.
func (q Query) Satisfied(has func(Trigram) bool) bool {
	for _, t := range q.All {
		if !has(t) {
			return false
		}
	}
	for _, group := range q.OneOf {
		if !slices.ContainsFunc(group, func(q Query) bool { return q.Satisfied(has) }) {
			return false
		}
	}
	return true
}

// Trigrams returns those that q asks about, each once, in ascending order.
func (q Query) Trigrams() []Trigram {
	all := q.append(nil)
	slices.Sort(all)
	return slices.Compact(all)
}

func (q Query) append(dst []Trigram) []Trigram {
	dst = append(dst, q.All...)
	for _, group := range q.OneOf {
		for _, q := range group {
			dst = q.append(dst)
		}
	}
	return dst
}

// size is the number of trigrams in q, repeated ones too.
func (q Query) size() int {
	n := len(q.All)
	for _, group := range q.OneOf {
		n += groupSize(group)
	}
	return n
}

func groupSize(group []Query) int {
	n := 0
	for _, q := range group {
		n += q.size()
	}
	return n
}

// String writes q as in the package comment; "any" asks for nothing. A byte that is no ASCII character
// shows as "\xe2".
func (q Query) String() string {
	if q.Any() {
		return "any"
	}
	var words []string
	for _, t := range q.All {
		words = append(words, readable(t))
	}
	for _, group := range q.OneOf {
		var either []string
		for _, q := range group {
			either = append(either, q.String())
		}
		words = append(words, "("+strings.Join(either, " | ")+")")
	}
	return strings.Join(words, " ")
}

func readable(t Trigram) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for _, c := range []byte(t.String()) {
		if c >= ' ' && c < utf8.RuneSelf-1 {
			b.WriteByte(c)
		} else {
			b.WriteString(`\x` + string([]byte{hex[c>>4], hex[c&15]}))
		}
	}
	return b.String()
}

// And returns a query that text satisfies if it satisfies all of queries. What is above the bound is
// left out: asking for less is safe.
func And(queries ...Query) Query {
	var and Query
	for _, q := range queries {
		and.All = appendNew(and.All, q.All)
	}
	room := maxTrigrams - len(and.All)
	for _, q := range queries {
		for _, group := range q.OneOf {
			if n := groupSize(group); n <= room {
				and.OneOf = append(and.OneOf, group)
				room -= n
			}
		}
	}
	return and
}

// appendNew appends those of more that all does not have, as far as the bound allows.
func appendNew(all, more []Trigram) []Trigram {
	if len(all) == 0 {
		return slices.Clone(more[:min(len(more), maxTrigrams)])
	}
	for _, t := range more {
		if len(all) == maxTrigrams {
			break
		}
		if !slices.Contains(all, t) {
			all = append(all, t)
		}
	}
	return all
}

// Or returns a query that text satisfies if it satisfies one of queries. Above the bound it is the zero
// Query: nothing can be left out of it. Or of no queries is the zero Query too.
func Or(queries ...Query) Query {
	var group []Query
	for _, q := range queries {
		switch {
		case q.Any():
			return Query{}
		case len(q.All) == 0 && len(q.OneOf) == 1:
			group = append(group, q.OneOf[0]...)
		default:
			group = append(group, q)
		}
	}
	switch {
	case len(group) == 0 || groupSize(group) > maxTrigrams:
		return Query{}
	case len(group) == 1:
		return group[0]
	}
	return Query{OneOf: [][]Query{group}}
}

// Literal returns what text must have that contains literal, byte by byte or without regard to case.
// Bytes of literal that are not valid UTF-8 promise nothing.
func Literal(literal []byte) Query {
	var pieces []Query
	for len(literal) > 0 {
		valid := validPrefix(literal)
		pieces = append(pieces, allOf(string(AppendFold(nil, literal[:valid]))))
		literal = literal[min(valid+1, len(literal)):]
	}
	return And(pieces...)
}

// validPrefix returns the length of the valid UTF-8 that text begins with. U+FFFD does not count: a
// byte that is not valid matches it.
func validPrefix(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError {
			return i
		}
		i += size
	}
	return len(text)
}

// allOf returns the query for text that contains folded.
func allOf(folded string) Query {
	var q Query
	for i := 0; i+3 <= len(folded) && len(q.All) < maxTrigrams; i++ {
		t := Trigram(folded[i])<<16 | Trigram(folded[i+1])<<8 | Trigram(folded[i+2])
		if !slices.Contains(q.All, t) {
			q.All = append(q.All, t)
		}
	}
	return q
}

// oneOf returns the query for text that contains one of the folded texts.
func oneOf(folded []string) Query {
	queries := make([]Query, len(folded))
	for i, text := range folded {
		queries[i] = allOf(text)
	}
	return Or(queries...)
}
