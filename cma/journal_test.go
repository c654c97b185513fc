package cma

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// seal makes a valid document of host "id-<host>".
func seal(t testing.TB, host, instance string, boot, seq uint64, data any) discovery.Document {
	t.Helper()
	d, err := discovery.Seal(discovery.Agent{Name: instance}, data,
		discovery.Origin{Host: host, HostID: "id-" + host, Boot: boot}, seq, time.UnixMilli(int64(1000*boot+seq)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func openJournal(t testing.TB, path string) *Journal {
	t.Helper()
	j, err := OpenJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func newJournal(t testing.TB) *Journal {
	return openJournal(t, filepath.Join(t.TempDir(), "journal.db"))
}

func mustPut(t testing.TB, j *Journal, now time.Time, docs ...discovery.Document) []PutResult {
	t.Helper()
	results, err := j.Put(docs, now)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// pending lists what waits as "host/instance#number".
func pending(t *testing.T, j *Journal) string {
	t.Helper()
	held, err := j.Pending(1000, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, h := range held {
		names = append(names, fmt.Sprintf("%s/%s#%d", h.Host, h.Instance, h.Number))
	}
	counts, err := j.Counts()
	if err != nil || counts.Backlog != len(held) {
		t.Errorf("backlog %d, %v, want %d", counts.Backlog, err, len(held))
	}
	return strings.Join(names, " ")
}

// markAll marks what waits; refused is why, or empty for applied.
func markAll(t *testing.T, j *Journal, refused string) {
	t.Helper()
	held, err := j.Pending(1000, 1<<30)
	if err != nil {
		t.Fatal(err)
	}
	var done []Done
	for _, h := range held {
		done = append(done, Done{HostID: h.HostID, Instance: h.Instance, Number: h.Number, Refused: refused})
	}
	if err := j.Mark(done); err != nil {
		t.Fatal(err)
	}
}

// TestJournalKeepsNewest follows one instance through its versions.
func TestJournalKeepsNewest(t *testing.T) {
	j := newJournal(t)
	steps := []struct {
		name      string
		boot, seq uint64
		data      string
		mark      bool // all that waits, afterwards
		outcome   Outcome
		waits     string // before the mark
	}{
		{"first", 2, 5, "a", false, Kept, "web1/os#1"},
		{"same version", 2, 5, "a", false, Passed, "web1/os#1"},
		{"same version, other content", 2, 5, "z", false, Passed, "web1/os#1"},
		{"older sequence", 2, 4, "z", false, Passed, "web1/os#1"},
		{"older boot", 1, 9, "z", false, Passed, "web1/os#1"},
		{"same content while it waits", 2, 6, "a", false, Unchanged, "web1/os#1"},
		{"same content again, older", 2, 6, "a", false, Passed, "web1/os#1"},
		{"changed while it waits", 2, 7, "b", true, Kept, "web1/os#2"},
		{"same content once applied", 3, 1, "b", false, Unchanged, ""},
		{"older than the order noted", 2, 8, "c", false, Passed, ""},
		{"changed once applied", 3, 2, "c", true, Kept, "web1/os#3"},
	}
	for _, s := range steps {
		got := mustPut(t, j, time.Now(), seal(t, "web1", "os", s.boot, s.seq, s.data))
		if got[0].Outcome != s.outcome || got[0].Reason != "" {
			t.Errorf("%s: %+v, want outcome %d", s.name, got[0], s.outcome)
		}
		if waits := pending(t, j); waits != s.waits {
			t.Errorf("%s: %q waits, want %q", s.name, waits, s.waits)
		}
		if s.mark {
			markAll(t, j, "")
		}
	}
	held, ok, err := j.Document("id-web1", "os")
	if err != nil || !ok || string(held.Data) != `"c"` || held.Boot != 3 || held.Seq != 2 || !held.Applied {
		t.Errorf("held %+v, %v, %v", held, ok, err)
	}
	if held.Number != 3 {
		t.Errorf("receive number %d, want 3: only content counts", held.Number)
	}
}

// TestJournalKeepsTime: the time that is kept is that of the content, the order that of the version.
func TestJournalKeepsTime(t *testing.T) {
	j := newJournal(t)
	first := seal(t, "web1", "os", 1, 1, "a")
	mustPut(t, j, time.UnixMilli(5000), first)
	mustPut(t, j, time.UnixMilli(9000), seal(t, "web1", "os", 2, 1, "a"))
	held, _, err := j.Document("id-web1", "os")
	if err != nil || held.TimeMS != first.TimeMS || held.Boot != 2 || held.Received != time.UnixMilli(5000) {
		t.Errorf("held %+v, %v, want the first one's time with boot 2", held, err)
	}
	if h, _, err := j.FindHost("web1"); err != nil || h.SeenMS != 9000 {
		t.Errorf("host %+v, %v, want seen at 9000", h, err)
	}
}

// TestJournalTimeOfReceipt: nothing is discovered later than it is received, nor before clocks began.
func TestJournalTimeOfReceipt(t *testing.T) {
	j := newJournal(t)
	for seq, tt := range []struct{ said, want int64 }{
		{4999, 4999}, {5000, 5000}, {5001, 5000}, {math.MaxInt64, 5000}, {-1, 0}, {math.MinInt64, 0},
	} {
		doc := seal(t, "web1", "os", 1, uint64(seq+1), seq)
		doc.TimeMS = tt.said
		mustPut(t, j, time.UnixMilli(5000), doc)
		if held, _, err := j.Document("id-web1", "os"); err != nil || held.TimeMS != tt.want {
			t.Errorf("time %d received at 5000: held %d, %v, want %d", tt.said, held.TimeMS, err, tt.want)
		}
	}
}

func TestJournalMark(t *testing.T) {
	j := newJournal(t)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"), seal(t, "web1", "packages", 1, 2, "a"), seal(t, "db1", "os", 1, 1, "a"))
	if got := pending(t, j); got != "web1/os#1 web1/packages#2 db1/os#3" {
		t.Errorf("waits %q", got)
	}
	// A version superseded while it was being applied is not done with.
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 3, "b"))
	if err := j.Mark([]Done{{HostID: "id-web1", Instance: "os", Number: 1}, {HostID: "id-gone", Instance: "os", Number: 1}}); err != nil {
		t.Fatal(err)
	}
	if got := pending(t, j); got != "web1/packages#2 db1/os#3 web1/os#4" {
		t.Errorf("after a stale mark %q waits", got)
	}
	markAll(t, j, "no sense in it")
	held, err := j.Documents("id-web1", 1<<20)
	if err != nil || len(held) != 2 {
		t.Fatalf("%d documents, %v, want 2", len(held), err)
	}
	for _, h := range held {
		if h.Applied || h.Refused != "no sense in it" {
			t.Errorf("%s: applied %v, refused %q", h.Instance, h.Applied, h.Refused)
		}
	}
	// New content gets a new chance, and a refused document can be applied after all.
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 5, "c"))
	if got := pending(t, j); got != "web1/os#5" {
		t.Errorf("after new content %q waits", got)
	}
	if err := j.Mark([]Done{{HostID: "id-web1", Instance: "packages", Number: 2}}); err != nil {
		t.Fatal(err)
	}
	if h, _, err := j.Document("id-web1", "packages"); err != nil || !h.Applied || h.Refused != "" {
		t.Errorf("packages: applied %v, refused %q, %v", h.Applied, h.Refused, err)
	}
}

func TestJournalPendingIsBounded(t *testing.T) {
	j := newJournal(t)
	for i := range 5 {
		mustPut(t, j, time.Now(), seal(t, "web1", fmt.Sprint("i", i), 1, uint64(i+1), strings.Repeat("x", 98))) // 100 bytes as JSON
	}
	for _, tt := range []struct{ documents, bytes, want int }{{3, 1 << 20, 3}, {10, 1 << 20, 5}, {10, 1, 1}, {10, 100, 1}, {10, 101, 2}, {0, 100, 0}} {
		held, err := j.Pending(tt.documents, tt.bytes)
		if err != nil || len(held) != tt.want {
			t.Errorf("Pending(%d, %d): %d, %v, want %d", tt.documents, tt.bytes, len(held), err, tt.want)
		}
	}
}

// TestJournalAttach: a graph that was made anew gets everything again, in the order received.
func TestJournalAttach(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	attach := func(id string, want int) {
		t.Helper()
		if n, err := j.Attach(id); err != nil || n != want {
			t.Errorf("Attach(%q): %d, %v, want %d", id, n, err, want)
		}
	}
	attach("one", 0)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"), seal(t, "db1", "os", 1, 1, "a"))
	markAll(t, j, "")
	mustPut(t, j, time.Now(), seal(t, "app1", "os", 1, 1, "a"))
	attach("one", 0)
	if got := pending(t, j); got != "app1/os#3" {
		t.Errorf("the same graph: %q waits", got)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	attach("one", 0)
	attach("two", 3)
	if got := pending(t, j); got != "web1/os#1 db1/os#2 app1/os#3" {
		t.Errorf("another graph: %q waits", got)
	}
}

func TestJournalRefuses(t *testing.T) {
	j := newJournal(t)
	j.maxHosts, j.maxInstances = 2, 2
	start := time.UnixMilli(1_700_000_000_000)
	other := seal(t, "web1", "os", 9, 9, "a") // a cloned image: the name of web1, another id
	other.HostID = "id-clone"
	steps := []struct {
		name  string
		after time.Duration
		doc   discovery.Document
		want  string // part of the reason; empty: kept
	}{
		{"first", 0, seal(t, "web1", "os", 1, 1, "a"), ""},
		{"clone", time.Minute, other, `host name "web1" is taken: host id "id-web1" has it and was heard of 1m0s ago, this is host id "id-clone"`},
		{"second instance", time.Minute, seal(t, "web1", "packages", 1, 2, "a"), ""},
		{"third instance", time.Minute, seal(t, "web1", "lshw", 1, 3, "a"), `host "web1" has 2 documents, at most 2`},
		{"new version at the bound", time.Minute, seal(t, "web1", "os", 1, 4, "b"), ""},
		{"clone, just before the name is free", time.Minute + liveFor - time.Millisecond, other, "is taken"},
		{"clone, once it is", time.Minute + liveFor, other, ""},
		{"former holder", 2*time.Minute + liveFor, seal(t, "web1", "os", 1, 5, "c"), `host id "id-clone" has it`},
		{"third host", time.Minute, seal(t, "db1", "os", 1, 1, "a"), "the journal holds 2 hosts, at most 2"},
	}
	for _, s := range steps {
		got := mustPut(t, j, start.Add(s.after), s.doc)
		if refused := got[0].Outcome == Refused; refused != (s.want != "") || !strings.Contains(got[0].Reason, s.want) {
			t.Errorf("%s: %+v, want %q", s.name, got[0], s.want)
		}
	}
}

// TestJournalRename: a host that gets another name frees its former one.
func TestJournalRename(t *testing.T) {
	j := newJournal(t)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"))
	markAll(t, j, "")
	renamed := seal(t, "web1", "os", 2, 1, "a")
	renamed.Host = "web2"
	if got := mustPut(t, j, time.Now(), renamed); got[0].Outcome != Kept {
		t.Errorf("the same data under another name: %+v, want kept: the graph has the name", got[0])
	}
	late := seal(t, "web1", "os", 1, 2, "a")
	if got := mustPut(t, j, time.Now(), late); got[0].Outcome != Passed {
		t.Errorf("an older version under the former name: %+v, want passed", got[0])
	}
	taker := seal(t, "web1", "os", 1, 1, "a")
	taker.HostID = "id-taker"
	if got := mustPut(t, j, time.Now(), taker); got[0].Outcome != Kept {
		t.Errorf("the freed name: %+v, want kept", got[0])
	}
	for name, id := range map[string]string{"web1": "id-taker", "web2": "id-web1", "id-web1": "id-web1"} {
		if h, ok, err := j.FindHost(name); err != nil || !ok || h.ID != id {
			t.Errorf("FindHost(%q) = %+v, %v, %v, want %q", name, h, ok, err, id)
		}
	}
	if _, ok, err := j.FindHost("nobody"); ok || err != nil {
		t.Errorf("FindHost of nobody: %v, %v", ok, err)
	}
}

// TestJournalRenameOfFormerHolder: a host that lost its name to another leaves it to that one.
func TestJournalRenameOfFormerHolder(t *testing.T) {
	j := newJournal(t)
	start := time.Now()
	mustPut(t, j, start, seal(t, "web1", "os", 1, 1, "a"))
	taker := seal(t, "web1", "os", 1, 1, "a")
	taker.HostID = "id-taker"
	mustPut(t, j, start.Add(2*liveFor), taker)
	renamed := seal(t, "web1", "os", 2, 1, "a")
	renamed.Host = "web2"
	mustPut(t, j, start.Add(2*liveFor), renamed)
	for name, id := range map[string]string{"web1": "id-taker", "web2": "id-web1"} {
		if h, ok, err := j.FindHost(name); err != nil || !ok || h.ID != id {
			t.Errorf("FindHost(%q) = %+v, %v, %v, want %q", name, h, ok, err, id)
		}
	}
}

// TestJournalReopened: what is acknowledged is there after a restart, canonical data byte by byte.
func TestJournalReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	docs := []discovery.Document{
		seal(t, "web1", "lshw", 1, 1, json.RawMessage(`{"markup":"<a&b>\u2028","big":"`+strings.Repeat("0123456789", 1000)+`"}`)),
		seal(t, "web1", "os", 1, 2, map[string]any{"<": 1e21, "n": json.Number("12345678901234567890")}),
	}
	mustPut(t, j, time.Now(), docs...)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	held, err := j.Documents("id-web1", 1<<20)
	if err != nil || len(held) != 2 {
		t.Fatalf("%d documents, %v", len(held), err)
	}
	for i, h := range held {
		if !reflect.DeepEqual(h.Document, docs[i]) || h.Validate() != nil {
			t.Errorf("held\n%+v, want\n%+v", h.Document, docs[i])
		}
	}
	if held, err = j.Documents("id-web1", 1); err != nil || held[0].Data == nil || held[1].Data != nil {
		t.Errorf("documents beyond the bound have data, or the first has none (%v)", err)
	}
	if held, err = j.Documents("id-web1", 0); err != nil || held[0].Data != nil || held[0].Hash != docs[0].Hash {
		t.Errorf("without room for data: %+v, %v", held[0], err)
	}
	if hosts, err := j.Hosts(); err != nil || len(hosts) != 1 || hosts[0].Documents != 2 || hosts[0].Name != "web1" {
		t.Errorf("hosts %+v, %v", hosts, err)
	}
}

// TestOlderJournal opens a journal from before there were audits, or moves of addresses.
func TestOlderJournal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	err := j.update(func(tx *bbolt.Tx) (err error) {
		for _, name := range [][]byte{auditsBucket, movingBucket, vacantBucket, vacatedBucket} {
			err = errors.Join(err, tx.DeleteBucket(name))
		}
		return err
	})
	if err := errors.Join(err, j.Close()); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	if err := j.PutAudit(eve("x"), time.Now()); err != nil {
		t.Error(err)
	}
	mustPutMoves(t, j, time.Now(), graph.Move{IP: siteIP, From: "a"}, graph.Move{IP: siteIP, To: "b"})
	if got := movesIn(t, j); got != "192.0.2.9 a>b 1" {
		t.Errorf("told %q", got)
	}
}
