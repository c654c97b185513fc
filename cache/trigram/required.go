package trigram

import (
	"regexp/syntax"
	"unicode"
	"unicode/utf8"
)

// maxLiteral bounds a required literal in bytes; a longer one excludes hardly more.
const maxLiteral = 256

// Required returns the longest text found that is part of everything re, as parsed, matches: for a
// [Finder] to skip what can't match. With fold it is in lower case, and stands for its ASCII letters in
// either case. It is empty when there is none.
func Required(re *syntax.Regexp) (literal []byte, fold bool) {
	var w walk
	w.visit(re)
	w.cut()
	if w.best.fold {
		for i, c := range w.best.text {
			w.best.text[i] = lowerASCII(c)
		}
	}
	return w.best.text, w.best.fold
}

// walk goes through an expression from left to right and gathers neighbouring literals.
type walk struct {
	run, best piece
}

// piece is text that every match has. With fold, ASCII letters stand for either case, and all else in
// it for itself: only letters whose other cases are in ASCII may come from an expression that folds.
type piece struct {
	text []byte
	fold bool
}

func (w *walk) visit(re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		// What is on both sides are neighbours.
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			w.add(r, re.Flags&syntax.FoldCase != 0)
		}
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			w.visit(sub)
		}
	case syntax.OpPlus:
		w.visit(re.Sub[0])
		w.cut()
	case syntax.OpRepeat:
		if re.Min > 0 {
			w.visit(re.Sub[0])
		}
		w.cut()
	default:
		w.cut()
	}
}

// add takes one character into the run. U+FFFD also matches bytes that are not valid UTF-8. Where case
// is folded, "k" and "s" match the Kelvin sign and the long s, and letters outside ASCII have other
// bytes in their other case. Such characters end a run.
func (w *walk) add(r rune, fold bool) {
	fold = fold && unicode.SimpleFold(r) != r
	unclear := r == utf8.RuneError || fold && (r >= utf8.RuneSelf || foldsOutsideASCII(r))
	if unclear || len(w.run.text)+utf8.UTFMax > maxLiteral {
		w.cut()
	}
	if unclear {
		return
	}
	w.run.text = utf8.AppendRune(w.run.text, r)
	w.run.fold = w.run.fold || fold
}

func foldsOutsideASCII(r rune) bool {
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		if other >= utf8.RuneSelf {
			return true
		}
	}
	return false
}

// cut ends the run: what follows need not be next to it.
func (w *walk) cut() {
	if len(w.run.text) > len(w.best.text) {
		w.best = w.run
	}
	w.run = piece{}
}
