package segment

import (
	"bytes"
	"context"
)

// window is how many blocks are fetched at once: one round trip for about 1 MiB of text.
const window = 8

// cursor reads a segment from its first line to its last.
type cursor struct {
	segment  *Segment
	first    uint32   // block of fetched[0]
	fetched  [][]byte // text and postings of each block of a window
	next     uint32   // block
	text     []byte   // of the block that is being read
	rest     []byte   // of text
	raw      []byte
	postings postings
	line     []byte // the current one
	last     []byte // the one before
}

// advance goes to the next line; false at the end.
func (c *cursor) advance(ctx context.Context) (bool, error) {
	c.last = append(c.last[:0], c.line...) // before its memory is used for the next block
	first := c.line == nil
	for len(c.rest) == 0 {
		if c.next == uint32(c.segment.stats.Blocks) {
			return false, nil
		}
		if err := c.load(ctx); err != nil {
			return false, err
		}
	}
	end := bytes.IndexByte(c.rest, '\n') // checked by load
	c.line, c.rest = c.rest[:end], c.rest[end+1:]
	block := c.next - 1
	switch {
	case !first && bytes.Compare(c.last, c.line) >= 0:
		return false, damaged(textField(block), "lines are not in order")
	case len(c.line) > MaxLineBytes:
		return false, damaged(textField(block), "a line of %d bytes", len(c.line))
	case !c.postings.next():
		return false, damaged(postingField(block), "posting of a line")
	}
	return true, nil
}

// load unpacks the next block.
func (c *cursor) load(ctx context.Context) error {
	block := c.next
	if i := 2 * (block - c.first); int(i) >= len(c.fetched) {
		blocks := make([]uint32, min(window, uint32(c.segment.stats.Blocks)-block))
		for i := range blocks {
			blocks[i] = block + uint32(i)
		}
		fetched, err := c.segment.get.fetch(ctx, fieldsOf(blocks, textField, postingField))
		if err != nil {
			return err
		}
		c.first, c.fetched = block, fetched
	}
	var err error
	if c.text, err = c.segment.text(block, c.fetched[2*(block-c.first)], c.text); err != nil {
		return err
	}
	if c.raw, c.postings, err = c.segment.postings(block, c.fetched[2*(block-c.first)+1], c.text, c.raw); err != nil {
		return err
	}
	c.rest = c.text
	c.next++
	return nil
}

// fieldsOf returns the names of the fields of blocks, block by block.
func fieldsOf(blocks []uint32, kinds ...func(uint32) string) []string {
	var names []string
	for _, block := range blocks {
		for _, kind := range kinds {
			names = append(names, kind(block))
		}
	}
	return names
}

// text unpacks the text of a block into buf. It ends with a line end.
func (s *Segment) text(block uint32, sealed, buf []byte) ([]byte, error) {
	text, err := s.opener.open(textField(block), sealed, buf)
	if err != nil {
		return nil, err
	}
	switch {
	case len(text) > maxTextBytes:
		return nil, damaged(textField(block), "%d bytes of text, at most %d", len(text), maxTextBytes)
	case len(text) == 0 || text[len(text)-1] != '\n':
		return nil, damaged(textField(block), "no line end at its end")
	}
	return text, nil
}

// postings unpacks those of a block, as many as text has lines, into buf.
func (s *Segment) postings(block uint32, sealed, text, buf []byte) ([]byte, postings, error) {
	raw, err := s.opener.open(postingField(block), sealed, buf)
	if err != nil {
		return nil, postings{}, err
	}
	p := newPostings(raw, len(s.hosts))
	if n := bytes.Count(text, []byte{'\n'}); p.lines != n {
		return nil, postings{}, damaged(postingField(block), "%d postings for %d lines", p.lines, n)
	}
	return raw, p, nil
}
