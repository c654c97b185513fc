package cypher

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// textFunctions take strings.
var textFunctions = []function{
	ofOne("toUpper", "a string", func(_ *session, t string) any { return strings.ToUpper(t) }),
	ofOne("toLower", "a string", func(_ *session, t string) any { return strings.ToLower(t) }),
	ofOne("upper", "a string", func(_ *session, t string) any { return strings.ToUpper(t) }),
	ofOne("lower", "a string", func(_ *session, t string) any { return strings.ToLower(t) }),
	ofOne("trim", "a string", func(_ *session, t string) any { return strings.TrimSpace(t) }),
	ofOne("lTrim", "a string", func(_ *session, t string) any { return strings.TrimLeftFunc(t, unicode.IsSpace) }),
	ofOne("rTrim", "a string", func(_ *session, t string) any { return strings.TrimRightFunc(t, unicode.IsSpace) }),
	ofOne("char_length", "a string", characters),
	ofOne("character_length", "a string", characters),
	{name: "split", min: 2, max: 2, call: split},
	{name: "replace", min: 3, max: 3, call: replace},
	{name: "substring", min: 2, max: 3, call: substring},
	{name: "left", min: 2, max: 2, call: func(_ *session, a []any) (any, error) {
		t, n, err := textAndCount("left", a)
		if err != nil {
			return nil, err
		}
		return cut(t, 0, n), nil
	}},
	{name: "right", min: 2, max: 2, call: func(_ *session, a []any) (any, error) {
		t, n, err := textAndCount("right", a)
		if err != nil {
			return nil, err
		}
		have := int64(len([]rune(t)))
		return cut(t, max(0, have-n), have), nil
	}},
}

func characters(_ *session, t string) any { return int64(utf8.RuneCountInString(t)) }

// textAndCount takes the arguments of left, right and substring: a string, and a number of characters.
func textAndCount(name string, args []any) (string, int64, error) {
	t, err := textArg(name, args[0])
	if err != nil {
		return "", 0, err
	}
	n, err := integerArg(name, args[1])
	if err == nil && n < 0 {
		err = newError(ArgumentError, "NumberOutOfRange", "%s needs a number that is not negative, not %d", name, n)
	}
	return t, n, err
}

// cut returns the characters of t from one up to, and without, another, as far as there are such.
func cut(t string, from, to int64) string {
	runes := []rune(t)
	have := int64(len(runes))
	return string(runes[min(from, have):min(to, have)])
}

func substring(_ *session, args []any) (any, error) {
	t, from, err := textAndCount("substring", args)
	if err != nil {
		return nil, err
	}
	length := int64(len(t)) // in bytes, so not less than in characters
	if len(args) == 3 {
		if _, length, err = textAndCount("substring", []any{t, args[2]}); err != nil {
			return nil, err
		}
	}
	from = min(from, int64(len(t))) // or the sum could overflow
	length = min(length, int64(len(t)))
	return cut(t, from, from+length), nil
}

func split(_ *session, args []any) (any, error) {
	t, err := textArg("split", args[0])
	if err != nil {
		return nil, err
	}
	separator, err := textArg("split", args[1])
	if err != nil {
		return nil, err
	}
	return boxed(strings.Split(t, separator)), nil
}

// replace pays for its result before it makes it: it can be much longer than what it is made from.
func replace(s *session, args []any) (any, error) {
	var texts [3]string
	for i := range texts {
		t, err := textArg("replace", args[i])
		if err != nil {
			return nil, err
		}
		texts[i] = t
	}
	s.spend(strings.Count(texts[0], texts[1]) * (1 + len(texts[2])/16))
	return strings.ReplaceAll(texts[0], texts[1], texts[2]), nil
}
