package cypher

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kinds of Error. The first five are openCypher's, the last two ours.
const (
	SyntaxError      = "SyntaxError"
	TypeError        = "TypeError"
	ArgumentError    = "ArgumentError"
	ArithmeticError  = "ArithmeticError"
	ParameterMissing = "ParameterMissing"
	LimitExceeded    = "LimitExceeded" // the query needs more than its Budget, or is too large
	Stopped          = "Stopped"       // the context ended; Unwrap gives its error
)

// ReadOnly is the Detail of the SyntaxError for a clause that would write.
const ReadOnly = "ReadOnly"

// Error is what is wrong with a query, or with the values it met.
type Error struct {
	Kind    string // SyntaxError, ...
	Detail  string // openCypher's name for the case: UndefinedVariable, ...
	Msg     string // one sentence
	Line    int    // from 1; 0 when the place is not known
	Column  int    // from 1, in runes
	Nearest string // the known name that an unknown one resembles most, or empty

	offset int // in bytes, until the text is at hand
	cause  error
}

// unplaced is the offset of an Error that knows no place.
const unplaced = -1

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Msg
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Msg)
}

// Unwrap returns the context's error when the query was stopped.
func (e *Error) Unwrap() error { return e.cause }

// newError makes an Error that knows no place yet.
func newError(kind, detail, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: detail, Msg: fmt.Sprintf(format, args...), offset: unplaced}
}

func typeErrorf(format string, args ...any) *Error {
	return newError(TypeError, "InvalidArgumentType", format, args...)
}

// at places an Error, unless a deeper expression has done so.
func (e *Error) at(offset int) *Error {
	if e.offset == unplaced {
		e.offset = offset
	}
	return e
}

// in turns the offset into line and column of the text.
func (e *Error) in(text string) *Error {
	if e.offset < 0 {
		return e
	}
	before := text[:min(e.offset, len(text))]
	e.Line = 1 + strings.Count(before, "\n")
	e.Column = 1 + utf8.RuneCountInString(before[strings.LastIndexByte(before, '\n')+1:])
	return e
}

// fail stops parsing or checking with a SyntaxError at an offset of the text.
func fail(offset int, detail, format string, args ...any) {
	panic(newError(SyntaxError, detail, format, args...).at(offset))
}

// catch, deferred, returns an Error of this package that was thrown as a panic. Panics are how deep
// recursion is left and never cross Parse or Run; those that are not an *Error are bugs and go on.
func catch(text string, err *error) {
	switch thrown := recover().(type) {
	case nil:
	case *Error:
		*err = thrown.in(text)
	default:
		panic(thrown)
	}
}
