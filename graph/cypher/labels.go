package cypher

import (
	"slices"
	"strconv"
)

// labelExpr is a condition on the labels of a node or the type of a relationship.
type labelExpr interface {
	// holds reports whether labels fulfil it.
	holds(labels []string) bool
	// required returns labels without which it cannot hold, maybe not all of them.
	required() []string
	String() string
}

type (
	labelName string
	labelAnd  struct{ left, right labelExpr }
	labelOr   struct{ left, right labelExpr }
	labelNot  struct{ of labelExpr }
	labelAny  struct{} // %
)

func (n labelName) holds(labels []string) bool { return slices.Contains(labels, string(n)) }
func (e labelAnd) holds(labels []string) bool  { return e.left.holds(labels) && e.right.holds(labels) }
func (e labelOr) holds(labels []string) bool   { return e.left.holds(labels) || e.right.holds(labels) }
func (e labelNot) holds(labels []string) bool  { return !e.of.holds(labels) }
func (labelAny) holds(labels []string) bool    { return len(labels) > 0 }

func (n labelName) required() []string { return []string{string(n)} }
func (e labelAnd) required() []string  { return append(e.left.required(), e.right.required()...) }
func (labelOr) required() []string     { return nil }
func (labelNot) required() []string    { return nil }
func (labelAny) required() []string    { return nil }

func (n labelName) String() string { return strconv.Quote(string(n)) }
func (e labelAnd) String() string  { return "(" + e.left.String() + "&" + e.right.String() + ")" }
func (e labelOr) String() string   { return "(" + e.left.String() + "|" + e.right.String() + ")" }
func (e labelNot) String() string  { return "!" + e.of.String() }
func (labelAny) String() string    { return "%" }

// alternatives returns the names of which e is a choice (A, A|B), or false if it is anything else.
func alternatives(e labelExpr) ([]string, bool) {
	switch e := e.(type) {
	case labelName:
		return []string{string(e)}, true
	case labelOr:
		left, ok := alternatives(e.left)
		right, ok2 := alternatives(e.right)
		for _, name := range right {
			if !slices.Contains(left, name) {
				left = append(left, name)
			}
		}
		return left, ok && ok2
	}
	return nil, false
}
