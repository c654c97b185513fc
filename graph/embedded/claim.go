package embedded

import (
	"cmp"
	"iter"
	"maps"
	"slices"
)

// sourceID numbers a document whose facts the store holds.
type sourceID uint32

const (
	nobody sourceID = iota
	// resolver is the source of what the store resolves itself. It is older than any document.
	resolver
	firstDocument
	// several is the source in the place of an element's claim when there are more than one.
	several sourceID = 1<<32 - 1
)

// sayID numbers what is said of one node or relationship, in the file.
type sayID uint32

// silent is what a document says of a relationship of which it asserts no properties.
const silent sayID = 0

// claim is what one source says of an element.
type claim struct {
	source sourceID
	says   sayID
}

// claims are those of all nodes, or of all relationships. Most have one; packages have one a host.
type claims struct {
	single column[claim] // by id; of several, says is an index in shared
	shared []shared
	free   []sayID // indexes in shared
}

// writerOnly is the batch of a column of which there are no snapshots: it is changed in place.
const writerOnly = 0

// shared are the claims of an element that has several.
type shared struct {
	id    uint32
	of    []claim // in no order
	mixed bool    // they may say different things
}

// of returns the claims of an element; the slice is good until they change.
func (c *claims) of(id uint32) []claim {
	switch one := c.single.get(id); one.source {
	case nobody:
		return nil
	case several:
		return c.shared[one.says].of
	}
	return c.single.pages[id>>pageBits].values[id%pageLen:][:1]
}

// mixed reports whether an element has claims that may say different things.
func (c *claims) mixed(id uint32) bool {
	one := c.single.get(id)
	return one.source == several && c.shared[one.says].mixed
}

// by returns the claim of a source.
func (c *claims) by(id uint32, source sourceID) (claim, bool) {
	of := c.of(id)
	i := slices.IndexFunc(of, func(c claim) bool { return c.source == source })
	if i < 0 {
		return claim{}, false
	}
	return of[i], true
}

// shares reports whether other sources say the same of an element as one does.
func (c *claims) shares(id uint32, one claim) bool {
	return slices.ContainsFunc(c.of(id), func(other claim) bool { return other.says == one.says && other.source != one.source })
}

// add takes the claim of a source that had none, and reports whether the element may be another for
// it. It costs the same for a package that every host has as for one that none has.
func (c *claims) add(id uint32, new claim) (news bool) {
	switch old := c.single.get(id); old.source {
	case nobody:
		c.single.set(id, new, writerOnly)
		return true
	case several:
		s := &c.shared[old.says]
		s.mixed = s.mixed || s.of[0].says != new.says
		s.of = append(s.of, new)
		return s.mixed
	default:
		mixed := old.says != new.says
		c.single.set(id, claim{several, c.share(shared{id, []claim{old, new}, mixed})}, writerOnly)
		return mixed
	}
}

// pack gives back what the lists have grown beyond their length.
func (c *claims) pack() {
	c.shared = slices.Clone(c.shared)
	for i := range c.shared {
		c.shared[i].of = slices.Clone(c.shared[i].of)
	}
}

// share finds a place for claims.
func (c *claims) share(s shared) sayID {
	if last := len(c.free) - 1; last >= 0 {
		place := c.free[last]
		c.free = c.free[:last]
		c.shared[place] = s
		return place
	}
	c.shared = append(c.shared, s)
	return sayID(len(c.shared) - 1)
}

// remove takes the claim of a source away, which has one. It says what it said, whether anybody else
// says that, and whether the element may be another without it.
func (c *claims) remove(id uint32, source sourceID) (said sayID, others, news bool) {
	of := c.of(id)
	i := slices.IndexFunc(of, func(c claim) bool { return c.source == source })
	if i < 0 {
		panic("embedded: no claim of this source")
	}
	said = of[i].says
	if len(of) == 1 {
		c.single.set(id, claim{}, writerOnly)
		return said, false, true
	}
	news = c.mixed(id)
	of[i] = of[len(of)-1]
	of = of[:len(of)-1]
	place := c.single.get(id).says
	if c.shared[place].of = of; len(of) == 1 {
		c.single.set(id, of[0], writerOnly)
		c.shared[place] = shared{}
		c.free = append(c.free, place)
	}
	return said, slices.ContainsFunc(c.of(id), func(c claim) bool { return c.says == said }), news
}

// distinct returns what is said of an element, each once, by the age of the youngest source that says
// it; the youngest comes last. age is the store's clock when a source last changed.
func (c *claims) distinct(id uint32, age func(sourceID) uint64) []sayID {
	of := c.of(id)
	if len(of) == 0 {
		return nil
	}
	if !c.mixed(id) {
		return []sayID{of[0].says}
	}
	youngest := map[sayID]uint64{}
	for _, c := range of {
		youngest[c.says] = max(youngest[c.says], age(c.source))
	}
	c.shared[c.single.get(id).says].mixed = len(youngest) > 1
	return slices.SortedFunc(maps.Keys(youngest), func(a, b sayID) int {
		return cmp.Compare(youngest[a], youngest[b])
	})
}

// differing yields the elements whose claims may say different things.
func (c *claims) differing() iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for i := range c.shared {
			if c.shared[i].mixed && !yield(c.shared[i].id) {
				return
			}
		}
	}
}

// unite returns what all that is said of an element comes to: all labels, and of each property the
// value that was given to it last.
func unite(parts []saying) saying {
	if len(parts) == 1 {
		return parts[0]
	}
	united := parts[0]
	united.labels, united.props = nil, nil
	props := map[uint32]prop{}
	for _, p := range parts {
		united.labels = append(united.labels, p.labels...)
		for _, prop := range p.props {
			props[prop.key] = prop
		}
	}
	united.props = slices.Collect(maps.Values(props))
	sortProps(united.props)
	return united
}
