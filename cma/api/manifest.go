package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Limits of what a host says of itself.
const (
	MaxManifest   = 4096      // instances that a Manifest names: those of one host in the journal
	MaxNeighbours = 8         // hosts that one watches: 2 or 4 in each of two rings
	MaxRings      = 8         // that one is a member of: two, and as many while it moves
	MaxRingViews  = 1000      // in one answer
	maxFleet      = 1_000_000 // hosts that Ring reads, as many as a CMA holds
)

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
	// Segments are what the host hangs on, KIND:VALUE: at most 8 of at most 64 bytes (package cause).
	Segments []string `json:"segments,omitempty"`
	// Key is the public half of the host's ed25519 key, by which its events are signed; base64 in JSON.
	// The CMA keeps the first that it is shown and verifies by it from then on.
	Key []byte `json:"key,omitempty"`
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
	Addr     string        `json:"addr,omitempty"`     // "ip:port" under which its ring reaches it
	Watching []ring.Member `json:"watching"`           // whom it watches, at most MaxNeighbours
	Rings    []RingMember  `json:"rings,omitempty"`    // that it is a member of, at most MaxRings
	Segments []string      `json:"segments,omitempty"` // as in Manifest
	Key      []byte        `json:"key,omitempty"`      // as in Manifest

	ReceivedMS int64 `json:"received_ms,omitempty"` // by the CMA's clock; the CMA sets it
}

// RingMember is a host's membership of one ring.
type RingMember struct {
	Level   int    `json:"level"`            // 0: a ring of hosts; above: of the representatives of rings
	Name    string `json:"name"`             // for people
	Label   string `json:"label"`            // on the wire
	Members int    `json:"members"`          // of the ring, as this one knows
	Office  string `json:"office,omitempty"` // that it holds there; empty: none
}

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
	views := []RingView{}
	for after := ""; len(views) < maxFleet; after = views[len(views)-1].HostID {
		page, err := c.RingPage(ctx, after, MaxRingViews)
		if err != nil {
			return nil, err
		}
		if views = append(views, page...); len(page) < MaxRingViews {
			break
		}
	}
	slices.SortFunc(views, func(a, b RingView) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.HostID, b.HostID))
	})
	return views, nil
}

// RingPage returns the newest views of the first hosts that are up and whose ids sort after one, sorted by
// id: at most limit, 1 to MaxRingViews, and fewer only at the end.
func (c *Client) RingPage(ctx context.Context, afterID string, limit int) ([]RingView, error) {
	q := url.Values{"after": {afterID}, "limit": {strconv.Itoa(limit)}}
	return call[[]RingView](ctx, c, http.MethodGet, "v1/ring?"+q.Encode(), nil)
}
