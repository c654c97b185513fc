package trigram

import (
	"bytes"
	"strings"
)

// common lists the bytes that configuration and the output of commands are made of, the most common
// first. Those that are not here are rarer still.
const common = " 0e1t2in.orasl8_c4p6=35d7mu9f\nv\thb/-gyk:\"#wx,'ETASRINOCLPDM()zUq;BF"

// Finder finds a literal by its two rarest bytes, which is several times faster in configuration text than
// [bytes.Index], which goes by the first. The zero Finder finds the empty text.
type Finder struct {
	literal []byte // in lower case with fold
	fold    bool
	at      int // of the pair
	pair    pair
}

// NewFinder returns a Finder of literal; with fold its ASCII letters stand for either case. It keeps
// no reference to literal.
func NewFinder(literal []byte, fold bool) Finder {
	f := Finder{literal: bytes.Clone(literal), fold: fold}
	if len(literal) == 0 {
		return f
	}
	for i, c := range f.literal {
		if fold {
			f.literal[i] = lowerASCII(c)
		}
	}
	first := rarest(f.literal, -1)
	second := rarest(f.literal, first)
	f.at = min(first, second)
	f.pair = newPair(f.literal[f.at], f.literal[max(first, second)], max(first, second)-f.at, fold)
	return f
}

// rarest returns where the rarest byte of a literal is that is not the one at but: at last, where they
// all are the same, that one.
func rarest(literal []byte, but int) int {
	found := but
	for i, c := range literal {
		if but >= 0 && c == literal[but] {
			continue
		}
		if found == but || commonness(c) < commonness(literal[found]) {
			found = i
		}
	}
	return found
}

// commonness is larger for a byte that is more common; 0 for the rare ones.
func commonness(c byte) int {
	i := strings.IndexByte(common, c)
	if i < 0 {
		return 0
	}
	return len(common) - i
}

// Index returns where the literal is first found in text, or -1.
func (f Finder) Index(text []byte) int {
	if len(f.literal) == 0 {
		return 0
	}
	last := len(text) - len(f.literal) // where it can begin
	for start := 0; start <= last; start++ {
		next := f.pair.index(text[start+f.at : last+f.at+f.pair.gap+1])
		if next < 0 {
			return -1
		}
		start += next
		if f.equal(text[start : start+len(f.literal)]) {
			return start
		}
	}
	return -1
}

func (f Finder) equal(text []byte) bool {
	if !f.fold {
		return bytes.Equal(text, f.literal)
	}
	for i, c := range f.literal {
		if lowerASCII(text[i]) != c {
			return false
		}
	}
	return true
}
