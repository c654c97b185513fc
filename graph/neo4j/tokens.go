package neo4j

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher"
)

// token is a piece of a query with its place in the text.
type token struct {
	text      string
	from, end int
}

// tokens are the words, names, literals and signs of a query, without its comments.
type tokens []token

// tokenPattern takes what is left of a comment, a string or a quoted name without an end sign by sign.
var tokenPattern = regexp.MustCompile(`(?s)//[^\n]*|/\*.*?\*/|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|` +
	"(?:`[^`]*`)+" + `|[\pL_][\pL\pM\pN_]*|\S`)

func tokensOf(text string) (list tokens) {
	for _, at := range tokenPattern.FindAllStringIndex(text, -1) {
		if t := text[at[0]:at[1]]; !isComment(t) {
			list = append(list, token{t, at[0], at[1]})
		}
	}
	return list
}

func isComment(token string) bool {
	return strings.HasPrefix(token, "//") || strings.HasPrefix(token, "/*")
}

// is reports whether token i is one of words, whatever the case.
func (list tokens) is(i int, words ...string) bool {
	if i < 0 || i >= len(list) {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(list[i].text, w) {
			return true
		}
	}
	return false
}

// plain writes a query so that the server finds the same tokens in it as package cypher. A server of
// Neo4j 5 reads \u0027 as a quote before it looks for strings, names and comments, so that a text of ours
// could be a query of another kind there, LOAD CSV for one. Comments are left out, strings have the
// characters themselves; a quoted name with such an escape is refused.
func plain(text string) (string, error) {
	var wrong error
	out := tokenPattern.ReplaceAllStringFunc(text, func(t string) string {
		switch {
		case isComment(t):
			return " "
		case t[0] == '\'' || t[0] == '"':
			return escapePattern.ReplaceAllStringFunc(t, unescape)
		case t[0] == '`' && strings.Contains(t, `\u`):
			wrong = &cypher.Error{Kind: cypher.SyntaxError, Detail: "InvalidUnicodeLiteral", Msg: "the quoted name " + t + ` has the escape \u`}
		}
		return t
	})
	return out, wrong
}

var escapePattern = regexp.MustCompile(`(?s)\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)`)

// unescape returns the character of a \u or \U, and any other escape as it is.
func unescape(escape string) string {
	if escape[1] != 'u' && escape[1] != 'U' || len(escape) == 2 {
		return escape
	}
	n, err := strconv.ParseUint(escape[2:], 16, 32)
	if err != nil {
		return escape
	}
	if c := rune(n); strings.ContainsRune(`'"\`, c) {
		return `\` + string(c)
	}
	return string(rune(n))
}
