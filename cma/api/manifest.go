package api

import (
	"context"
	"net/http"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// MaxManifest bounds the instances that a Manifest names: those of one host in the journal.
const MaxManifest = 4096

// Manifest says which documents a nanoprobe has, so that both sides come to hold the same. A nanoprobe
// sends it once all its agents have run, after a reconnection, and now and then: what it does not name
// is withdrawn from the journal and the graph.
type Manifest struct {
	HostID string `json:"host_id"`
	Host   string `json:"host"`
	Boot   uint64 `json:"boot"`
	Epoch  uint32 `json:"epoch"`          // the ring's, 0 without one
	Addr   string `json:"addr,omitempty"` // "ip:port" under which its ring reaches it
	// Sequence is that of the newest document the manifest takes in. What the CMA holds of this boot
	// with a later one was made after the manifest and is not withdrawn.
	Sequence  uint64            `json:"sequence"`
	Instances map[string]string `json:"instances"` // instance → hash, at most MaxManifest
}

// Lacking answers a Manifest. Both lists are sorted.
type Lacking struct {
	Instances []string `json:"instances"` // to be sent: not held, or with another hash
	Unknown   []string `json:"unknown"`   // were held and not named: they are withdrawn
}

// RingView is what a nanoprobe reports of its ring whenever its neighbours change. The CMA keeps the
// newest of each host.
type RingView struct {
	HostID   string        `json:"host_id"`
	Host     string        `json:"host"`
	Boot     uint64        `json:"boot"`
	Epoch    uint32        `json:"epoch"`
	Addr     string        `json:"addr,omitempty"` // "ip:port" under which its ring reaches it
	Watching []ring.Member `json:"watching"`       // whom it watches, at most MaxNeighbours
}

// MaxNeighbours bounds the hosts that one watches: 2 or 4, and as many while they change.
const MaxNeighbours = 8

// Self is the host that a manifest comes from, as its ring knows it.
func (m Manifest) Self() ring.Member {
	return ring.Member{ID: ring.HostID(m.HostID), Name: m.Host, Addr: m.Addr, Boot: m.Boot, Epoch: m.Epoch}
}

// Self is the host that a view comes from, as its ring knows it.
func (v RingView) Self() ring.Member {
	return ring.Member{ID: ring.HostID(v.HostID), Name: v.Host, Addr: v.Addr, Boot: v.Boot, Epoch: v.Epoch}
}

// SendManifest says which documents a host has and returns what the CMA lacks. A name that another
// live host has is refused with CodeConflict.
func (c *Client) SendManifest(ctx context.Context, m Manifest) (Lacking, error) {
	return call[Lacking](ctx, c, http.MethodPost, "v1/manifests", m)
}

// SendRingView reports whom a host watches; it is durable when it returns. A view older than the one
// that is held changes nothing.
func (c *Client) SendRingView(ctx context.Context, v RingView) error {
	_, err := call[Stored](ctx, c, http.MethodPost, "v1/rings", v)
	return err
}

// Ring returns the newest view of each host that is up, sorted by the host's name.
func (c *Client) Ring(ctx context.Context) ([]RingView, error) {
	return call[[]RingView](ctx, c, http.MethodGet, "v1/ring", nil)
}
