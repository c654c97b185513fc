package backbone

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// aloneSeconds is how long a ring may show no other member before this host takes itself for the
	// only one.
	aloneSeconds = 30
	maxJoinSeeds = 8
)

// A seat is this host's membership on one level: in a base ring for itself, above in the name of a ring
// of the level below.
type seat struct {
	level  uint8
	key    Prefix      // of the host, all 64 bits, or of the ring that it stands for
	stands Stands      // above level 0
	now    *membership // nil until a ring is found
	next   *membership // where it moves to, if it does

	arrivedAt uint64 // when it moved last: what was not seen since has not come along

	walk    *walk  // a question that is under way
	retryAt uint64 // do not walk before
	walks   int    // walks that found no ring to join
	tries   int    // of these, those that found nobody who knows

	office   bool     // it represents its ring
	roof     bool     // it is about to split the top ring, and has a ring above it founded
	vacantAt uint64   // since when it should; see after
	above    Above    // the ring above its own, as last heard
	told     Stands   // what it says of its own ring to the level above
	listed   []uint32 // places of the others that its stamp covers, in order
	toldAt   uint64

	move    Move  // that it directs
	order   Order // for the ring that it stands for
	splitAt uint64
	mergeAt uint64
	// reuniteAt is when strangers who stand for the same are looked at again.
	reuniteAt uint64

	doubts   []doubt
	shakenAt uint64           // when it last lost many at once
	kin      []netip.AddrPort // members of the ring that it left last, who went elsewhere
	vigil    vigil
}

// membership is this host in one ring.
type membership struct {
	ring    Ring
	joined  uint64
	founded bool // nobody was there before
	heard   bool
	members []member // the others, in the order of the circle
	note    []byte   // announced last
}

// member is another host in a ring.
type member struct {
	Peer
	place uint32
	addr  netip.AddrPort
	key   Prefix // empty above level 0 if it does not say what it stands for
}

// find returns the member of a place, or nil.
func (n *membership) find(place uint32) *member {
	if i := n.after(place); i < len(n.members) && n.members[i].place == place {
		return &n.members[i]
	}
	return nil
}

// after is where on the circle, counted in members, a place is.
func (n *membership) after(place uint32) int {
	i, _ := slices.BinarySearchFunc(n.members, place, func(p member, place uint32) int { return cmp.Compare(p.place, place) })
	return i
}

func (n *membership) knows(addr netip.AddrPort) bool {
	return slices.ContainsFunc(n.members, func(p member) bool { return p.addr == addr })
}

// settled reports whether n is a place to act in: others were heard, or there are none.
func (m *Machine) settled(n *membership) bool {
	return n.heard || n.founded || len(n.members) == 0 && m.now-n.joined >= aloneSeconds
}

// member makes sense of a Peer of a ring.
func (m *Machine) member(r Ring, p Peer) (member, bool) {
	addr, err := netip.ParseAddrPort(p.Addr)
	if err != nil || p.ID == m.cfg.Self.ID {
		return member{}, false
	}
	o := member{Peer: p, place: hash32(string(p.ID)), addr: unmapped(addr)}
	switch stands := p.Note.Stands.Ring; {
	case r.Level == 0:
		o.key = KeyOf(m.cfg.Group, p.ID).prefix(keyBits)
	case stands.Generation > 0 && stands.Level == r.Level-1:
		o.key = stands.Prefix
	}
	return o, true
}

// membership returns the seat and its membership in r, or nil.
func (m *Machine) membership(r Ring) (*seat, *membership) {
	if int(r.Level) < len(m.seats) {
		if s := m.seats[r.Level]; s != nil {
			for _, n := range []*membership{s.now, s.next} {
				if n != nil && n.ring == r {
					return s, n
				}
			}
		}
	}
	return nil, nil
}

func (m *Machine) view(v View) {
	s, n := m.membership(v.Ring)
	if s == nil {
		return
	}
	was := n.members
	n.heard = n.heard || v.Heard
	n.members = make([]member, 0, len(v.Peers))
	for _, p := range v.Peers[:min(len(v.Peers), ring.MaxMembers)] {
		if o, ok := m.member(v.Ring, p); ok {
			n.members = append(n.members, o)
		}
	}
	slices.SortFunc(n.members, func(a, b member) int { return cmp.Or(cmp.Compare(a.place, b.place), cmp.Compare(a.ID, b.ID)) })
	if n == s.now {
		s.vigil.departed(m.now, was, n)
	}
}

// join takes up a membership in r; the seeds are known or hoped to be members.
func (m *Machine) join(r Ring, seeds []netip.AddrPort) *membership {
	seeds = slices.DeleteFunc(slices.Clone(seeds), func(a netip.AddrPort) bool { return a == m.addr || !a.IsValid() })
	seeds = seeds[:min(len(seeds), maxJoinSeeds)]
	m.ready.Join = append(m.ready.Join, Join{Ring: r, Seeds: seeds})
	return &membership{ring: r, joined: m.now, founded: len(seeds) == 0}
}

func (m *Machine) leave(n *membership) {
	if n != nil {
		m.ready.Leave = append(m.ready.Leave, n.ring)
	}
}

// fill creates and ends the seat of a level above 0 as this host's offices and its principal's demand.
func (m *Machine) fill(level uint8) {
	if level == 0 {
		return
	}
	stands, wanted := m.mandate(level)
	switch s := m.seats[level]; {
	case !wanted && s != nil:
		if s.now != nil {
			in := m.entrances(s)
			m.remember(in[:]...)
		}
		m.leave(s.now)
		m.leave(s.next)
		m.seats[level] = nil
	case wanted && s == nil:
		m.seats[level] = &seat{level: level, stands: stands, key: stands.Ring.Prefix}
	case wanted:
		s.stands, s.key = stands, stands.Ring.Prefix
	}
}

// mandate is what this host should stand for on a level, if anything.
func (m *Machine) mandate(level uint8) (Stands, bool) {
	if below := m.seats[level-1]; below != nil && below.now != nil && below.office && !m.relieved(level-1) {
		return below.told, true
	}
	if stands := m.serves.stands; stands.Ring.Generation > 0 && stands.Ring.Level == level-1 {
		return stands, true
	}
	return Stands{}, false
}
