package api

import (
	"context"
	"net/http"
)

// MaxHeard bounds the hosts that one request asks about.
const MaxHeard = 10_000

// HeardQuery asks for news of hosts.
type HeardQuery struct {
	Hosts []string `json:"hosts"` // names or ids, at most MaxHeard
}

// Heard says how a host is, and how long ago the CMA heard of it. The fields are those of Host.
type Heard struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	SeenMS int64  `json:"seen_ms"`
	AgeMS  int64  `json:"age_ms"`
}

// Heard returns what the CMA heard of these hosts, in their order. One that it does not know is left out.
// Like Down it asks the journal only, so that it is answered while the graph is away, too.
func (c *Client) Heard(ctx context.Context, hosts []string) ([]Heard, error) {
	return call[[]Heard](ctx, c, http.MethodPost, "v1/heard", HeardQuery{Hosts: hosts})
}
