package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Limits of events.
const (
	MaxEvents     = 256              // events in one request or answer
	MaxEventsWait = 30 * time.Second // for an event that is still to come
	MaxWitnesses  = 16               // kept of one event, and of those whom one witness asked
	MaxHookOutput = 4 << 10          // bytes kept of what a hook printed
)

// Events is what witnesses have to report.
type Events struct {
	Events []ring.Event `json:"events"` // at most MaxEvents
}

// EventRecord is an event as the CMA keeps it: what all its witnesses report under one id.
type EventRecord struct {
	Number     uint64 `json:"number"` // in the order received, from 1
	ID         string `json:"id"`
	ring.Event        // as its first witness told it; but Members are those that any of its witnesses listed
	// HostName is that of its subject, when it was received; of an event of many, what they have in common.
	HostName string `json:"host_name"`
	// Witnesses are the ids of the hosts that reported it, first to last; [CMAWitness] is the CMA itself.
	Witnesses   []string    `json:"witnesses"`
	Testimonies []Testimony `json:"testimonies,omitempty"` // of a death or a link: what each of them says
	ReceivedMS  int64       `json:"received_ms"`           // the first report, by the CMA's clock
	// Status is what became of its subject: "up", "dead" or "shutdown"; of the hosts of an event of many:
	// "unknown", or "up". It is empty if the event changes no status: by its kind, or because a newer one
	// was known.
	Status string `json:"status,omitempty"`
	// Hosts is how many an event of many concerns; Members has the first ring.MaxMembers of them.
	Hosts int `json:"hosts,omitempty"`
	// HooksPending says that not every hook has run or failed for good; Hooks has those that have. While
	// it is Held no hook runs: it may turn out to have a cause in common with others.
	HooksPending bool          `json:"hooks_pending,omitempty"`
	Held         bool          `json:"held,omitempty"`
	Hooks        []HookOutcome `json:"hooks,omitempty"` // in the order in which they ended
	// Cause is the incident that explains it. Hooks are told of that, and not of this event.
	Cause string `json:"cause,omitempty"`
}

// CMAWitness stands for the CMA among the witnesses of an event.
const CMAWitness = "cma"

// Testimony is what one witness of an event says of it; the fields are those of ring.Event.
type Testimony struct {
	Witness    ring.HostID   `json:"witness"`
	SecondedBy []ring.HostID `json:"seconded_by,omitempty"`
	Asked      []ring.HostID `json:"asked,omitempty"`
	Dial       string        `json:"dial,omitempty"`
	SilentMS   int64         `json:"silent_ms,omitempty"`
	RTTMicros  int64         `json:"rtt_us,omitempty"`
	LossPct    int           `json:"loss_pct,omitempty"`
	Signed     bool          `json:"signed,omitempty"` // and the signature is that of the witness's key
	ReceivedMS int64         `json:"received_ms"`      // by the CMA's clock
}

// HookOutcome is the last try of running a hook for an event.
type HookOutcome struct {
	Name      string `json:"name"`
	ExitCode  int    `json:"exit_code"`       // -1: it was killed, or did not start
	Error     string `json:"error,omitempty"` // empty: it has run well
	Tries     int    `json:"tries"`
	StartedMS int64  `json:"started_ms"` // by the CMA's clock
	TookMS    int64  `json:"took_ms"`
	Output    string `json:"output,omitempty"` // the last MaxHookOutput bytes of both its outputs
}

// SendEvents reports events. When it returns without an error, each is durable or named among the
// refused by its id. Reporting an event again changes nothing.
func (c *Client) SendEvents(ctx context.Context, events Events) (Stored, error) {
	return call[Stored](ctx, c, http.MethodPost, "v1/events", events)
}

// Events returns the first events after the one numbered after, or, if that is 0, the newest; at most
// limit of them, 1 to MaxEvents, the newest last. If there are none, it waits
// for one for as long as wait, which is rounded to seconds and at most MaxEventsWait.
func (c *Client) Events(ctx context.Context, after uint64, limit int, wait time.Duration) ([]EventRecord, error) {
	return follow[EventRecord](ctx, c, "v1/events", after, limit, wait)
}

// follow asks for the records at path after the one numbered after, as Events describes it.
func follow[T any](ctx context.Context, c *Client, path string, after uint64, limit int, wait time.Duration) ([]T, error) {
	path = fmt.Sprintf("%s?after=%d&limit=%d&wait=%d", path, after, limit, int(wait.Round(time.Second).Seconds()))
	patient := *c
	patient.timeout += wait
	return call[[]T](ctx, &patient, http.MethodGet, path, nil)
}
