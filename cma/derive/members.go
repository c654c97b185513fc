package derive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
	"strconv"
	"unicode/utf8"
)

// What documents have most of, processes and packages, is read by the functions below in one walk over the
// text: encoding/json walks four times and makes a map of every object. They take valid JSON only, which
// checkJSON sees to once a document.

// checkJSON says what is wrong with text that is no JSON.
func checkJSON(data []byte) error {
	if json.Valid(data) {
		return nil
	}
	return json.Unmarshal(data, new(json.RawMessage))
}

// members returns the members of an object with their values, in the order of the text and a name as often
// as it is there. null has none.
func members(data []byte) (iter.Seq2[[]byte, []byte], error) {
	all, err := elements(data, '{')
	return func(yield func(name, value []byte) bool) {
		var name []byte
		for element := range all {
			if name == nil {
				name, _ = bytesOf(element)
				continue
			}
			if !yield(name, element) {
				return
			}
			name = nil
		}
	}, err
}

// elements returns the elements of a list, which opens with "[", or by turns the names and values of an
// object, which opens with "{". null has none.
func elements(data []byte, open byte) (iter.Seq[[]byte], error) {
	data = bytes.TrimSpace(data)
	if isNull(data) {
		return func(func([]byte) bool) {}, nil
	}
	if data[0] != open {
		return nil, fmt.Errorf("%s is not %s", kindOf(data[0]), kindOf(open))
	}
	return func(yield func([]byte) bool) {
		for rest := data[1 : len(data)-1]; ; {
			rest = bytes.TrimLeft(rest, " \t\r\n,:")
			n := valueLen(rest)
			if n == 0 || !yield(rest[:n]) {
				return
			}
			rest = rest[n:]
		}
	}, nil
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

// valueLen is the length of the value that data begins with.
func valueLen(data []byte) int {
	depth := 0
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i += textLen(data[i:]) - 1
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case ' ', '\t', '\r', '\n', ',', ':':
			if depth == 0 {
				return i
			}
		}
	}
	return len(data)
}

// textLen is the length, with its quotes, of the string that data begins with.
func textLen(data []byte) int {
	i := 1
	for ; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// textOf reads a string; null is none.
func textOf(value []byte) (string, error) {
	text, err := bytesOf(value)
	return string(text), err
}

// bytesOf is textOf without a copy where value has no escapes.
func bytesOf(value []byte) ([]byte, error) {
	if value[0] == '"' && bytes.IndexByte(value, '\\') < 0 && utf8.Valid(value) {
		return value[1 : len(value)-1 : len(value)-1], nil
	}
	var text string
	err := json.Unmarshal(value, &text)
	return []byte(text), err
}

// textsOf reads a list of strings.
func textsOf(value []byte) (texts []string, err error) {
	all, err := elements(value, '[')
	if err != nil {
		return nil, err
	}
	for element := range all {
		text, err := textOf(element)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, nil
}

// intOf reads a whole number; null is nil.
func intOf(value []byte) (*int64, error) {
	if isNull(value) {
		return nil, nil
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	return &n, err
}

func isNull(value []byte) bool { return string(value) == "null" }
