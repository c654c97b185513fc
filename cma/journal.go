package cma

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// Errors of OpenJournal, wrapped with the path; ErrDamaged may come of any later call too.
var (
	ErrDamaged = errors.New("damaged journal")               // cut short or altered
	ErrFormat  = errors.New("not a journal of this version") // another file, or another version's
	ErrLocked  = errors.New("journal in use by another process")
)

const (
	journalFormat = 2

	// maxHosts and maxInstances bound the journal by the fleet. A host has some 20 documents; one with
	// thousands has an agent that makes up instances.
	maxHosts     = 1_000_000
	maxInstances = api.MaxManifest
	// maxEvents is how many events are kept, 0.5 to 10 kB each with what their hooks printed. Those whose
	// hooks are still to run are kept besides, at most maxAlerts: with more, nobody reports new ones.
	maxEvents = 20_000
	maxAlerts = 10_000
	// maxAudits is how many audits are kept, some 0.3 kB each, apart from events.
	maxAudits = 20_000

	// liveFor is how long a host that is not heard of keeps its name from another. A steady host sends
	// nothing, but few see no connection come or go in a day; and a name is lost only to a claimant.
	liveFor = 24 * time.Hour
)

// Buckets of the journal; every value is a record. Bodies stand apart, so that a nanoprobe that
// starts again and sends what is known rewrites some 200 bytes a document and not the document.
var (
	metaBucket     = []byte("meta")      // "journal" → journalMeta
	hostsBucket    = []byte("hosts")     // host id → HostRecord
	namesBucket    = []byte("names")     // host name → id of the host that has it
	statesBucket   = []byte("states")    // host id, 0, instance → state
	bodiesBucket   = []byte("bodies")    // the same → discovery.Document as it came with this content
	pendingBucket  = []byte("pending")   // receive number, u64 big-endian → waiting
	eventsBucket   = []byte("events")    // event number, u64 big-endian → api.EventRecord
	eventIDsBucket = []byte("event ids") // id of an event → its number
	alertsBucket   = []byte("alerts")    // number of an event for which hooks are still to run → its turn; 0: held
	turnsBucket    = []byte("turns")     // turn, u64 big-endian → number of the event
	heldBucket     = []byte("held")      // whose event it is (see owner), 0, number → number
	incidentBucket = []byte("incidents") // id → cause.Incident
	movingBucket   = []byte("moving")    // address → moving
	vacantBucket   = []byte("vacant")    // address → vacancy
	vacatedBucket  = []byte("vacated")   // number of a vacancy, u64 big-endian → address
	auditsBucket   = []byte("audits")    // audit number, u64 big-endian → api.AuditRecord

	metaKey = []byte("journal")
)

func buckets() [][]byte {
	return [][]byte{
		metaBucket, hostsBucket, namesBucket, statesBucket, bodiesBucket, pendingBucket,
		eventsBucket, eventIDsBucket, alertsBucket, turnsBucket, heldBucket, incidentBucket,
		movingBucket, vacantBucket, vacatedBucket, auditsBucket,
	}
}

// Journal keeps the newest version of each document until it is in the graph, and after; and events
// until their hooks have run, and the newest of them after. It is safe for concurrent use.
//
//	Put, PutManifest ──▶ state and body, pending ──Pending──▶ (derive, apply) ──Mark──▶ state and body
//	       PutEvents ──▶ event, alert ─┬──────────Alerts──▶ (run hooks) ──NoteHook, EndAlert──▶ event
//	                          held ────┴─Decide──▲
//
// What a call returns is durable. A document's receive number tells its versions apart: marking a
// version that has been superseded meanwhile changes nothing. How a host is (up, dead, unknown, shutdown)
// is a document too, the CMA's own (see derive.StatusDocument), and so comes to the graph like any other.
type Journal struct {
	path    string
	db      *bbolt.DB
	records records

	maxHosts, maxInstances, maxEvents, maxAlerts, maxAudits, maxMoving, maxVacant int
}

type journalMeta struct {
	Format   int    `json:"format"`
	StoreID  string `json:"store_id"` // of the graph to which "applied" refers
	Received uint64 `json:"received"` // newest receive number
	Event    uint64 `json:"event"`    // newest event's number
	Turn     uint64 `json:"turn"`     // newest turn of an alert
	Audit    uint64 `json:"audit"`    // newest audit's number
	Vacancy  uint64 `json:"vacancy"`  // newest vacancy's number
	Refill   uint64 `json:"refill"`   // newest receive number when that graph was attached
	Counts
}

// Counts are what a journal holds.
type Counts struct {
	Hosts     int `json:"hosts"`
	Documents int `json:"documents"` // from hosts
	Statuses  int `json:"statuses"`  // documents of the CMA's own
	Backlog   int `json:"backlog"`   // documents and withdrawals that wait for the graph
	Events    int `json:"events"`
	Alerts    int `json:"alerts"` // events for which hooks are still to run
	Held      int `json:"held"`   // of these, events that may have a cause in common with others
	Incidents int `json:"incidents"`
	Audits    int `json:"audits"`
	Moving    int `json:"moving"` // addresses that moved a short time ago
	Vacant    int `json:"vacant"` // addresses that none has any more
}

// documentKey names a document.
type documentKey struct {
	HostID   string `json:"host_id"`
	Instance string `json:"instance"`
}

// bytes is unique, because names have no control characters.
func (k documentKey) bytes() []byte { return []byte(k.HostID + "\x00" + k.Instance) }

// state is what moves while a document's content stays.
type state struct {
	documentKey
	Type       string `json:"type"`
	Host       string `json:"host"`
	Proxy      string `json:"proxy,omitempty"`
	Hash       string `json:"hash"`
	Boot       uint64 `json:"boot"`
	Seq        uint64 `json:"sequence"`
	Number     uint64 `json:"number"`
	ReceivedMS int64  `json:"received_ms"` // this content, by the CMA's clock
	Applied    bool   `json:"applied"`
	Refused    string `json:"refused,omitempty"` // why no graph can take it
}

// waits reports whether the document is pending.
func (s state) waits() bool { return !s.Applied && s.Refused == "" }

// HostRecord is a host that the journal knows.
type HostRecord struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	SeenMS    int64  `json:"seen_ms"` // when it last sent something, by the CMA's clock
	Documents int    `json:"documents"`
	// Ring is the newest that it said of its neighbours, Segments of what it hangs on, and Key the first
	// key that it showed.
	Ring     *api.RingView `json:"ring,omitempty"`
	Segments []string      `json:"segments,omitempty"`
	Key      []byte        `json:"key,omitempty"`
	// Incident is the id of that of which the host is missing. Events are the newest about it.
	Incident string   `json:"incident,omitempty"`
	Events   []uint64 `json:"events,omitempty"` // numbers, at most api.MaxDiagnosed

	status *hostStatus // nil: the ring says nothing; read from its own document
}

// isNew reports whether the journal does not have the host yet.
func (h HostRecord) isNew() bool { return h.Name == "" }

// OpenJournal opens the journal at path and reads it once, so that damage is known at the start, or
// makes it if there is none.
func OpenJournal(path string) (*Journal, error) {
	r, err := newRecords()
	if err != nil {
		return nil, err
	}
	j := &Journal{
		path: path, records: r,
		maxHosts: maxHosts, maxInstances: maxInstances, maxEvents: maxEvents, maxAlerts: maxAlerts, maxAudits: maxAudits,
		maxMoving: maxMoving, maxVacant: maxVacant,
	}
	j.db, err = boltfile.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := boltfile.Create(path, j.init); err != nil {
			return nil, err
		}
		j.db, err = boltfile.Open(path)
	}
	if err != nil {
		return nil, journalError(err)
	}
	if err := errors.Join(j.update(addBuckets), j.view(j.verify)); err != nil {
		return nil, errors.Join(err, j.db.Close())
	}
	return j, nil
}

func (j *Journal) init(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if _, err := tx.CreateBucket(name); err != nil {
			return err
		}
	}
	return j.putMeta(tx, journalMeta{Format: journalFormat})
}

// addBuckets makes those of a journal from before there were audits, moves of addresses, or such that none has.
func addBuckets(tx *bbolt.Tx) error {
	for _, name := range [][]byte{auditsBucket, movingBucket, vacantBucket, vacatedBucket} {
		if _, err := tx.CreateBucketIfNotExists(name); err != nil {
			return err
		}
	}
	return nil
}

// verify reads every record and compares the counts.
func (j *Journal) verify(tx *bbolt.Tx) error {
	for _, name := range buckets() {
		if tx.Bucket(name) == nil {
			return fmt.Errorf("%w: no bucket %q", ErrFormat, name)
		}
	}
	meta, err := j.meta(tx)
	if err != nil {
		return err
	}
	if meta.Format != journalFormat {
		return fmt.Errorf("%w: version %d, not %d", ErrFormat, meta.Format, journalFormat)
	}
	for _, c := range []struct {
		bucket []byte
		want   int
	}{
		{hostsBucket, meta.Hosts}, {pendingBucket, meta.Backlog},
		{statesBucket, meta.Documents + meta.Statuses}, {bodiesBucket, meta.Documents + meta.Statuses},
		{eventsBucket, meta.Events}, {eventIDsBucket, meta.Events}, {incidentBucket, meta.Incidents},
		{alertsBucket, meta.Alerts}, {heldBucket, meta.Held}, {turnsBucket, meta.Alerts - meta.Held},
		{auditsBucket, meta.Audits}, {movingBucket, meta.Moving}, {vacantBucket, meta.Vacant}, {vacatedBucket, meta.Vacant},
	} {
		n, err := verifyRecords(tx.Bucket(c.bucket))
		if err != nil {
			return err
		}
		if n != c.want {
			return fmt.Errorf("%w: bucket %q has %d records, not %d", ErrDamaged, c.bucket, n, c.want)
		}
	}
	_, err = verifyRecords(tx.Bucket(namesBucket))
	return err
}

func verifyRecords(b *bbolt.Bucket) (n int, err error) {
	err = b.ForEach(func(key, record []byte) error {
		n++
		return verifyRecord(key, record)
	})
	return n, err
}

// Close waits for what is running and frees the file.
func (j *Journal) Close() error { return j.db.Close() }

// view and update run fn in a transaction. A page that the disk no longer gives back is an error, as
// damage is anywhere else.
func (j *Journal) view(fn func(*bbolt.Tx) error) error {
	return j.named(boltfile.Contain(func() error { return j.db.View(fn) }))
}

func (j *Journal) update(fn func(*bbolt.Tx) error) error {
	return j.named(boltfile.Contain(func() error { return j.db.Update(fn) }))
}

func (j *Journal) named(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", j.path, journalError(err))
}

// journalError makes an error of the file one of the journal: the graph has a file of that kind too,
// and another remedy.
func journalError(err error) error {
	switch {
	case errors.Is(err, boltfile.ErrDamaged):
		return fmt.Errorf("%w: %v", ErrDamaged, err)
	case errors.Is(err, boltfile.ErrFormat):
		return fmt.Errorf("%w: %v", ErrFormat, err)
	case errors.Is(err, boltfile.ErrLocked):
		return fmt.Errorf("%w: %v", ErrLocked, err)
	}
	return err
}

func (j *Journal) meta(tx *bbolt.Tx) (m journalMeta, err error) {
	ok, err := j.records.get(tx.Bucket(metaBucket), metaKey, &m)
	if err == nil && !ok {
		err = fmt.Errorf("%w: no record %q", ErrDamaged, metaKey)
	}
	return m, err
}

func (j *Journal) putMeta(tx *bbolt.Tx, m journalMeta) error {
	return j.records.put(tx.Bucket(metaBucket), metaKey, m)
}

// stateOf makes the state of a document that was received now.
func stateOf(d discovery.Document, number uint64, now time.Time) state {
	return state{
		documentKey: documentKey{HostID: d.HostID, Instance: d.Instance},
		Type:        d.DiscoverType, Host: d.Host, Proxy: d.Proxy, Hash: d.Hash, Boot: d.Boot, Seq: d.Seq,
		Number: number, ReceivedMS: now.UnixMilli(),
	}
}

// version returns the order of what is held, for Newer.
func (s state) version() discovery.Document { return discovery.Document{Boot: s.Boot, Seq: s.Seq} }

// sameContent reports whether d differs from the version held in its order only.
func (s state) sameContent(d discovery.Document) bool {
	return s.Hash == d.Hash && s.Type == d.DiscoverType && s.Host == d.Host && s.Proxy == d.Proxy
}
