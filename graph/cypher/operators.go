package cypher

import (
	"regexp"
	"strings"
)

// comparison is one of = <> < > <= >=.
func comparison(op string, a, b any) any {
	switch op {
	case "=":
		return equal(a, b)
	case "<>":
		if same, ok := equal(a, b).(bool); ok {
			return !same
		}
		return nil
	}
	sign, known := compare(a, b)
	if known != ordered {
		if known == unordered {
			return false
		}
		return nil
	}
	switch op {
	case "<":
		return sign < 0
	case ">":
		return sign > 0
	case "<=":
		return sign <= 0
	}
	return sign >= 0
}

// in is "a IN list": unknown if a equals no element but might equal one.
func in(a, b any) (any, error) {
	if b == nil {
		return nil, nil
	}
	l, ok := b.([]any)
	if !ok {
		return nil, typeErrorf("IN needs a list, not %s", describe(b))
	}
	var result any = false
	for _, v := range l {
		switch equal(a, v) {
		case true:
			return true, nil
		case nil:
			result = nil
		}
	}
	return result, nil
}

// textTest is STARTS WITH, ENDS WITH or CONTAINS: unknown unless both are strings.
func textTest(op string, a, b any) any {
	s, ok := a.(string)
	t, ok2 := b.(string)
	if !ok || !ok2 {
		return nil
	}
	switch op {
	case "STARTS WITH":
		return strings.HasPrefix(s, t)
	case "ENDS WITH":
		return strings.HasSuffix(s, t)
	}
	return strings.Contains(s, t)
}

// maxRegexps bounds the regular expressions that a run keeps compiled. Most queries have one; one
// that makes them from data would have as many as it has rows.
const maxRegexps = 64

// matches is "text =~ expression", where the expression must match all of the text.
func (s *session) matches(a, b any) (any, error) {
	text, ok := a.(string)
	source, ok2 := b.(string)
	if !ok || !ok2 {
		return nil, nil
	}
	re := s.regexps[source]
	if re == nil {
		var err error
		if re, err = regexp.Compile(`^(?:` + source + `)$`); err != nil {
			return nil, newError(SyntaxError, "InvalidRegularExpression", "%q is not a regular expression of RE2", source)
		}
		if s.regexps == nil || len(s.regexps) == maxRegexps {
			s.regexps = map[string]*regexp.Regexp{}
		}
		s.regexps[source] = re
	}
	return re.MatchString(text), nil
}

// plus is "+": lists and elements are joined, strings and what stands beside them too, numbers added.
func plus(a, b any) (any, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	left, isList := a.([]any)
	right, isList2 := b.([]any)
	switch {
	case isList && isList2:
		return append(left[:len(left):len(left)], right...), nil
	case isList:
		return append(left[:len(left):len(left)], b), nil
	case isList2:
		return append([]any{a}, right...), nil
	}
	_, isText := a.(string)
	_, isText2 := b.(string)
	if (isText || isText2) && !isTemporal(a) && !isTemporal(b) {
		s, ok := toText(a)
		t, ok2 := toText(b)
		if ok && ok2 {
			return s.(string) + t.(string), nil
		}
	}
	return calculate("+", a, b)
}

// calculate is an arithmetic operator.
func calculate(op string, a, b any) (any, error) {
	if a == nil || b == nil {
		return nil, nil
	}
	if !isNumber(a) || !isNumber(b) {
		if v, ok, err := temporalArithmetic(op, a, b); ok {
			return v, err
		}
		return nil, typeErrorf("%s and %s cannot be calculated with %s", describe(a), describe(b), op)
	}
	return arithmetic(op, a, b)
}
