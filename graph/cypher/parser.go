package cypher

import (
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// parser is a recursive descent over the tokens of a query. It leaves by panic, see catch.
type parser struct {
	src    string
	tokens []token
	next   int // the current token
	depth  int // see deeper
	// tried remembers, by first token, what stood where a pattern was tried. An expression in
	// brackets is read as a pattern first if it looks like one; without the memory, brackets in
	// brackets would be read once more at every level.
	tried map[int]attempt
	// sure is behind the last relationship pattern with brackets, -[...], that was read: no expression
	// looks like one, so that an error after it is an error in a pattern.
	sure int
}

type attempt struct {
	path *pathPattern // nil: no pattern stands there
	next int
}

func newParser(src string) *parser {
	return &parser{src: src, tokens: lex(src), tried: map[int]attempt{}}
}

// peek returns the token n after the current one, or the end.
func (p *parser) peek(n int) *token {
	return &p.tokens[min(p.next+n, len(p.tokens)-1)]
}

// fail stops parsing with an error at the current token.
func (p *parser) fail(format string, args ...any) {
	fail(p.peek(0).pos, "UnexpectedSyntax", format, args...)
}

// expected says what should stand here instead of the current token.
func (p *parser) expected(what string) {
	p.fail("expected %s, found %s", what, p.found())
}

// expectedClause is expected where a clause must begin: a word there is perhaps a misspelt one.
func (p *parser) expectedClause(what string) {
	t := p.peek(0)
	e := newError(SyntaxError, "UnexpectedSyntax", "expected %s, found %s", what, p.found()).at(t.pos)
	e.Nearest = spelling.Nearest(p.src[t.pos:t.end], []string{"MATCH", "OPTIONAL", "UNWIND", "WITH", "WHERE", "CALL", "RETURN", "UNION"})
	panic(e)
}

// maxFoundBytes bounds how much of the text an error repeats.
const maxFoundBytes = 40

func (p *parser) found() string {
	t := p.peek(0)
	if t.kind == tokenEnd {
		return "the end of the query"
	}
	text := p.src[t.pos:t.end]
	if len(text) > maxFoundBytes {
		text = strings.ToValidUTF8(text[:maxFoundBytes], "") + "..."
	}
	return strconv.Quote(text)
}

// deeper counts a level of nesting, or an operator in a row of them: both deepen the tree. It returns
// the depth before, for leave.
func (p *parser) deeper() (before int) {
	if p.depth == maxDepth {
		fail(p.peek(0).pos, "TooDeep", "more than %d brackets within each other and operators in a row", maxDepth)
	}
	p.depth++
	return p.depth - 1
}

// leave goes back to a depth. Operators in a row are left with the level around them.
func (p *parser) leave(depth int) { p.depth = depth }

// isWord reports whether the token n ahead is the keyword, in any case.
func (p *parser) isWord(n int, keyword string) bool {
	t := p.peek(n)
	return t.kind == tokenWord && len(t.text) == len(keyword) && strings.EqualFold(t.text, keyword)
}

// isAnyWord reports whether the current token is one of the keywords.
func (p *parser) isAnyWord(keywords ...string) bool {
	return slices.ContainsFunc(keywords, func(k string) bool { return p.isWord(0, k) })
}

// word reads keywords in a row if all of them stand here.
func (p *parser) word(keywords ...string) bool {
	for i, k := range keywords {
		if !p.isWord(i, k) {
			return false
		}
	}
	p.next += len(keywords)
	return true
}

func (p *parser) needWord(keyword string) {
	if !p.word(keyword) {
		p.expected(keyword)
	}
}

// isOp reports whether the tokens from n ahead on are the operators.
func (p *parser) isOp(n int, ops ...string) bool {
	for i, op := range ops {
		if t := p.peek(n + i); t.kind != tokenOp || t.text != op {
			return false
		}
	}
	return true
}

// op reads an operator if it stands here.
func (p *parser) op(op string) bool {
	if !p.isOp(0, op) {
		return false
	}
	p.next++
	return true
}

func (p *parser) needOp(op string) {
	if !p.op(op) {
		p.expected(strconv.Quote(op))
	}
}

// isName reports whether a name stands n ahead. Keywords can be names.
func (p *parser) isName(n int) bool {
	k := p.peek(n).kind
	return k == tokenWord || k == tokenQuotedName
}

func (p *parser) name() string {
	if !p.isName(0) {
		p.expected("a name")
	}
	p.next++
	return p.tokens[p.next-1].text
}

// here is the position of the current token.
func (p *parser) here() pos { return pos(p.peek(0).pos) }

// since returns the text from start up to the current token, without the white space before it.
func (p *parser) since(start pos) string {
	return p.src[start:p.tokens[p.next-1].end]
}

// end expects the end of the query.
func (p *parser) end() {
	p.op(";")
	if p.peek(0).kind != tokenEnd {
		p.refuseWrites()
		p.expected("the end of the query")
	}
}

// params returns the names of all parameters in the text, sorted.
func (p *parser) params() (names []string) {
	for _, t := range p.tokens {
		if t.kind == tokenParam {
			names = append(names, t.text)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// operators yields the operators from the bracket here up to the one that closes it: how far ahead
// each stands and within how many brackets, of which the last is in none.
func (p *parser) operators() iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		depth := 0
		for n, t := range p.tokens[p.next:] {
			if t.kind != tokenOp {
				continue
			}
			switch t.text {
			case "(", "[", "{":
				depth++
			case ")", "]", "}":
				depth--
			}
			if !yield(n, depth) || depth == 0 {
				return
			}
		}
	}
}

// writeKeywords begin the clauses and commands that change a graph or its schema.
var writeKeywords = strings.Fields("CREATE MERGE SET DELETE DETACH NODETACH REMOVE FOREACH DROP LOAD ALTER GRANT DENY REVOKE INSERT RENAME START STOP TERMINATE")

// refuseWrites fails if a clause stands here that would write.
func (p *parser) refuseWrites() {
	t := p.peek(0)
	keyword := strings.ToUpper(t.text)
	if t.kind != tokenWord || !slices.Contains(writeKeywords, keyword) {
		return
	}
	if keyword == "LOAD" && p.isWord(1, "CSV") {
		keyword = "LOAD CSV"
	}
	fail(t.pos, ReadOnly, "%s is not allowed here: the graph is written by the CMA only; queries are read-only", keyword)
}
