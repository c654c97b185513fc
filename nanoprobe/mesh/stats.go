package mesh

import (
	"crypto/ed25519"
	"maps"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Stats counts since New; what is of a ring, since the host joined that.
type Stats struct {
	Rings   []RingStats       `json:"rings"` // base ring first
	Wire    wire.Stats        `json:"wire"`
	Refused map[string]uint64 `json:"refused"` // messages, members and requests, by reason
	Dropped uint64            `json:"dropped"` // messages that came faster than they are read
	Calls   Calls             `json:"calls"`
}

// RingStats is what one membership has counted.
type RingStats struct {
	ring.Stats
	Name     string           `json:"name"`
	Level    int              `json:"level"`
	Members  int              `json:"members"` // present, this one among them
	Watching []ring.Neighbour `json:"watching"`
}

// RingStatus is this host's part in one ring.
type RingStatus struct {
	Ring     backbone.Ring
	Name     string           // for people
	Label    string           // for machines
	Level    int              // 0: a base ring
	Office   bool             // whether this host represents the ring in the one above
	Members  []ring.Member    // present, this host among them, in the order of the circle
	Watching []ring.Neighbour // they watch this host as well, as far as it knows
}

// Rings lists this host's memberships in the order of their levels. While it moves from one ring to
// another it is in both.
func (m *Mesh) Rings() []RingStatus {
	var rings []RingStatus
	for _, s := range m.byLevel() {
		rings = append(rings, s.status())
	}
	return rings
}

// Members lists who is present in the base ring, this host among them, in the order of the circle.
func (m *Mesh) Members() []ring.Member {
	if s := m.base(); s != nil {
		return s.members()
	}
	return []ring.Member{m.Self()}
}

// Watching lists the neighbours that this host watches in the base ring. As far as it knows, the same
// watch it.
func (m *Mesh) Watching() []ring.Neighbour {
	if s := m.base(); s != nil {
		return s.watching()
	}
	return nil
}

// Stats returns the counters.
func (m *Mesh) Stats() Stats {
	stats := Stats{Refused: m.refused.read()}
	for _, s := range m.byLevel() {
		stats.Rings = append(stats.Rings, s.stats())
		stats.Dropped += s.inbox.lost()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	stats.Calls = m.calls
	if m.wire != nil {
		stats.Wire = m.wire.Stats()
	}
	return stats
}

func (s *membership) status() RingStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	return RingStatus{
		Ring: s.ring, Name: s.name(), Label: s.label, Level: int(s.ring.Level), Office: s.note.Office,
		Members: s.machine.Members(), Watching: s.machine.Watching(),
	}
}

func (s *membership) stats() RingStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return RingStats{
		Stats: s.machine.Stats(), Name: s.name(), Level: int(s.ring.Level),
		Members: len(s.machine.Members()), Watching: s.machine.Watching(),
	}
}

// name is the ring for people.
func (s *membership) name() string { return s.ring.Name(s.mesh.cfg.Group) }

// read returns a copy of what was counted.
func (t *tally) read() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.by)
}

// public is the host's public key.
func (m *Mesh) public() ed25519.PublicKey { return m.cfg.Key.Public().(ed25519.PublicKey) }
