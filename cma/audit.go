package cma

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

// auditsPerSecond and auditsAtOnce bound how fast audits are stored, each of which costs the disk a
// write: a script that searches in a loop shall not slow documents down.
const (
	auditsPerSecond = 10
	auditsAtOnce    = 50
)

// audit takes what a search has read. It answers when that is durable.
func (c *CMA) audit(r *http.Request) (api.Stored, error) {
	var a api.Audit
	if err := c.decode(r, &a); err != nil {
		return api.Stored{}, err
	}
	if err := validateAudit(a); err != nil {
		return api.Stored{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", err)
	}
	now := time.Now()
	if !c.auditing.take(now) {
		c.stats.auditsRefused.Add(1)
		return api.Stored{}, refuse(http.StatusServiceUnavailable, api.CodeUnavailable, "more than %d audits a second", auditsPerSecond)
	}
	if err := c.Journal.PutAudit(a, now); err != nil {
		return api.Stored{}, err
	}
	c.news.ring()
	return api.Stored{Stored: 1}, nil
}

// audits answers with audits, when there are some or the time to wait is over.
func (c *CMA) audits(r *http.Request) ([]api.AuditRecord, error) {
	return follow(c, r, c.Journal.Audits)
}

func validateAudit(a api.Audit) error {
	for _, f := range []struct {
		field, text string
		most        int
	}{
		{"user", a.User, api.MaxAuditText}, {"uid", a.UID, api.MaxAuditText}, {"host", a.Host, api.MaxAuditText},
		{"dir", a.Dir, api.MaxAuditText}, {"tool", a.Tool, api.MaxAuditText}, {"kind", a.Kind, api.MaxAuditText},
		{"error", a.Error, api.MaxAuditText}, {"query", a.Query, api.MaxAuditQuery},
	} {
		if err := validatePrintable(f.text, f.most); err != nil {
			return fmt.Errorf("%s: %w", f.field, err)
		}
	}
	if a.Kind == "" {
		return fmt.Errorf("kind is empty")
	}
	if a.AskedMS < 0 || a.Servers < 0 || a.Keys < 0 || a.Bytes < 0 || a.Hits < 0 || a.TookMS < 0 {
		return fmt.Errorf("asked at %d, %d servers, %d keys, %d bytes, %d hits, took %d ms: none is below 0",
			a.AskedMS, a.Servers, a.Keys, a.Bytes, a.Hits, a.TookMS)
	}
	return nil
}

// allowance lets so many through a second, and some more in a row after a rest.
type allowance struct {
	mu     sync.Mutex
	tokens float64
	at     time.Time // of the tokens; zero: none was taken yet
}

// take reports whether one more may pass now.
func (a *allowance) take(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.at.IsZero() {
		a.tokens = auditsAtOnce
	} else {
		a.tokens = min(auditsAtOnce, a.tokens+max(0, now.Sub(a.at).Seconds())*auditsPerSecond)
	}
	a.at = now
	if a.tokens < 1 {
		return false
	}
	a.tokens--
	return true
}
