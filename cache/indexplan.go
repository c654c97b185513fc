package cache

import (
	"cmp"
	"errors"
	"slices"

	"github.com/assim-mesh/assim/cache/segment"
)

// Bounds of what small segments may cost a search.
const (
	// maxSmall is how many of them are merged into one.
	maxSmall = 8
	// maxSmallPct is how many hosts they may have together, in percent of the base's, before they are
	// merged with it.
	maxSmallPct = 25
	// maxChangedPct is how many hosts may have changed before all rows are read instead.
	maxChangedPct = 50
	// spareOrdinals are how many hosts may have come and gone before ordinals are given out anew; as many
	// as there are hosts may in any case.
	spareOrdinals = 1024
)

// pathState is what is known of a path before anything is read.
type pathState struct {
	wanted   bool // by the configuration
	hosts    int  // that have a row
	minHosts int
	pointer  pointer
	damaged  bool // the pointer
}

// action is what is to be done for a path.
type action uint8

const (
	leave   action = iota // as it is: without segments
	drop                  // its segments
	rebuild               // from all rows
	update                // with the rows that changed
)

// decide says what is to be done for a path.
func decide(s pathState) action {
	switch {
	case !s.wanted || s.hosts == 0 || s.hosts < s.minHosts:
		if s.pointer.text == "" {
			return leave
		}
		return drop
	case s.damaged || !s.pointer.usable():
		return rebuild
	}
	return update
}

// tooMuchChanged reports whether a path is better rebuilt: half of it changed, or the ordinals run out.
func tooMuchChanged(hosts, changed int, next uint32) bool {
	ordinals := int(next) + changed
	return changed*100 > hosts*maxChangedPct || ordinals > segment.MaxHosts || ordinals > 2*hosts+spareOrdinals
}

// mergeFrom says from which segment on all are merged into one, 0 being the base: none if it is as many
// as there are. Sizes are the hosts of each.
func mergeFrom(sizes []int) int {
	small := 0
	for _, size := range sizes[1:] {
		small += size
	}
	switch {
	case small*100 > sizes[0]*maxSmallPct:
		return 0
	case len(sizes)-1 >= maxSmall:
		return 1
	}
	return len(sizes)
}

// mergeEntries returns what several segments know of hosts, the last one being right, and which hosts of
// each don't count.
func mergeEntries(segments []opened) (entries []entry, masked []segment.Hosts) {
	var decided segment.Hosts
	masked = make([]segment.Hosts, len(segments))
	for i, s := range slices.Backward(segments) {
		for _, e := range s.entries {
			if decided.Has(e.ordinal) {
				masked[i].Add(e.ordinal)
				continue
			}
			decided.Add(e.ordinal)
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.ordinal, b.ordinal) })
	return entries, masked
}

// ordinals gives hosts their ordinals: those that they have in segments, or the next ones.
type ordinals struct {
	of   map[string]uint32
	next uint32
}

func newOrdinals(segments []opened) *ordinals {
	o := &ordinals{of: map[string]uint32{}}
	for _, s := range segments {
		for _, e := range s.entries {
			o.of[e.name] = e.ordinal
			o.next = max(o.next, e.ordinal+1)
		}
	}
	return o
}

func (o *ordinals) has(name string) bool {
	_, ok := o.of[name]
	return ok
}

func (o *ordinals) get(name string) uint32 {
	ordinal, ok := o.of[name]
	if !ok {
		ordinal = o.next
		o.of[name] = ordinal
		o.next++
	}
	return ordinal
}

// unusable reports whether err says that segments have to be made anew.
func unusable(err error) bool {
	return errors.Is(err, segment.ErrDamaged) || errors.Is(err, segment.ErrMissing) || errors.Is(err, ErrDamaged)
}
