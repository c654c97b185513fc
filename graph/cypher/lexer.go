package cypher

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenQuotedName // `...`, never a keyword
	tokenInteger
	tokenFloat
	tokenString
	tokenParam // $name
	tokenOp
)

// token is a piece of the text. Keywords are words: whether one is meant shows where it stands.
type token struct {
	kind     tokenKind
	text     string // decoded for strings and quoted names, without $ for parameters
	pos, end int    // in bytes
}

// lexer cuts a text into tokens.
type lexer struct {
	src    string
	tokens []token
}

// lex returns the tokens of a text, the last of which is a tokenEnd.
func lex(src string) []token {
	l := &lexer{src: src, tokens: make([]token, 0, len(src)/2+2)}
	for pos := 0; pos < len(src); {
		pos = l.next(pos)
	}
	l.add(tokenEnd, "", len(src), len(src))
	return l.tokens
}

// next reads one token, comment or stretch of white space at pos and returns where it ends.
func (l *lexer) next(pos int) int {
	c := l.src[pos]
	r, width := utf8.DecodeRuneInString(l.src[pos:])
	switch {
	case isSpace(r):
		return pos + width
	case strings.HasPrefix(l.src[pos:], "//"):
		return l.lineComment(pos)
	case strings.HasPrefix(l.src[pos:], "/*"):
		return l.blockComment(pos)
	case isNameStart(r):
		end := l.nameEnd(pos)
		return l.add(tokenWord, l.src[pos:end], pos, end)
	case c == '`':
		name, end := l.quotedName(pos)
		return l.add(tokenQuotedName, name, pos, end)
	case c == '\'' || c == '"':
		return l.string(pos)
	case isDigit(c) || c == '.' && l.startsFraction(pos):
		return l.number(pos)
	case c == '$':
		return l.param(pos)
	}
	return l.operator(pos)
}

// add appends a token and returns its end.
func (l *lexer) add(kind tokenKind, text string, pos, end int) int {
	l.tokens = append(l.tokens, token{kind, text, pos, end})
	return end
}

func (l *lexer) lineComment(pos int) int {
	if n := strings.IndexByte(l.src[pos:], '\n'); n >= 0 {
		return pos + n
	}
	return len(l.src)
}

func (l *lexer) blockComment(pos int) int {
	n := strings.Index(l.src[pos+2:], "*/")
	if n < 0 {
		fail(pos, "UnexpectedSyntax", "the comment is not closed")
	}
	return pos + 2 + n + 2
}

func (l *lexer) nameEnd(pos int) int {
	for i, r := range l.src[pos:] {
		if !isNamePart(r) {
			return pos + i
		}
	}
	return len(l.src)
}

// quotedName decodes `name`, in which a double backquote stands for one backquote.
func (l *lexer) quotedName(pos int) (name string, end int) {
	var b strings.Builder
	for i := pos + 1; i < len(l.src); i++ {
		if l.src[i] != '`' {
			b.WriteByte(l.src[i])
			continue
		}
		if !strings.HasPrefix(l.src[i:], "``") {
			return b.String(), i + 1
		}
		b.WriteByte('`')
		i++
	}
	fail(pos, "UnexpectedSyntax", "the quoted name is not closed")
	return "", 0
}

func (l *lexer) param(pos int) int {
	if strings.HasPrefix(l.src[pos+1:], "`") {
		name, end := l.quotedName(pos + 1)
		return l.add(tokenParam, name, pos, end)
	}
	end := l.nameEnd(pos + 1)
	if end == pos+1 {
		fail(pos, "UnexpectedSyntax", "a parameter needs a name after $")
	}
	return l.add(tokenParam, l.src[pos+1:end], pos, end)
}

func (l *lexer) operator(pos int) int {
	if end := pos + 2; end <= len(l.src) {
		switch op := l.src[pos:end]; op {
		case "<=", ">=", "<>", "=~", "..", "||":
			return l.add(tokenOp, op, pos, end)
		}
	}
	r, width := utf8.DecodeRuneInString(l.src[pos:])
	if !strings.ContainsRune("()[]{}<>=+-*/%^,:;.|!&", r) {
		fail(pos, "InvalidUnicodeCharacter", "the character %q means nothing here", r)
	}
	return l.add(tokenOp, l.src[pos:pos+width], pos, pos+width)
}

// isSpace adds to Unicode's white space the separators that openCypher knows.
func isSpace(r rune) bool {
	return unicode.IsSpace(r) || r == 0x180e || r >= 0x1c && r <= 0x1f
}

func isNameStart(r rune) bool { return r == '_' || unicode.IsLetter(r) }

func isNamePart(r rune) bool {
	return isNameStart(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
