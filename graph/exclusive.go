package graph

import (
	"cmp"
	"slices"
)

// Exclusion is a type of relationship that a node with the label has to one host's at a time. An address
// is on one host: when a second host says that it has it, it has moved there, and the first may be dead
// and never say otherwise.
type Exclusion struct{ From, Type string }

// Exclusive returns the exclusions, for every Store alike. Of the relationships of such a type that
// documents assert from one node, those are in the graph that documents of one host assert: of the host
// whose document came to assert one last. To assert again what one asserts already is not to come. The
// others stay what their documents assert, and come back when that host's assert none any more.
//
// Such relationships have no properties, so that there is nothing to unite.
func Exclusive() []Exclusion {
	return []Exclusion{{From: IP, Type: On}, {From: Endpoint, Type: ProvidedBy}}
}

// Slot is the place that the relationships of an exclusive type from one node compete for.
type Slot struct {
	Type string
	From Ref
}

// Slot returns the slot of a relationship, and false if it is not exclusive.
func (r RelRef) Slot() (Slot, bool) {
	return Slot{r.Type, r.From}, slices.Contains(Exclusive(), Exclusion{From: r.From.Label, Type: r.Type})
}

// IsExclusive reports whether a relationship has a slot.
func (r RelRef) IsExclusive() bool {
	_, exclusive := r.Slot()
	return exclusive
}

// Claimant names a document, whatever its version.
type Claimant struct{ Host, Instance string }

// Claimant names the document of which s is a version.
func (s Source) Claimant() Claimant { return Claimant{s.Host, s.Instance} }

func (c Claimant) compare(d Claimant) int {
	return cmp.Or(cmp.Compare(c.Host, d.Host), cmp.Compare(c.Instance, d.Instance))
}

// Line is the documents that assert relationships of one slot. Those of a host stand together, and hosts
// in the order in which one of their documents last came to assert another: the last has the slot.
type Line []Claimant

// Holder returns the host that has the slot, or nothing.
func (l Line) Holder() string {
	if len(l) == 0 {
		return ""
	}
	return l[len(l)-1].Host
}

// Contested reports whether several hosts are in line.
func (l Line) Contested() bool { return len(l) > 0 && l[0].Host != l.Holder() }

// come returns the line after a document came to assert a relationship of the slot.
func (l Line) come(c Claimant) Line {
	var others, own Line
	for _, in := range l {
		switch {
		case in == c:
		case in.Host == c.Host:
			own = append(own, in)
		default:
			others = append(others, in)
		}
	}
	return append(append(others, own...), c)
}

// leave returns the line without a document.
func (l Line) leave(c Claimant) Line {
	return slices.DeleteFunc(slices.Clone(l), func(in Claimant) bool { return in == c })
}
