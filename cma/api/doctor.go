package api

import (
	"context"
	"net/http"
	"net/url"
)

// MaxDiagnosed bounds the events in a Diagnosis.
const MaxDiagnosed = 8

// Diagnosis says why a host is thought to be as it is.
type Diagnosis struct {
	Host Host `json:"host"`
	// Events are the newest of which it is the subject, the newest last, at most MaxDiagnosed. Those that
	// the CMA has forgotten are missing.
	Events []EventRecord `json:"events"`
	// Cause is the event of the incident that it is a part of now.
	Cause *EventRecord `json:"cause,omitempty"`
	// Watchers are the neighbours of its last view, and the witnesses of its last death or link trouble.
	Watchers []Watcher `json:"watchers"`
	// Rings and Segments are what it said last of itself.
	Rings    []RingMember `json:"rings"`
	Segments []string     `json:"segments"`
	// HeardSince says that it sent the CMA something itself after the last of the events was received.
	HeardSince bool `json:"heard_since"`
}

// Watcher is a host that watches another, or did.
type Watcher struct {
	HostID string `json:"host_id"`
	Host   string `json:"host"`   // empty if the CMA does not know it
	Status string `json:"status"` // of the watcher itself, as in Host
	// Watches says whether it is so by its own last view, which came at ViewMS by the CMA's clock; 0: none has.
	Watches   bool  `json:"watches"`
	ViewMS    int64 `json:"view_ms"`
	Testified bool  `json:"testified"` // see the last death or link trouble among the events
}

// Doctor returns what is known of a host's health, by its name or id.
func (c *Client) Doctor(ctx context.Context, host string) (Diagnosis, error) {
	return call[Diagnosis](ctx, c, http.MethodGet, "v1/hosts/"+url.PathEscape(host)+"/doctor", nil)
}
