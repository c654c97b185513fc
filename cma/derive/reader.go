package derive

import (
	"encoding/json"
	"fmt"
	"iter"
	"unicode/utf8"
)

// reader reads JSON once, from front to back. It is for what documents have most of, processes and packages:
// encoding/json walks over these several times and makes a map of every object, which would be a third of
// all that deriving costs.
//
//	r := newReader(data)
//	for name := range r.members() {
//		switch name {
//		case "exe":
//			exe = r.text()
//		}
//	}
//	return r.end()
//
// It takes what encoding/json takes, and refuses what that refuses. The first error stays until end returns
// it, and what is read after it is empty. Texts are parts of one copy of the data.
type reader struct {
	json string
	at   int // where the next value begins, or white space before it
	err  error
}

func newReader(data []byte) *reader { return &reader{json: string(data)} }

// fail notes what is wrong with a value that was read, if anything is.
func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// end returns the first error. That anything follows the value is one.
func (r *reader) end() error {
	if r.peek(); r.at < len(r.json) {
		r.failSyntax()
	}
	return r.err
}

func (r *reader) failSyntax() { r.fail(fmt.Errorf("byte %d: not JSON", r.at)) }

// members reads an object; null has no members. It yields their names in the order of the text, one as often
// as it is there, with the reader at the value; one that is not read then is passed over. An error in a value
// gets the name before it.
func (r *reader) members() iter.Seq[string] {
	return func(yield func(name string) bool) {
		if !r.opens('{') {
			return
		}
		for n := 0; r.next(n, '}'); n++ {
			name, value := r.name(), r.at
			if r.err != nil || !yield(name) {
				return
			}
			if r.at == value {
				r.decode(new(json.RawMessage))
			}
			if r.err != nil {
				r.err = fmt.Errorf("%q: %w", name, r.err)
			}
		}
	}
}

// name reads the name of a member and the colon behind it.
func (r *reader) name() string {
	if r.peek() != '"' {
		r.failSyntax()
	}
	name := r.text()
	if r.peek() != ':' {
		r.failSyntax()
		return ""
	}
	r.at++
	return name
}

// texts reads a list of strings; null has none.
func (r *reader) texts() (all []string) {
	if r.opens('[') {
		for r.next(len(all), ']') {
			all = append(all, r.text())
		}
	}
	return all
}

// text reads a string; null is none.
func (r *reader) text() string {
	r.peek()
	if n := plainLen(r.json[r.at:]); n > 0 && r.err == nil {
		text := r.json[r.at+1 : r.at+n-1]
		r.at += n
		return text
	}
	var text string
	r.decode(&text)
	return text
}

// plainLen is the length, with its quotes, of the string that text begins with; 0 if there is none, or one
// that does not mean what stands there: it has escapes, or may not be UTF-8.
func plainLen(text string) int {
	if text == "" || text[0] != '"' {
		return 0
	}
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			return i + 1
		case c < ' ' || c == '\\' || c >= utf8.RuneSelf:
			return 0
		}
	}
	return 0
}

// decode reads any value as encoding/json does.
func (r *reader) decode(into any) {
	if r.err == nil {
		r.fail(json.Unmarshal([]byte(r.value()), into))
	}
}

// opens steps into an object or list, which begins with open; false is null, or none of them.
func (r *reader) opens(open byte) bool {
	switch c := r.peek(); {
	case r.err != nil:
	case c == open:
		r.at++
		return true
	case r.value() != "null":
		r.fail(fmt.Errorf("%s is not %s", kindOf(c), kindOf(open)))
	}
	return false
}

// next steps to what follows the n that were read of an object or list; false is its end.
func (r *reader) next(n int, closing byte) bool {
	switch c := r.peek(); {
	case r.err != nil:
		return false
	case c == closing:
		r.at++
		return false
	case n == 0:
		return true
	case c == ',':
		r.at++
		return true
	}
	r.failSyntax()
	return false
}

// peek returns what the next value begins with, 0 at the end.
func (r *reader) peek() byte {
	for ; r.at < len(r.json); r.at++ {
		switch c := r.json[r.at]; c {
		case ' ', '\t', '\r', '\n':
		default:
			return c
		}
	}
	return 0
}

// value returns the text of the next value, whatever it is; decode looks whether it is one.
func (r *reader) value() string {
	r.peek()
	value := r.json[r.at:]
	value = value[:valueLen(value)]
	r.at += len(value)
	return value
}

// valueLen is the length of the value that text begins with: it ends before what follows one in an object
// or list. Whether it is one value is not looked at.
func valueLen(text string) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			i += stringLen(text[i:]) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ' ', '\t', '\r', '\n', ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}

// stringLen is the length, with its quotes, of the string that text begins with.
func stringLen(text string) int {
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return len(text)
}

// kindOf says what a value is that begins with c.
func kindOf(c byte) string {
	switch c {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a string"
	}
	return "a number or boolean"
}
