package mesh

import (
	"net/netip"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// self is this host as it stands in this ring.
func (s *membership) self() ring.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machine.Self()
}

// members lists who is present, this host among them, in the order of the circle.
func (s *membership) members() []ring.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machine.Members()
}

func (s *membership) watching() []ring.Neighbour {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machine.Watching()
}

// missing lists the addresses that members had who are gone without a farewell.
func (s *membership) missing() []netip.AddrPort {
	s.mu.Lock()
	defer s.mu.Unlock()
	return addrsOf(s.machine.Missing())
}

func addrsOf(members []ring.Member) []netip.AddrPort {
	var addrs []netip.AddrPort
	for _, o := range members {
		if a, err := netip.ParseAddrPort(o.Addr); err == nil && !slices.Contains(addrs, a) {
			addrs = append(addrs, a)
		}
	}
	return addrs
}

func (s *membership) watches(id ring.HostID) bool {
	return slices.ContainsFunc(s.watching(), func(n ring.Neighbour) bool { return n.ID == id })
}

// everyone lists who is present, and who is gone without a farewell.
func (s *membership) everyone() (present, gone []ring.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.machine.Members(), s.machine.Missing()
}

// view is what the backbone's machine has to know of this ring, and whether it has changed since it
// was last asked for.
func (s *membership) view() (v backbone.View, changed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.news {
		return backbone.View{}, false
	}
	s.news = false
	return backbone.View{Ring: s.ring, Peers: s.others(), Heard: s.heard}, true
}

// others lists who is present but this host. mu is held.
func (s *membership) others() []backbone.Peer {
	var others []backbone.Peer
	for _, o := range s.machine.Members() {
		if o.ID != s.mesh.cfg.HostID {
			others = append(others, backbone.Peer{Member: o, Note: s.roll.note(o.ID)})
		}
	}
	return others
}

// peers lists who is present, this host among them, and who is gone without a farewell.
func (s *membership) peers() (present []backbone.Peer, gone []ring.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(s.others(), backbone.Peer{Member: s.machine.Self(), Note: s.note}), s.machine.Missing()
}

// heardOthers lists who is present but this host, and tells whether a heartbeat was answered here yet.
func (s *membership) heardOthers() (others []backbone.Peer, heard bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.others(), s.heard
}

// missedLately lists who went without a farewell shortly before now.
func (s *membership) missedLately(now time.Time) []backbone.Peer {
	const shortly = 30 * time.Second // it takes less until the places of representatives that died are filled
	var lately []backbone.Peer
	_, missing := s.everyone()
	for _, o := range missing {
		if s.roll.goneFor(o.ID, now) <= shortly {
			lately = append(lately, backbone.Peer{Member: o, Note: s.roll.note(o.ID)})
		}
	}
	return lately
}

// newlyDead lists who was declared dead since it was last asked for.
func (s *membership) newlyDead() []ring.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.settled {
		return nil
	}
	s.settled = false
	dead := map[ring.HostID]bool{}
	var newly []ring.Member
	for _, v := range s.machine.Verdicts() {
		dead[v.Subject] = true
		if !s.dead[v.Subject] {
			newly = append(newly, s.roll.member(v.Subject))
		}
	}
	s.dead = dead
	return newly
}

// represents reports whether this host holds an office of the ring.
func (s *membership) represents() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.note.Office
}

// metadata is what this host tells of itself in this ring.
func (s *membership) metadata() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	write := appendMetadata
	if s.mesh.cfg.metadata != nil {
		write = s.mesh.cfg.metadata
	}
	return write(nil, peer{Member: s.machine.Self(), key: s.mesh.public(), note: s.note})
}

// announce gives this host another note.
func (s *membership) announce(note backbone.Note) {
	s.mu.Lock()
	s.note = note
	s.mu.Unlock()
	s.tell()
}

// tell has the metadata spread, which have changed.
func (s *membership) tell() {
	select {
	case s.announcing <- struct{}{}:
	default: // the one that is waited for will say it
	}
}

// contact has all state exchanged with members that this host does not know, or holds to be gone.
func (s *membership) contact(addrs []netip.AddrPort) {
	select {
	case s.contacts <- addrs:
	default: // one waits already; who is missing is tried again
	}
}
