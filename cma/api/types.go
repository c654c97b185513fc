package api

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/assim-mesh/assim/discovery"
)

// Limits of a request and its answer, held by both sides.
const (
	MaxRequestBytes = 32 << 20  // decompressed; seven of the largest documents with their envelopes
	MaxAnswerBytes  = 64 << 20  // a host with more to say gets less data
	MaxRowsBytes    = 1 << 30   // of a query's answer, whose rows the CMA's limits bound before
	MaxQueryTime    = time.Hour // what a CMA can allow a query
	MaxDocuments    = 256       // documents in one request
	MaxQueryBytes   = 64 << 10  // text of a query
)

// Documents is what a nanoprobe has found.
type Documents struct {
	Documents []discovery.Document `json:"documents"`
}

// Stored answers Documents, Events and RingView: everything in the request is durable, but for what
// was refused.
type Stored struct {
	Stored  int       `json:"stored"` // kept, known already, or older than what is kept
	Refused []Refused `json:"refused,omitempty"`
}

// Refused names a document or an event that the CMA will never take, and why; sending it again is no
// use.
type Refused struct {
	Instance string `json:"instance"` // of a document; of an event, its id
	Reason   string `json:"reason"`
}

// Query asks for rows: either Cypher or Name is set.
type Query struct {
	Cypher string         `json:"cypher,omitempty"`
	Name   string         `json:"name,omitempty"`
	Params map[string]any `json:"params,omitempty"` // for a named query, strings are converted to the declared types
	// Mode asks for the plan too: ModeExplain without the rows, ModeProfile with them and what each step took.
	Mode string `json:"mode,omitempty"`
}

// Modes of a Query besides the empty one, which asks for rows.
const (
	ModeExplain = "explain"
	ModeProfile = "profile"
)

// Rows answers a Query. Values are JSON values; a node is {"labels", "properties"}, a relationship
// {"type", "properties"}, a path {"nodes", "relationships"}. Integers are exact: decode with UseNumber.
type Rows struct {
	Columns []string            `json:"columns"`
	Rows    [][]json.RawMessage `json:"rows"`
	Notes   []string            `json:"notes,omitempty"` // sentences on what the rows don't show
	// Plan is how the query runs, a graph/cypher.Plan; missing unless it was asked for, and where the
	// CMA's store shows none.
	Plan json.RawMessage `json:"plan,omitempty"`
}

// NamedQuery describes a query that is kept by name.
type NamedQuery struct {
	Name    string       `json:"name"`
	Title   string       `json:"title"`
	Params  []QueryParam `json:"params,omitempty"`
	Columns []string     `json:"columns"`
	Cypher  string       `json:"cypher"`
}

// QueryParam is a parameter of a named query.
type QueryParam struct {
	Name     string `json:"name"`
	Type     string `json:"type"` // string, int, float, bool, ipaddr, macaddr, regex, list
	Required bool   `json:"required,omitempty"`
	Default  string `json:"default,omitempty"` // unless required
	Title    string `json:"title,omitempty"`
}

// Host is one line of the fleet.
type Host struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Status is "up", "dead", "shutdown", or "unknown" for a host behind a failure that is not its own; up
	// if the ring says nothing.
	Status    string   `json:"status"`
	Reason    string   `json:"reason"`    // "host dead", "nanoprobe down", "shut down", "behind switch X"; empty when up
	SinceMS   int64    `json:"since_ms"`  // when it came to that status, by the CMA's clock; 0 if the ring says nothing
	OS        string   `json:"os"`        // "Debian GNU/Linux 12 (bookworm)", empty when not known
	Addrs     []string `json:"addresses"` // neither loopback nor link-local, sorted
	Services  int      `json:"services"`
	Documents int      `json:"documents"`
	SeenMS    int64    `json:"seen_ms"` // when the CMA last heard of it, Unix milliseconds by the CMA's clock
	AgeMS     int64    `json:"age_ms"`  // now - SeenMS, by the CMA's clock
	// GraphAway says that the graph can't be asked for now: OS, Addrs and Services are not known, all
	// else comes from the journal and is as good as ever.
	GraphAway bool `json:"graph_away,omitempty"`
}

// Down is a host that is not up, and not behind a failure that is not its own.
type Down struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Status  string `json:"status"`   // "dead" or "shutdown"
	SinceMS int64  `json:"since_ms"` // when it came to that, by the CMA's clock
}

// HostDetail is one host with its documents, sorted by instance. Once the data of those before has
// filled half of MaxAnswerBytes, the data of a document is null.
type HostDetail struct {
	Host
	Sealed []DocumentState `json:"documents_held"`
}

// DocumentState is a document that the CMA holds.
type DocumentState struct {
	discovery.Document
	ReceivedMS int64 `json:"received_ms"` // by the CMA's clock
	Applied    bool  `json:"applied"`     // it is in the graph
	// Refused says why it is held and not in the graph, for good: its data is not of its type's shape, or
	// the graph can't take it.
	Refused string `json:"refused,omitempty"`
}

// Status is the CMA's own state.
type Status struct {
	Version       string `json:"version"`
	StartedMS     int64  `json:"started_ms"`
	Hosts         int    `json:"hosts"`
	Documents     int    `json:"documents"`      // held, newest of each instance
	Backlog       int    `json:"backlog"`        // held and not yet in the graph
	Received      uint64 `json:"received"`       // since the start
	Unchanged     uint64 `json:"unchanged"`      // received with the hash that was held
	Refused       uint64 `json:"refused"`        // received and refused
	Applied       uint64 `json:"applied"`        // applied to the graph
	Underivable   uint64 `json:"underivable"`    // held, but not of their type's shape, or refused by the graph
	ApplyFailures uint64 `json:"apply_failures"` // tries that failed and are repeated
	Queries       uint64 `json:"queries"`

	Events          int    `json:"events"`           // held
	EventsReceived  uint64 `json:"events_received"`  // since the start, as are the next two
	EventsDuplicate uint64 `json:"events_duplicate"` // received, and known from another witness or before
	EventsRefused   uint64 `json:"events_refused"`   // received and refused
	// SignaturesRefused are those of EventsRefused that their witness's key did not sign, and KeysRefused
	// what hosts sent under another key than their first; both since the start.
	SignaturesRefused uint64 `json:"signatures_refused"`
	KeysRefused       uint64 `json:"keys_refused"`
	Audits            int    `json:"audits"`         // held
	AuditsRefused     uint64 `json:"audits_refused"` // too many a second; since the start
	Incidents         int    `json:"incidents"`      // common causes of deaths whose hosts are not all back
	EventsHeld        int    `json:"events_held"`    // of HooksPending: may have a cause in common with others
	HooksRun          uint64 `json:"hooks_run"`      // runs that ended well, since the start
	HooksFailed       uint64 `json:"hooks_failed"`   // given up after the last try, since the start
	HooksPending      int    `json:"hooks_pending"`  // events for which hooks are still to run

	// MovesPassed are moves of addresses of which no event tells, since too many had moved, and
	// AddressesForgotten addresses given up whose last host was forgotten in less than a day, since too many
	// had been; both since the start.
	MovesPassed        uint64 `json:"moves_passed_over"`
	AddressesVacant    int    `json:"addresses_vacant"` // given up, and the last host is remembered
	AddressesForgotten uint64 `json:"addresses_forgotten"`
}

// Error is the body of an answer that is not 2xx.
type Error struct {
	Status  int    `json:"-"` // HTTP status
	Code    string `json:"code"`
	Message string `json:"message"`
	// For code "query": where in the text, and the name that may have been meant.
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Nearest string `json:"nearest,omitempty"`
}

// Codes of Error.
const (
	CodeUnauthorized = "unauthorized"
	CodeBadRequest   = "bad_request"
	CodeNotFound     = "not_found"
	CodeQuery        = "query"       // the query is at fault
	CodeQueryLimit   = "query_limit" // the query needs more than one may
	CodeUnknownQuery = "unknown_query"
	CodeConflict     = "conflict"    // another live host has the name
	CodeUnavailable  = "unavailable" // try again later
	CodeInternal     = "internal"
)

func (e *Error) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	}
	return e.Message
}
