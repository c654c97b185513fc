package mesh

import (
	"bytes"

	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// delegate is what memberlist calls. It must not call memberlist back, which holds its lock, nor
// block, which would hold up the receipt of packets.
type delegate struct{ s *membership }

// NodeMeta is this member's metadata.
func (d delegate) NodeMeta(int) []byte { return d.s.metadata() }

// NotifyMsg takes a datagram or broadcast of the ring. b is memberlist's.
func (d delegate) NotifyMsg(b []byte) { d.s.inbox.letter(letter{bytes: bytes.Clone(b)}) }

// GetBroadcasts hands over what shall ride on the next packet, in the room that memberlist leaves and
// in what is reserved.
func (d delegate) GetBroadcasts(overhead, limit int) [][]byte {
	return d.s.broadcasts.GetBroadcasts(overhead, limit+reserved)
}

// LocalState is this member's part of an exchange of all state: whom it holds to be dead.
func (d delegate) LocalState(bool) []byte {
	d.s.mu.Lock()
	verdicts := d.s.machine.Verdicts()
	d.s.mu.Unlock()
	return d.s.mesh.sealer.SealVerdicts(nil, d.s.label, verdicts)
}

// MergeRemoteState is the other's.
func (d delegate) MergeRemoteState(b []byte, _ bool) {
	d.s.inbox.letter(letter{bytes: bytes.Clone(b), set: true})
}

// NotifyAlive refuses whoever is no nanoprobe, and a second host under one id that has another key.
// This member itself is never refused, without which memberlist can't be: what others say in its name
// it answers by itself.
func (d delegate) NotifyAlive(node *memberlist.Node) error {
	if node.Name == d.s.nodeName {
		return nil
	}
	p, err := peerOf(node)
	if err == nil {
		err = d.s.roll.admit(p)
	}
	if err != nil {
		d.s.mesh.refused.count(err)
		d.s.inbox.signal() // another host under a known id is looked at
	}
	return err
}

// NotifyJoin takes a new or returned member. Another host that waits for the id of a present one is
// none yet.
func (d delegate) NotifyJoin(node *memberlist.Node) {
	p, err := peerOf(node)
	switch {
	case err != nil: // NotifyAlive refused it otherwise
	case d.s.roll.enter(p):
		d.s.inbox.change(p.ID, ring.Joined{Member: p.Member})
	default:
		d.s.inbox.signal()
	}
}

// NotifyUpdate takes changed metadata: a new boot, epoch or note.
func (d delegate) NotifyUpdate(node *memberlist.Node) { d.NotifyJoin(node) }

// NotifyLeave takes the loss of a member. Whether it left or died memberlist does not say here; who
// leaves tells its neighbours by itself.
func (d delegate) NotifyLeave(node *memberlist.Node) {
	if p, err := peerOf(node); err == nil && d.s.roll.leave(p.ID, p.Addr) {
		d.s.inbox.change(p.ID, ring.Lost{ID: p.ID})
	}
}

// broadcast is a message on memberlist's packets; a newer one of its name replaces it.
type broadcast struct {
	name    string // see about and talliesOf
	message []byte
}

// about is the name of what is said of a host.
func about(subject ring.HostID) string { return "about " + string(subject) }

// talliesOf is the name of the tallies that a host sends.
func talliesOf(author ring.HostID) string { return "tallies of " + string(author) }

// Name makes the queue hold one broadcast of that name.
func (b broadcast) Name() string { return b.name }

// Invalidates is for broadcasts without a name.
func (b broadcast) Invalidates(memberlist.Broadcast) bool { return false }

// Message is what travels.
func (b broadcast) Message() []byte { return b.message }

// Finished is called when it was sent often enough.
func (b broadcast) Finished() {}
