package api

import (
	"context"
	"net/http"
	"time"
)

// Limits of an audit.
const (
	MaxAuditText  = 512     // bytes of a text
	MaxAuditQuery = 4 << 10 // bytes of what was asked for
	MaxAudits     = 256     // in one answer
)

// Audit says who read what of the caches, as the reader tells it, and what it cost. Its texts are
// printable.
type Audit struct {
	User    string `json:"user,omitempty"` // login name
	UID     string `json:"uid,omitempty"`
	Host    string `json:"host,omitempty"` // where the question was asked
	Dir     string `json:"dir,omitempty"`  // working directory
	Tool    string `json:"tool,omitempty"` // program and command, without arguments
	AskedMS int64  `json:"asked_ms"`       // by the asker's clock
	Kind    string `json:"kind"`           // "search", "scan" or "list"
	Query   string `json:"query"`          // what was asked for, on one line
	Servers int    `json:"servers"`        // that were read
	Keys    int64  `json:"keys"`           // rows and fields of segments that were read
	Bytes   int64  `json:"bytes"`          // that the servers sent
	Hits    int    `json:"hits"`
	TookMS  int64  `json:"took_ms"`
	Error   string `json:"error,omitempty"` // why it did not come to its end
}

// AuditRecord is an audit as the CMA keeps it.
type AuditRecord struct {
	Number     uint64 `json:"number"`      // in the order received, from 1
	ReceivedMS int64  `json:"received_ms"` // by the CMA's clock
	Audit
}

// SendAudit tells of one search. It is durable when SendAudit returns without an error. The CMA takes ten
// a second and some more in a row; beyond it answers CodeUnavailable.
func (c *Client) SendAudit(ctx context.Context, a Audit) (Stored, error) {
	return call[Stored](ctx, c, http.MethodPost, "v1/audit", a)
}

// Audits is Events for audits, with MaxAudits as the most.
func (c *Client) Audits(ctx context.Context, after uint64, limit int, wait time.Duration) ([]AuditRecord, error) {
	return follow[AuditRecord](ctx, c, "v1/audit", after, limit, wait)
}
