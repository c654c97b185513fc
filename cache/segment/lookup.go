package segment

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/assim-mesh/assim/cache/trigram"
)

// maxWorkers bounds Query.Workers: each holds a window of blocks.
const maxWorkers = 64

// Query says what to look for.
type Query struct {
	// Trigrams that a line must have, folded; the zero Query is for all lines.
	Trigrams trigram.Query
	// Literal that a line must have; the zero Finder is for none. Only lines with it are matched.
	Literal trigram.Finder
	// Match decides. It gets a line without its line end, valid until it returns; several calls may run
	// at the same time. nil: every line that has Literal.
	Match func(line []byte) bool
	// Masked hosts don't count, by ordinal.
	Masked Hosts
	// Distinct is for lines and counts only: Hit.In stays empty.
	Distinct bool
	// Workers read and match at the same time, each a window of 8 blocks, some MiB. Default 1, at
	// most 64.
	Workers int
}

// Hit is a distinct line that matches, and who has it. It is valid until the call it is passed to returns.
type Hit struct {
	Line  []byte
	Rank  uint64   // orders the lines of one host as they are in its file, as far as hosts agree
	Hosts int      // that have it, at least one
	Times int      // how often it is in all their contents
	In    []Holder // the hosts in ascending order; none when only counts were asked for
}

// Lookup calls found with the lines that match and that a host has which is not masked, in the order of
// their bytes, until found returns an error, which it returns. It reads the blocks that can have such
// lines, and the postings of those that do.
func (s *Segment) Lookup(ctx context.Context, q Query, found func(Hit) error) error {
	blocks, err := s.candidates(ctx, q.Trigrams)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	masked := s.positions(q.Masked)
	for out := range s.readAll(ctx, q, blocks, &running) {
		r := <-out
		if r.err != nil {
			return r.err
		}
		if err := s.deliver(ctx, r.page, masked, q.Distinct, found); err != nil {
			return err
		}
		r.free <- r.page
	}
	return ctx.Err()
}

// page is the blocks of one window as they are read and what was found in them. Its memory is used again.
type page struct {
	texts, raws [window][]byte
	lines       []match
	holders     []Holder
}

// match is a line that matches.
type match struct {
	block   int // index in the window
	number  int // of the line in the block
	line    []byte
	posting posting
}

// result is a page that has been read, and where it is to go when it is no longer needed.
type result struct {
	page *page
	free chan<- *page
	err  error
}

// readAll reads windows of blocks, as many at the same time as q has workers. It returns them in order,
// and waits when none is freed. The channel is closed after the last, or when ctx ends.
func (s *Segment) readAll(ctx context.Context, q Query, blocks []uint32, running *sync.WaitGroup) <-chan chan result {
	workers := min(max(q.Workers, 1), maxWorkers)
	free := make(chan *page, workers)
	for range workers {
		free <- &page{}
	}
	results := make(chan chan result, workers) // of which there are never more than pages
	running.Go(func() {
		defer close(results)
		for some := range slices.Chunk(blocks, window) {
			select {
			case <-ctx.Done():
				return
			case p := <-free:
				out := make(chan result, 1)
				results <- out
				running.Go(func() { out <- result{p, free, s.read(ctx, q, some, p)} })
			}
		}
	})
	return results
}

// read reads a window of blocks and matches their lines.
func (s *Segment) read(ctx context.Context, q Query, blocks []uint32, p *page) error {
	values, err := s.get.fetch(ctx, fieldsOf(blocks, textField))
	if err != nil {
		return err
	}
	p.lines = p.lines[:0]
	var hit []uint32 // blocks
	for i, block := range blocks {
		if p.texts[i], err = s.text(block, values[i], p.texts[i]); err != nil {
			return err
		}
		before := len(p.lines)
		if p.match(q, i); len(p.lines)-before > maxBlockLines {
			return damaged(textField(block), "more than %d lines", maxBlockLines)
		}
		if len(p.lines) > before {
			hit = append(hit, block)
		}
	}
	if len(hit) == 0 {
		return nil
	}
	if values, err = s.get.fetch(ctx, fieldsOf(hit, postingField)); err != nil {
		return err
	}
	return s.attach(blocks, values, p)
}

// match appends the lines of a block that match, up to one more than a block can have.
func (p *page) match(q Query, block int) {
	text := p.texts[block]
	most := len(p.lines) + maxBlockLines
	number, counted := 0, 0 // text[:counted] has number lines
	for pos := 0; pos < len(text) && len(p.lines) <= most; {
		next := q.Literal.Index(text[pos:])
		if next < 0 {
			return
		}
		start := pos + bytes.LastIndexByte(text[pos:pos+next], '\n') + 1
		end := pos + next + bytes.IndexByte(text[pos+next:], '\n') // there is one: see Segment.text
		if line := text[start:end:end]; q.Match == nil || q.Match(line) {
			number += bytes.Count(text[counted:start], []byte{'\n'})
			counted = start
			p.lines = append(p.lines, match{block: block, number: number, line: line})
		}
		pos = end + 1
	}
}

// attach gives the lines of a page their postings, which are those of the blocks that have such lines.
func (s *Segment) attach(blocks []uint32, sealed [][]byte, p *page) error {
	var in postings
	current, number := -1, 0 // postings before number have been read
	for i := range p.lines {
		m := &p.lines[i]
		if m.block != current {
			var err error
			block := blocks[m.block]
			p.raws[m.block], in, err = s.postings(block, sealed[0], p.texts[m.block], p.raws[m.block])
			if err != nil {
				return err
			}
			current, number, sealed = m.block, 0, sealed[1:]
		}
		for ; number <= m.number; number++ {
			if !in.next() {
				return damaged(postingField(blocks[m.block]), "posting of line %d", number)
			}
		}
		m.posting = in.posting
	}
	return nil
}

// deliver calls found with the lines of a page that a host has which is not masked.
func (s *Segment) deliver(ctx context.Context, p *page, masked mask, distinct bool, found func(Hit) error) error {
	for _, m := range p.lines {
		hit := Hit{Line: m.line, Rank: m.posting.rank}
		if hit.Hosts, hit.Times = m.posting.count(masked); hit.Hosts == 0 {
			continue
		}
		if !distinct {
			p.holders = m.posting.appendHolders(p.holders[:0], masked)
			for i := range p.holders {
				p.holders[i].Host = s.hosts[p.holders[i].Host]
			}
			hit.In = p.holders
		}
		if err := cmp.Or(found(hit), ctx.Err()); err != nil {
			return err
		}
	}
	return nil
}
