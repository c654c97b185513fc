package segment

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// maxSources bounds the segments that are merged at once: each is looked at for each line.
const maxSources = 256

// none marks a host of a source that is not in the merged segment.
const none = math.MaxUint32

// Source is a segment that is merged, but for the hosts that are masked.
type Source struct {
	Segment *Segment
	Masked  Hosts // changed or gone since; by ordinal
}

// Merge makes one segment of several, by reading them from end to end at the same time. Their ordinals
// are of one numbering. A host that is covered by several counts in the last of them, also when it is
// masked there: what the others know of it is older still. Memory is that of a window of 8 blocks of
// each source, and the index. A line that several have keeps the rank that it has in the first.
func Merge(ctx context.Context, sources []Source, put Put, cfg Config) (Stats, error) {
	if len(sources) > maxSources {
		return Stats{}, fmt.Errorf("%d segments to merge, at most %d", len(sources), maxSources)
	}
	m := newMerger(sources)
	w := newWriter(put, cfg.withDefaults().MaxBytes, m.hosts)
	for {
		more, err := m.next(ctx)
		if err != nil {
			return Stats{}, err
		}
		if !more {
			return w.finish()
		}
		if len(m.holders) == 0 {
			continue
		}
		if err := w.add(m.line, m.rank, m.holders); err != nil {
			return Stats{}, err
		}
	}
}

// merger reads sources line by line.
type merger struct {
	readers []*reader
	hosts   []uint32 // ordinals of the merged segment by position

	line    []byte
	rank    uint64
	holders []Holder // by position; may be empty
	other   []Holder // memory for the next
}

// reader is a source and how its hosts are called in the merged segment.
type reader struct {
	cursor
	position []uint32 // by position in the source; none for a host that counts elsewhere or nowhere
	ended    bool
	found    []Holder
}

// newMerger decides which host counts where.
func newMerger(sources []Source) *merger {
	m := &merger{}
	var covered, merged Hosts
	counts := make([]Hosts, len(sources))
	for i, s := range slices.Backward(sources) {
		for _, ordinal := range s.Segment.hosts {
			if !covered.Has(ordinal) && !s.Masked.Has(ordinal) {
				counts[i].Add(ordinal)
				merged.Add(ordinal)
			}
			covered.Add(ordinal)
		}
	}
	m.hosts = slices.Collect(merged.All())
	at := make([]uint32, MaxHosts)
	for position, ordinal := range m.hosts {
		at[ordinal] = uint32(position)
	}
	for i, s := range sources {
		r := &reader{cursor: cursor{segment: s.Segment}, position: make([]uint32, len(s.Segment.hosts))}
		for position, ordinal := range s.Segment.hosts {
			r.position[position] = none
			if counts[i].Has(ordinal) {
				r.position[position] = at[ordinal]
			}
		}
		m.readers = append(m.readers, r)
	}
	return m
}

// next goes to the next line and gathers who has it; false at the end.
func (m *merger) next(ctx context.Context) (bool, error) {
	if err := m.advance(ctx); err != nil {
		return false, err
	}
	var least *reader
	for _, r := range m.readers {
		if !r.ended && (least == nil || bytes.Compare(r.line, least.line) < 0) {
			least = r
		}
	}
	if least == nil {
		return false, nil
	}
	m.line, m.rank, m.holders = append(m.line[:0], least.line...), least.postings.posting.rank, m.holders[:0]
	for _, r := range m.readers {
		if !r.ended && bytes.Equal(r.line, m.line) {
			m.gather(r)
		}
	}
	return true, nil
}

// advance moves the readers that are at the line that was merged last; all at the beginning.
func (m *merger) advance(ctx context.Context) error {
	var errs []error
	for _, r := range m.readers {
		if r.ended || r.line != nil && !bytes.Equal(r.line, m.line) {
			continue
		}
		more, err := r.advance(ctx)
		r.ended = !more
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// gather adds the holders of a reader's line.
func (m *merger) gather(r *reader) {
	r.found = r.postings.posting.appendHolders(r.found[:0], mask{})
	kept := r.found[:0]
	for _, h := range r.found {
		if h.Host = r.position[h.Host]; h.Host != none {
			kept = append(kept, h)
		}
	}
	if len(m.holders) == 0 {
		m.holders = append(m.holders, kept...)
		return
	}
	m.other, m.holders = m.holders, mergeHolders(m.other[:0], m.holders, kept)
}

// mergeHolders appends two lists by position, which have no host in common.
func mergeHolders(dst, a, b []Holder) []Holder {
	for len(a) > 0 && len(b) > 0 {
		if a[0].Host < b[0].Host {
			dst, a = append(dst, a[0]), a[1:]
		} else {
			dst, b = append(dst, b[0]), b[1:]
		}
	}
	return append(append(dst, a...), b...)
}
