package cache

import (
	"slices"
	"sync"

	"github.com/assim-mesh/assim/cache/lines"
)

// maxKnownBases bounds the bases whose matches a search keeps: 8 bytes for each line that matches. A base
// that comes again is searched as fast as a few rows are.
const maxKnownBases = 64

// baseMatches are the lines of a base that match, which is found out once for all texts that have them.
type baseMatches struct {
	base  *lines.Base
	lines []uint32 // from 0, ascending
	at    []uint32 // where in each the match begins
}

// inBase searches a base.
func (m matcher) inBase(base *lines.Base) *baseMatches {
	b := &baseMatches{base: base}
	m.inWhole(base.Text(), func(number int, _ []byte, at int) error { // its errors are those of this function
		b.lines, b.at = append(b.lines, uint32(number-1)), append(b.at, uint32(at))
		return nil
	})
	return b
}

// in is inWhole for so many lines of the base from first on, of which the first has that number.
func (b *baseMatches) in(first, count uint32, number int, found func(number int, line []byte, at int) error) error {
	i, _ := slices.BinarySearch(b.lines, first)
	for ; i < len(b.lines) && b.lines[i] < first+count; i++ {
		line := b.lines[i]
		if err := found(number+int(line-first), trimEnd(b.base.Line(int(line))), int(b.at[i])); err != nil {
			return err
		}
	}
	return nil
}

// in is inWhole for a text. The matches of its base have to be known.
func (m matcher) in(t lines.Text, known *baseMatches, found func(number int, line []byte, at int) error) error {
	if t.Base == nil {
		return m.inWhole(t.Own, found)
	}
	own := t.Own
	if m.literal.Index(own) < 0 {
		own = nil
	}
	if own == nil && len(known.lines) == 0 {
		return nil
	}
	number := 1
	behind := func(n int, line []byte, at int) error { return found(number-1+n, line, at) }
	for _, p := range t.Parts {
		if own != nil {
			if err := m.inWhole(own[:p.OwnBytes], behind); err != nil {
				return err
			}
			own = own[p.OwnBytes:]
		}
		number += int(p.OwnLines)
		if err := known.in(p.First, p.Count, number, found); err != nil {
			return err
		}
		number += int(p.Count)
	}
	return m.inWhole(own, behind)
}

// knownBases are the matches in bases that were searched. Its methods may be called at the same time.
type knownBases struct {
	mu      sync.Mutex
	matches map[*lines.Base]*baseMatches
}

// get returns the matches in a base; nil is none.
func (k *knownBases) get(m matcher, base *lines.Base) *baseMatches {
	if base == nil {
		return nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.matches[base]
	if found == nil {
		if len(k.matches) >= maxKnownBases || k.matches == nil {
			k.matches = map[*lines.Base]*baseMatches{}
		}
		found = m.inBase(base)
		k.matches[base] = found
	}
	return found
}
