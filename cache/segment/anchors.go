package segment

import (
	"cmp"
	"context"
	"encoding/binary"
	"slices"
)

const (
	// maxAnchors bounds those of a segment: 11 bytes each.
	maxAnchors = 4096
	// maxAllAnchors bounds what a builder gathers from its runs.
	maxAllAnchors = 1 << 16
)

// Anchors are the lines that most hosts of a segment have, by hash, and their ranks. A segment that is
// built with them has ranks that compare with those of the segment that they come from.
type Anchors struct {
	ranks map[uint64]uint64
}

// anchor is a line that may become one.
type anchor struct {
	hash, rank uint64
	hosts      int
}

// anchorage keeps the lines with the most hosts.
type anchorage []anchor

func (a *anchorage) add(line []byte, rank uint64, hosts int) {
	if hosts < 2 || rank == 0 {
		return // what one host has is of no use to another
	}
	*a = append(*a, anchor{lineHash(line), rank, hosts})
	if len(*a) == 2*maxAnchors {
		a.trim()
	}
}

func (a *anchorage) trim() {
	slices.SortFunc(*a, func(a, b anchor) int { return cmp.Or(b.hosts-a.hosts, cmp.Compare(a.hash, b.hash)) })
	*a = (*a)[:min(len(*a), maxAnchors)]
}

// append stores the anchors by rank: how much larger it is than the one before, and the hash.
func (a *anchorage) append(dst []byte) []byte {
	a.trim()
	slices.SortFunc(*a, func(a, b anchor) int { return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.hash, b.hash)) })
	rank := uint64(0)
	for _, one := range *a {
		dst = binary.AppendUvarint(dst, one.rank-rank)
		dst = binary.LittleEndian.AppendUint64(dst, one.hash)
		rank = one.rank
	}
	return dst
}

// Anchors gets the anchors of the segment.
func (s *Segment) Anchors(ctx context.Context) (Anchors, error) {
	values, err := s.get.fetch(ctx, []string{fieldAnchors})
	if err != nil {
		return Anchors{}, err
	}
	raw, err := s.opener.open(fieldAnchors, values[0], nil)
	if err != nil {
		return Anchors{}, err
	}
	anchors := Anchors{ranks: map[uint64]uint64{}}
	in, rank := input{b: raw}, uint64(0)
	for len(in.b) > 0 {
		rank += in.uvarint(maxRank - rank)
		hash := in.take(8)
		if in.bad || len(anchors.ranks) == maxAnchors {
			return Anchors{}, damaged(fieldAnchors, "not a list of anchors")
		}
		anchors.ranks[binary.LittleEndian.Uint64(hash)] = rank
	}
	return anchors, nil
}

// lineHash is FNV-1a with 64 bits, the same on all machines. Two lines of one hash have one rank, no more.
func lineHash(line []byte) uint64 {
	hash := uint64(14695981039346656037)
	for _, c := range line {
		hash = (hash ^ uint64(c)) * 1099511628211
	}
	return hash
}
