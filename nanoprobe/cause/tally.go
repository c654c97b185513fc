package cause

import (
	"cmp"
	"maps"
	"slices"
)

const (
	// sharedWindowMS is the window of a Grouper that shares its segments with others: their Tallies, which
	// go from member to member through a ring of up to 256, take up to 15 s.
	sharedWindowMS = 20_000
	// tallyMS is how long a Tally holds, and how long an incident is told by one.
	tallyMS = 60_000
	// maxTallies bounds those held, some 300 bytes each: 8 segments of the 128 rings that have a ring above
	// in common. Further ones are dropped.
	maxTallies = 1024
)

// Tally is what one Grouper counts of the hosts of a segment, for those that don't know these hosts.
type Tally struct {
	From    string // who counts: its next word on the segment takes the place of this one
	Segment string
	Up      int // hosts that are up
	Died    int // hosts that died and are not decided on, or are missing of an incident
	// Lowest has of those that died the lowest id, and Appearance is of its death; empty if none died.
	Lowest, Appearance string
	Told               bool // there is an incident, and these name it
}

type tallyKey struct{ from, segment string }

// heldTally is a Tally of another.
type heldTally struct {
	Tally
	heardMS int64
}

// death is one that may name an incident.
type death struct {
	id, appearance string
	told           bool // it does
}

// before reports whether d names an incident rather than o: what was told stays, and then the lowest counts.
// The zero death names none.
func (d death) before(o death) bool {
	switch {
	case d.id == "" || o.id == "":
		return o.id == "" && d.id != ""
	case d.told != o.told:
		return d.told
	}
	return cmp.Or(cmp.Compare(d.id, o.id), cmp.Compare(d.appearance, o.appearance)) < 0
}

// Share tells whether others may know further hosts of the same segments, and count them by Tally; a new
// Grouper takes it that nobody does. While they may, a death that hangs on a segment waits for what they
// say, 20 s instead of 10, however few of the segment's hosts are known here.
func (g *Grouper) Share(shared bool) { g.shared = shared }

// Tally takes another's count, which holds for a minute. It neither begins a window nor extends one.
func (g *Grouper) Tally(nowMS int64, t Tally) {
	key := tallyKey{t.From, t.Segment}
	if _, known := g.tallies[key]; known || len(g.tallies) < maxTallies {
		g.tallies[key] = heldTally{Tally: t, heardMS: nowMS}
	}
}

// Discount forgets what was counted by one that another has taken the place of.
func (g *Grouper) Discount(from string) {
	maps.DeleteFunc(g.tallies, func(key tallyKey, _ heldTally) bool { return key.from == from })
}

// expireTallies drops what is too old to hold.
func (g *Grouper) expireTallies(nowMS int64) {
	maps.DeleteFunc(g.tallies, func(_ tallyKey, t heldTally) bool { return nowMS >= t.heardMS+tallyMS })
}

// addTallies adds the hosts of others to the suspects.
func (g *Grouper) addTallies(suspects map[*segment]*suspect) {
	for key, t := range g.tallies {
		if s := suspects[g.segments[key.segment]]; s != nil {
			s.diedElsewhere += t.Died
			s.upElsewhere += t.Up
			if d := (death{t.Lowest, t.Appearance, t.Told}); d.before(s.first) {
				s.first = d
			}
		}
	}
}

// Tallies is what others should know, without From, in the order of the segments: what hangs on the
// segments of hosts that wait, and on those of incidents that were opened less than a minute ago. And where
// others would take a segment for the cause of their deaths, hosts of it that are up here.
func (g *Grouper) Tallies(nowMS int64) []Tally {
	counts := map[string]Tally{}
	for s, t := range g.suspects(sorted(maps.Keys(g.waiting))) {
		if i := slices.IndexFunc(t.waiting, func(h *host) bool { return h.appearance != "" }); i >= 0 {
			h := t.waiting[i]
			counts[s.name] = Tally{Segment: s.name, Up: t.up, Died: len(t.waiting), Lowest: h.id, Appearance: h.appearance}
		}
	}
	for _, i := range g.incidents {
		if !i.restored && nowMS < i.openedMS+tallyMS && i.first.id != "" {
			counts[i.segment] = Tally{
				Segment: i.segment, Up: g.upOn(i.segment), Died: len(i.missing),
				Lowest: i.first.id, Appearance: i.first.appearance, Told: true,
			}
		}
	}
	for _, t := range g.objections() {
		if _, known := counts[t.Segment]; !known {
			counts[t.Segment] = t
		}
	}
	return slices.SortedFunc(maps.Values(counts), func(a, b Tally) int { return cmp.Compare(a.Segment, b.Segment) })
}

// objections are counts of segments that others alone take for causes, and of which hosts are up here.
func (g *Grouper) objections() []Tally {
	elsewhere := map[string]*suspect{}
	for key, t := range g.tallies {
		s := elsewhere[key.segment]
		if s == nil {
			s = &suspect{possible: true}
			elsewhere[key.segment] = s
		}
		s.diedElsewhere += t.Died
		s.upElsewhere += t.Up
	}
	var objections []Tally
	for name, s := range elsewhere {
		if up := g.upOn(name); up > 0 && s.isCause() {
			objections = append(objections, Tally{Segment: name, Up: up})
		}
	}
	return objections
}

// upOn counts the hosts of a segment that are up.
func (g *Grouper) upOn(name string) int {
	n := 0
	if s := g.segments[name]; s != nil {
		for h := range s.hosts {
			if h.state == up {
				n++
			}
		}
	}
	return n
}
