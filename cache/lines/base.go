package lines

import (
	"bytes"
	"errors"
	"math"
)

// ErrBase is returned for a text that can't be a base.
var ErrBase = errors.New("not a base of differences by line")

// Base is a text by whose lines others are described. It does not change.
type Base struct {
	text   []byte
	starts []uint32 // of each line, and the end of the last
}

// NewBase returns text as a base, which has to stay as it is: ErrBase if it has a NUL, or 2 GiB.
func NewBase(text []byte) (*Base, error) {
	if len(text) > math.MaxInt32 || bytes.IndexByte(text, 0) >= 0 {
		return nil, ErrBase
	}
	text = text[:bytes.LastIndexByte(text, '\n')+1]
	b := &Base{text: text, starts: make([]uint32, 1, 1+bytes.Count(text, []byte{'\n'}))}
	for at := 0; at < len(text); {
		at += bytes.IndexByte(text[at:], '\n') + 1
		b.starts = append(b.starts, uint32(at))
	}
	return b, nil
}

// Text is all lines of the base. It is not to be changed.
func (b *Base) Text() []byte { return b.text }

// Line is a line, numbered from 0, with its end. It is not to be changed.
func (b *Base) Line(n int) []byte { return b.run(n, 1) }

// count is how many lines the base has.
func (b *Base) count() int { return len(b.starts) - 1 }

// run is so many lines of the base from one on, which has to have them.
func (b *Base) run(first, count int) []byte { return b.text[b.starts[first]:b.starts[first+count]] }

// model is the line without its end that an own line in the place of line n may begin with.
func (b *Base) model(n int) []byte {
	if n >= b.count() {
		return nil
	}
	line := b.run(n, 1)
	return line[:len(line)-1]
}
