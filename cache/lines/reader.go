package lines

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// ErrDamaged is returned for what is no difference from a base.
var ErrDamaged = errors.New("damaged difference by line")

// Reader reads differences one after the other, in the same memory. The zero Reader is ready.
type Reader struct {
	own   []byte
	parts []Part
}

// Read reads a difference from a base of a text that has at most so many bytes, below 4 GiB. It is
// ErrDamaged for anything else. The text is valid until the next one is read, and diff is not kept.
func (r *Reader) Read(base *Base, diff []byte, most int) (Text, error) {
	runs, after, ok := cutLength(diff)
	heads, rests, alsoOK := cutLength(after)
	switch {
	case !ok || !alsoOK:
		return Text{}, fmt.Errorf("%w: %d bytes without the lengths of their parts", ErrDamaged, len(diff))
	case bytes.IndexByte(rests, 0) >= 0:
		return Text{}, fmt.Errorf("%w: its lines have a NUL", ErrDamaged)
	}
	p := parsing{base: base, heads: heads, rests: rests, own: r.own[:0], parts: r.parts[:0], most: min(most, math.MaxUint32)}
	err := p.text(runs)
	r.own, r.parts = p.own, p.parts
	if err != nil {
		return Text{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return Text{Own: p.own, Parts: p.parts, Base: base, Size: p.size}, nil
}

// cutLength cuts what begins with its own length in bytes.
func cutLength(from []byte) (part, after []byte, ok bool) {
	length, n := binary.Uvarint(from)
	if n <= 0 || length > uint64(len(from)-n) {
		return nil, nil, false
	}
	return from[n : n+int(length)], from[n+int(length):], true
}

// parsing is a difference that is being read.
type parsing struct {
	base         *Base
	heads, rests []byte // that are left
	own          []byte
	last         []byte // the own line before, without its end
	ended        bool   // the own line before has none: there can't be more
	parts        []Part
	next         int // the line of the base behind the last run
	size, most   int
}

// text reads all, run by run.
func (p *parsing) text(runs []byte) error {
	for len(runs) > 0 {
		owns, n := binary.Uvarint(runs)
		pass, m := binary.Varint(runs[max(n, 0):])
		count, k := binary.Uvarint(runs[max(n, 0)+max(m, 0):])
		if n <= 0 || m <= 0 || k <= 0 {
			return errors.New("its runs end in the midst of one")
		}
		runs = runs[n+m+k:]
		if err := p.part(owns, pass, count); err != nil {
			return err
		}
	}
	for at := p.next; len(p.heads) > 0; at++ {
		if err := p.line(at); err != nil {
			return err
		}
	}
	if len(p.rests) > 0 {
		return fmt.Errorf("%d bytes are left of its lines", len(p.rests))
	}
	return nil
}

// part reads own lines and adds a run of the base behind them.
func (p *parsing) part(owns uint64, pass int64, count uint64) error {
	before := len(p.own)
	if owns > uint64(len(p.heads)) {
		return fmt.Errorf("it lacks own lines: %d bytes for %d", len(p.heads), owns)
	}
	for n := range int(owns) {
		if err := p.line(p.next + n); err != nil {
			return err
		}
	}
	lines := p.base.count()
	switch {
	case p.ended:
		return errors.New("lines of its base follow within a line")
	case pass < int64(-p.next) || pass > int64(lines-p.next):
		return fmt.Errorf("%d lines are to be passed by at line %d of %d", pass, p.next, lines)
	}
	first := p.next + int(pass)
	if count > uint64(lines-first) {
		return fmt.Errorf("%d lines from line %d on, of %d", count, first, lines)
	}
	size := len(p.base.run(first, int(count)))
	if size < minRun {
		return fmt.Errorf("a run has %d bytes, at least %d", size, minRun)
	}
	p.next = first + int(count)
	p.parts = append(p.parts, Part{uint32(len(p.own) - before), uint32(owns), uint32(first), uint32(count)})
	return p.grow(size)
}

// line reads an own line, in the place of line at of the base.
func (p *parsing) line(at int) error {
	head, n := binary.Uvarint(p.heads)
	if n <= 0 {
		return errors.New("its heads end in the midst of one")
	}
	p.heads = p.heads[n:]
	model := p.last
	if head&1 == 0 {
		model = p.base.model(at)
	}
	same, end := head>>1, bytes.IndexByte(p.rests, '\n')
	size := end + 1
	if end < 0 {
		size = len(p.rests)
	}
	switch {
	case same > uint64(len(model)):
		return fmt.Errorf("a line begins with %d bytes of %d", same, len(model))
	case p.ended || int(same)+size == 0:
		return errors.New("a line is behind the end")
	}
	start := len(p.own)
	p.own = append(append(p.own, model[:same]...), p.rests[:size]...)
	p.last, p.ended = p.own[start:start+int(same)+max(end, 0)], end < 0
	p.rests = p.rests[size:]
	return p.grow(int(same) + size)
}

// grow counts bytes of the whole text.
func (p *parsing) grow(size int) error {
	if p.size += size; p.size > p.most {
		return fmt.Errorf("its text has more than %d bytes", p.most)
	}
	return nil
}
