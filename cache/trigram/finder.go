package trigram

import (
	"bytes"
	"strings"
)

// common lists the bytes that configuration and the output of commands are made of, the most common
// first. Those that are not here are rarer still.
const common = " 0e1t2in.orasl8_c4p6=35d7mu9f\nv\thb/-gyk:\"#wx,'ETASRINOCLPDM()zUq;BF"

// stride is how far the two cases of a byte are looked for before the nearer one is taken: as little as
// keeps a call short when one of them is near and the other nowhere.
const stride = 256

// Finder finds a literal by its rarest byte, which is several times faster in configuration text than
// [bytes.Index], which goes by the first. The zero Finder finds the empty text.
type Finder struct {
	literal []byte // in lower case with fold
	fold    bool
	at      int  // of the rarest byte
	rare    byte // that byte
	upper   byte // its upper case with fold; otherwise the same
}

// NewFinder returns a Finder of literal; with fold its ASCII letters stand for either case. It keeps
// no reference to literal.
func NewFinder(literal []byte, fold bool) Finder {
	f := Finder{literal: bytes.Clone(literal), fold: fold}
	for i, c := range f.literal {
		if fold {
			c = lowerASCII(c)
			f.literal[i] = c
		}
		if i == 0 || commonness(c) < commonness(f.rare) {
			f.at, f.rare = i, c
		}
	}
	f.upper = f.rare
	if fold && 'a' <= f.rare && f.rare <= 'z' {
		f.upper = f.rare - 'a' + 'A'
	}
	return f
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
	end := len(text) - len(f.literal) + f.at + 1 // the rarest byte is before it
	for i := f.at; i < end; i++ {
		next := f.next(text[i:end])
		if next < 0 {
			return -1
		}
		i += next
		if start := i - f.at; f.equal(text[start : start+len(f.literal)]) {
			return start
		}
	}
	return -1
}

// next returns where the rarest byte is first found, in either case.
func (f Finder) next(text []byte) int {
	if f.upper == f.rare {
		return bytes.IndexByte(text, f.rare)
	}
	for from := 0; from < len(text); from += stride {
		part := text[from:min(from+stride, len(text))]
		if i := bytes.IndexByte(part, f.upper); i >= 0 {
			part = part[:i+1]
		}
		if i := bytes.IndexByte(part, f.rare); i >= 0 {
			return from + i
		}
		if len(part) > 0 && part[len(part)-1] == f.upper {
			return from + len(part) - 1
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
