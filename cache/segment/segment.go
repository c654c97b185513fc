package segment

import (
	"context"
	"encoding/binary"

	"github.com/assim-mesh/assim/cache/trigram"
)

// maxSegmentLines bounds the distinct lines of a segment, and the bytes of their text.
const maxSegmentLines = maxBlocks * maxRawBytes

// Segment is the distinct lines of one path over many hosts, as stored. It allows calls at the same time.
type Segment struct {
	get    Get
	opener opener
	hosts  []uint32 // ordinals of the covered hosts by position
	stats  Stats
	left   set               // blocks that are not indexed
	firsts []trigram.Trigram // of the fields of the index
}

// appendMeta stores what is known of a segment as a whole.
func appendMeta(dst []byte, hosts []uint32, stats Stats, left []uint32, firsts []trigram.Trigram) []byte {
	universe := 0
	if len(hosts) > 0 {
		universe = int(hosts[len(hosts)-1]) + 1
	}
	dst = binary.AppendUvarint(dst, uint64(universe))
	dst = appendSet(dst, universe, hosts, nil)
	dst = binary.AppendUvarint(dst, uint64(stats.Lines))
	dst = binary.AppendUvarint(dst, uint64(stats.TextBytes))
	dst = binary.AppendUvarint(dst, uint64(stats.Blocks))
	dst = appendSet(dst, stats.Blocks, left, nil)
	dst = binary.AppendUvarint(dst, uint64(len(firsts)))
	last := trigram.Trigram(0)
	for _, t := range firsts {
		dst = binary.AppendUvarint(dst, uint64(t-last))
		last = t
	}
	return dst
}

// Open reads the segment whose fields get returns: here the one that says what is in it, later those
// that a lookup needs. ErrMissing is returned when there is none, ErrDamaged when it can't be one.
func Open(ctx context.Context, get Get) (*Segment, error) {
	values, err := get.fetch(ctx, []string{fieldMeta})
	if err != nil {
		return nil, err
	}
	s := &Segment{get: get, opener: newOpener()}
	raw, err := s.opener.open(fieldMeta, values[0], nil)
	if err != nil {
		return nil, err
	}
	in := input{b: raw}
	for ordinal := range in.set(int(in.uvarint(MaxHosts)), set{}).all {
		s.hosts = append(s.hosts, ordinal)
	}
	s.stats = Stats{Hosts: len(s.hosts), Lines: int(in.uvarint(maxSegmentLines)), TextBytes: int64(in.uvarint(maxSegmentLines)),
		Blocks: int(in.uvarint(maxBlocks))}
	s.left = in.set(s.stats.Blocks, set{})
	s.stats.Unindexed = s.left.size
	last := trigram.Trigram(0)
	for range in.uvarint(uint64(len(in.b))) {
		last += trigram.Trigram(in.uvarint(1<<24 - 1 - uint64(last)))
		s.firsts = append(s.firsts, last)
	}
	if in.bad || len(in.b) > 0 {
		return nil, damaged(fieldMeta, "not what is in a segment")
	}
	return s, nil
}

// Covered returns the hosts whose contents are in the segment, those with empty ones too.
func (s *Segment) Covered() Hosts {
	var h Hosts
	for _, ordinal := range s.hosts {
		h.Add(ordinal)
	}
	return h
}

// Stats says what is in the segment.
func (s *Segment) Stats() Stats { return s.stats }

// positions returns the hosts of the segment that are in masked, by position.
func (s *Segment) positions(masked Hosts) mask {
	m := mask{in: newBitmap(len(s.hosts))}
	for position, ordinal := range s.hosts {
		if masked.Has(ordinal) {
			m.in.add(uint32(position))
			m.n++
		}
	}
	return m
}
