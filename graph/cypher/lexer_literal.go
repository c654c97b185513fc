package cypher

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// string reads a string in either kind of quotes.
func (l *lexer) string(pos int) int {
	quote := l.src[pos]
	var b strings.Builder
	for i := pos + 1; i < len(l.src); {
		switch l.src[i] {
		case quote:
			return l.add(tokenString, b.String(), pos, i+1)
		case '\\':
			i = l.escape(i, &b)
		default:
			b.WriteByte(l.src[i])
			i++
		}
	}
	fail(pos, "UnexpectedSyntax", "the string is not closed")
	return 0
}

// escape decodes what begins with the backslash at pos and returns where it ends.
func (l *lexer) escape(pos int, b *strings.Builder) int {
	if pos+1 == len(l.src) {
		return pos + 1 // the string is not closed, as its reader will find
	}
	switch c := l.src[pos+1]; c {
	case 'n':
		b.WriteByte('\n')
	case 't':
		b.WriteByte('\t')
	case 'r':
		b.WriteByte('\r')
	case 'b':
		b.WriteByte('\b')
	case 'f':
		b.WriteByte('\f')
	case '\\', '\'', '"', '`':
		b.WriteByte(c)
	case 'u':
		return l.codePoint(pos, 4, b)
	case 'U':
		return l.codePoint(pos, 8, b)
	default:
		r, _ := utf8.DecodeRuneInString(l.src[pos+1:])
		fail(pos, "UnexpectedSyntax", `the escape \%c is not known`, r)
	}
	return pos + 2
}

// codePoint decodes \u or \U with its hexadecimal digits.
func (l *lexer) codePoint(pos, digits int, b *strings.Builder) int {
	end := pos + 2 + digits
	n, err := strconv.ParseUint(l.src[min(pos+2, len(l.src)):min(end, len(l.src))], 16, 32)
	if err != nil || end > len(l.src) || !utf8.ValidRune(rune(n)) {
		fail(pos, "InvalidUnicodeLiteral", `\%c needs %d hexadecimal digits of a character`, l.src[pos+1], digits)
	}
	b.WriteRune(rune(n))
	return end
}

// startsFraction reports whether the point at pos begins a number such as .5: a digit follows, and
// what stands directly before is no operand, whose property or whose upper bound it would be.
func (l *lexer) startsFraction(pos int) bool {
	if pos+1 == len(l.src) || !isDigit(l.src[pos+1]) {
		return false
	}
	if len(l.tokens) == 0 {
		return true
	}
	last := l.tokens[len(l.tokens)-1]
	if last.end < pos {
		return true
	}
	return last.kind == tokenOp && last.text != ".." && last.text != ")" && last.text != "]"
}

// number reads an integer (decimal, 0x, 0o, with _ between digits) or a float.
func (l *lexer) number(pos int) int {
	if lower := strings.ToLower(l.src[pos:min(pos+2, len(l.src))]); lower == "0x" || lower == "0o" {
		end := l.nameEnd(pos) // letters that are no digits make it invalid when it is parsed
		return l.add(tokenInteger, l.src[pos:end], pos, end)
	}
	kind := tokenInteger
	end := l.digits(pos)
	if fraction := l.digits(end + 1); l.is(end, ".") && fraction > end+1 && isDigit(l.src[end+1]) {
		kind, end = tokenFloat, fraction
	}
	if l.is(end, "eE") {
		from := end + 1
		if l.is(from, "+-") {
			from++
		}
		if exponent := l.digits(from); exponent > from {
			kind, end = tokenFloat, exponent
		}
	}
	if r, _ := utf8.DecodeRuneInString(l.src[end:]); isNameStart(r) {
		fail(pos, "InvalidNumberLiteral", "%q is not a number", l.src[pos:l.nameEnd(end)])
	}
	return l.add(kind, l.src[pos:end], pos, end)
}

// is reports whether the byte at pos is one of those in set.
func (l *lexer) is(pos int, set string) bool {
	return pos < len(l.src) && strings.IndexByte(set, l.src[pos]) >= 0
}

// digits returns where the digits from pos on end.
func (l *lexer) digits(pos int) int {
	for l.is(pos, "0123456789_") {
		pos++
	}
	return pos
}
