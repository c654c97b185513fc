package graph

import (
	"maps"
	"slices"
)

// Revision is a document of a batch: its facts, and how they differ from those before.
type Revision struct {
	Facts  Facts
	Change Change
}

// Contest decides what a batch makes of exclusive relationships. Its methods are called in this order:
//
//	NewContest ─▶ Slots ─▶ (load lines) ─▶ Settle ─▶ Absent ─▶ (load documents) ─▶ Shifts
//
// It is pure: the store loads what it asks for. Its cost is that of the slots that the batch touches.
type Contest struct {
	slots   []Slot // as they were first named
	entries map[Slot][]*entry
	was, is map[Slot]Line
}

// entry is what a document of the batch asserts of a slot.
type entry struct {
	Claimant
	was, is []RelRef
	comes   bool
}

// Shift is a document's assertion of a relationship that enters the graph or leaves it.
type Shift struct {
	Claimant
	Rel    RelRef
	Enters bool
}

// Move says that another host has an address, or none any more, or one that none had.
type Move struct {
	IP       string // key of the node
	From, To string // ids of hosts; empty is none
}

// NewContest returns what a batch has to say, whose documents come in their order.
func NewContest(batch []Revision) *Contest {
	c := &Contest{entries: map[Slot][]*entry{}, is: map[Slot]Line{}}
	for _, r := range batch {
		c.enter(r)
	}
	return c
}

// enter notes what a document asserts of the slots in which its assertions change.
func (c *Contest) enter(r Revision) {
	added := map[RelRef]bool{}
	for _, rel := range r.Change.RelsAdded {
		if slot, ok := rel.Ref().Slot(); ok {
			added[rel.Ref()] = true
			c.touch(slot, r.Facts.Source.Claimant()).comes = true
		}
	}
	for _, rel := range r.Change.RelsRemoved {
		if slot, ok := rel.Ref().Slot(); ok {
			e := c.touch(slot, r.Facts.Source.Claimant())
			e.was = append(e.was, rel.Ref())
		}
	}
	for _, rel := range r.Facts.Rels {
		ref := rel.Ref()
		slot, ok := ref.Slot()
		if !ok {
			continue
		}
		e := c.entry(slot, r.Facts.Source.Claimant())
		if e == nil {
			continue // nothing changes there
		}
		e.is = append(e.is, ref)
		if !added[ref] {
			e.was = append(e.was, ref)
		}
	}
}

// touch returns the entry of a document that changes something of a slot.
func (c *Contest) touch(slot Slot, d Claimant) *entry {
	if e := c.entry(slot, d); e != nil {
		return e
	}
	if c.entries[slot] == nil {
		c.slots = append(c.slots, slot)
	}
	e := &entry{Claimant: d}
	c.entries[slot] = append(c.entries[slot], e)
	return e
}

// entry returns that of a document, or nil if it changes nothing of the slot.
func (c *Contest) entry(slot Slot, d Claimant) *entry {
	for _, e := range c.entries[slot] { // at most one a document of the batch
		if e.Claimant == d {
			return e
		}
	}
	return nil
}

// Slots returns the slots whose lines Settle needs.
func (c *Contest) Slots() []Slot { return c.slots }

// Settle takes the lines as they stand before the batch, and returns those after it that are contested
// or were: a store keeps the former and forgets the latter, for a line that is not contested is who
// asserts what is in the graph.
func (c *Contest) Settle(was map[Slot]Line) (keep map[Slot]Line) {
	c.was, keep = was, map[Slot]Line{}
	for _, slot := range c.slots {
		line := was[slot]
		for _, e := range c.entries[slot] {
			switch {
			case e.comes:
				line = line.come(e.Claimant)
			case len(e.is) == 0:
				line = line.leave(e.Claimant)
			}
		}
		c.is[slot] = line
		if line.Contested() || was[slot].Contested() {
			keep[slot] = line
		}
	}
	return keep
}

// Absent returns the documents that change nothing of a slot which passes from host to host, and whose
// relationships enter or leave the graph with it, each once, by name: Shifts must know what they assert.
// Most are outside of the batch; one in it changes something else.
func (c *Contest) Absent() []Claimant {
	absent := map[Claimant]bool{}
	for _, slot := range c.slots {
		if c.was[slot].Holder() == c.is[slot].Holder() {
			continue
		}
		for _, d := range c.concerned(slot) {
			if c.entry(slot, d) == nil {
				absent[d] = true
			}
		}
	}
	return slices.SortedFunc(maps.Keys(absent), Claimant.compare)
}

// Shifts returns what enters the graph and what leaves it. held is what the documents that Absent named
// assert; what they assert of other slots is passed over.
func (c *Contest) Shifts(held map[Claimant][]Rel) (shifts []Shift) {
	absent := map[Slot]map[Claimant][]RelRef{}
	for d, rels := range held {
		for _, rel := range rels {
			if slot, ok := rel.Ref().Slot(); ok {
				if absent[slot] == nil {
					absent[slot] = map[Claimant][]RelRef{}
				}
				absent[slot][d] = append(absent[slot][d], rel.Ref())
			}
		}
	}
	for _, slot := range c.slots {
		for _, d := range c.concerned(slot) {
			was, is := absent[slot][d], absent[slot][d]
			if e := c.entry(slot, d); e != nil {
				was, is = e.was, e.is
			}
			if d.Host != c.was[slot].Holder() {
				was = nil
			}
			if d.Host != c.is[slot].Holder() {
				is = nil
			}
			shifts = append(shifts, shiftsOf(d, was, is)...)
		}
	}
	return shifts
}

// shiftsOf returns the differences between what is in the graph of a document before and after.
func shiftsOf(d Claimant, was, is []RelRef) (shifts []Shift) {
	for _, rel := range without(was, is) {
		shifts = append(shifts, Shift{Claimant: d, Rel: rel})
	}
	for _, rel := range without(is, was) {
		shifts = append(shifts, Shift{Claimant: d, Rel: rel, Enters: true})
	}
	return shifts
}

// without returns what is in a and not in b.
func without(a, b []RelRef) (rest []RelRef) {
	in := make(map[RelRef]bool, len(b))
	for _, rel := range b {
		in[rel] = true
	}
	return slices.DeleteFunc(slices.Clone(a), func(rel RelRef) bool { return in[rel] })
}

// Moves returns what became of addresses that one host had and no longer has, or has and had not. What
// host had one before that none has now, Contest does not know: it forgets lines that end.
func (c *Contest) Moves() (moves []Move) {
	for _, slot := range c.slots {
		from, to := c.was[slot].Holder(), c.is[slot].Holder()
		if slot.From.Label == IP && from != to {
			moves = append(moves, Move{IP: slot.From.Key, From: from, To: to})
		}
	}
	return moves
}

// concerned returns the documents of the hosts that have a slot before or after the batch, each once.
func (c *Contest) concerned(slot Slot) (all []Claimant) {
	was, is := c.was[slot], c.is[slot]
	for _, d := range slices.Concat(was, is) {
		if (d.Host == was.Holder() || d.Host == is.Holder()) && !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}
