package mesh

import (
	"github.com/hashicorp/memberlist"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// delegate is what memberlist calls. It must not call memberlist back, which holds its lock, nor
// block, which would hold up the receipt of packets.
type delegate struct{ m *Mesh }

// NodeMeta is this member's metadata.
func (d delegate) NodeMeta(int) []byte { return appendMetadata(nil, d.m.Self()) }

// NotifyMsg takes a datagram or broadcast of the ring.
func (d delegate) NotifyMsg(b []byte) {
	msg, err := ring.Parse(b)
	if err != nil {
		d.m.inbox.drop()
		d.m.cfg.Logger.Debug("message dropped", "err", err)
		return
	}
	d.m.inbox.message(ring.Received{Message: msg})
}

// GetBroadcasts hands over what shall ride on the next packet.
func (d delegate) GetBroadcasts(overhead, limit int) [][]byte {
	return d.m.broadcasts.GetBroadcasts(overhead, limit)
}

// LocalState is this member's part of an exchange of all state.
func (d delegate) LocalState(bool) []byte {
	d.m.mu.Lock()
	defer d.m.mu.Unlock()
	return ring.AppendVerdicts(nil, d.m.machine.Verdicts())
}

// MergeRemoteState is the other's.
func (d delegate) MergeRemoteState(b []byte, _ bool) {
	verdicts, err := ring.ParseVerdicts(b)
	if err != nil {
		d.m.inbox.drop()
		d.m.cfg.Logger.Debug("verdicts dropped", "err", err)
		return
	}
	d.m.inbox.message(ring.Synced{Verdicts: verdicts})
}

// NotifyAlive refuses whoever is no nanoprobe.
func (d delegate) NotifyAlive(node *memberlist.Node) error {
	_, err := memberOf(node)
	return err
}

// NotifyJoin takes a new or returned member.
func (d delegate) NotifyJoin(node *memberlist.Node) {
	if m, err := memberOf(node); err == nil { // NotifyAlive refused it otherwise
		d.m.inbox.change(m.ID, ring.Joined{Member: m})
	}
}

// NotifyUpdate takes changed metadata: a new boot or epoch.
func (d delegate) NotifyUpdate(node *memberlist.Node) { d.NotifyJoin(node) }

// NotifyLeave takes the loss of a member. Whether it left or died memberlist does not say here; who
// leaves tells its neighbours by itself.
func (d delegate) NotifyLeave(node *memberlist.Node) {
	id := ring.HostID(node.Name)
	d.m.inbox.change(id, ring.Lost{ID: id})
}

// NotifyConflict takes two addresses under one host id.
func (d delegate) NotifyConflict(existing, other *memberlist.Node) {
	a, errA := memberOf(existing)
	b, errB := memberOf(other)
	if errA == nil && errB == nil {
		d.m.inbox.conflict(conflict{a, b})
	}
}

// broadcast is a message on memberlist's packets; a newer one of its subject replaces it.
type broadcast struct {
	subject ring.HostID
	message []byte
}

// Name makes the queue hold one broadcast a subject.
func (b broadcast) Name() string { return string(b.subject) }

// Invalidates is for broadcasts without a name.
func (b broadcast) Invalidates(memberlist.Broadcast) bool { return false }

// Message is what travels.
func (b broadcast) Message() []byte { return b.message }

// Finished is called when it was sent often enough.
func (b broadcast) Finished() {}
