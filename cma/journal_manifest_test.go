package cma

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// manifestOf names documents with their hashes; boot 1.
func manifestOf(host string, sequence uint64, docs map[string]string) api.Manifest {
	return api.Manifest{HostID: "id-" + host, Host: host, Boot: 1, Sequence: sequence, Instances: docs}
}

func mustPutManifest(t *testing.T, j *Journal, now time.Time, m api.Manifest) api.Lacking {
	t.Helper()
	lacking, result, err := j.PutManifest(m, now)
	if err != nil || result.Outcome != Kept {
		t.Fatalf("%+v: %+v, %v", m, result, err)
	}
	return lacking
}

func TestJournalManifest(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	at := time.UnixMilli(1_700_000_000_000)
	same, changed := seal(t, "web1", "same", 1, 1, "a"), seal(t, "web1", "changed", 1, 2, "a")
	mustPut(t, j, at, same, changed, seal(t, "web1", "gone", 1, 3, "a"), seal(t, "web1", "late", 1, 4, "a"), seal(t, "db1", "other", 1, 1, "a"))
	markAll(t, j, "")
	m := manifestOf("web1", 3, map[string]string{"same": same.Hash, "changed": "0" + changed.Hash[1:], "b": "1", "a": "1"})
	lacking := mustPutManifest(t, j, at.Add(time.Hour), m)
	if want := (api.Lacking{Instances: []string{"a", "b", "changed"}, Unknown: []string{"gone"}}); !reflect.DeepEqual(lacking, want) {
		t.Errorf("lacking %+v, want %+v", lacking, want)
	}
	if h, _, err := j.FindHost("web1"); err != nil || h.SeenMS != at.Add(time.Hour).UnixMilli() || h.Documents != 3 {
		t.Errorf("host %+v, %v, want 3 documents, heard of now", h, err)
	}
	if got := pending(t, j); got != "web1/@state#6 web1/gone#7" {
		t.Errorf("waits %q, want the status and the withdrawal", got)
	}
	held, err := j.Pending(9, 1<<20)
	if err != nil || held[0].Withdrawn || !held[1].Withdrawn || held[1].Boot != 1 || held[1].Seq != 3 || held[1].DiscoverType != "gone" {
		t.Errorf("waits %+v, %v", held, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path) // and its counts agree
	markAll(t, j, "")
	if got := pending(t, j); got != "" {
		t.Errorf("waits %q once all was marked", got)
	}
	if lacking := mustPutManifest(t, j, at, m); len(lacking.Instances) != 3 || len(lacking.Unknown) != 0 {
		t.Errorf("again: %+v, want the same lacking and nothing to withdraw", lacking)
	}
	if got := pending(t, j); got != "" {
		t.Errorf("waits %q after a manifest that changes nothing", got)
	}
}

// TestJournalWithdraws: what is withdrawn while it waits waits no more, and may come again.
func TestJournalWithdraws(t *testing.T) {
	j := newJournal(t)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"))
	mustPutManifest(t, j, time.Now(), manifestOf("web1", 1, nil))
	if got := pending(t, j); got != "web1/@state#2 web1/os#3" {
		t.Errorf("waits %q", got)
	}
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 2, "a"))
	if got := pending(t, j); got != "web1/@state#2 web1/os#3 web1/os#4" {
		t.Errorf("waits %q, want the withdrawal before the new one", got)
	}
	if err := j.Mark([]Done{{HostID: "id-web1", Instance: "os", Number: 3}}); err != nil {
		t.Fatal(err)
	}
	if h, ok, err := j.Document("id-web1", "os"); err != nil || !ok || h.Applied || h.Seq != 2 {
		t.Errorf("the new one is %+v, %v, %v, want it to wait", h, ok, err)
	}
	// A new graph has nothing that is to be withdrawn.
	mustPutManifest(t, j, time.Now(), manifestOf("web1", 2, nil))
	if n, err := j.Attach("new"); err != nil || n != 1 {
		t.Errorf("queued %d, %v, want the status", n, err)
	}
	if got := pending(t, j); got != "web1/@state#2" {
		t.Errorf("waits %q for a new graph", got)
	}
}

// TestJournalManifestBringsBack: a manifest is a host's own word that it is back, if it is of a later
// appearance than the one that ended.
func TestJournalManifestBringsBack(t *testing.T) {
	j := newJournal(t)
	mustPutEvents(t, j, time.Now(), say(t, "web1", "dead@1.1")...)
	for _, tt := range []struct {
		boot   uint64
		epoch  uint32
		events string
	}{
		{1, 0, "1:dead/w1"}, {1, 1, "1:dead/w1"},
		{1, 2, "1:dead/w1 2:alive/id-web1"}, {1, 2, "1:dead/w1 2:alive/id-web1"}, {2, 0, "1:dead/w1 2:alive/id-web1"},
	} {
		mustPutManifest(t, j, time.Now(), api.Manifest{HostID: "id-web1", Host: "web1", Boot: tt.boot, Epoch: tt.epoch})
		if got := eventsIn(t, j, 0, 9); got != tt.events {
			t.Errorf("manifest of boot %d, epoch %d: events %q, want %q", tt.boot, tt.epoch, got, tt.events)
		}
	}
	if got := statusIn(t, j, "web1"); got[:6] != "up@2.0" {
		t.Errorf("status %q, want it up in boot 2", got)
	}
}

// TestJournalManifestSparesNewer: a manifest that was overtaken by documents withdraws none of them.
func TestJournalManifestSparesNewer(t *testing.T) {
	for _, tt := range []struct {
		boot, seq uint64
		withdrawn bool
	}{{1, 9, true}, {2, 4, true}, {2, 5, true}, {2, 6, false}, {3, 1, false}} {
		j := newJournal(t)
		mustPut(t, j, time.Now(), seal(t, "web1", "os", tt.boot, tt.seq, "a"))
		m := manifestOf("web1", 5, nil)
		m.Boot = 2
		if got := len(mustPutManifest(t, j, time.Now(), m).Unknown) == 1; got != tt.withdrawn {
			t.Errorf("document of boot %d, sequence %d, manifest of 2, 5: withdrawn %v, want %v", tt.boot, tt.seq, got, tt.withdrawn)
		}
	}
}

func TestJournalManifestRefused(t *testing.T) {
	j := newJournal(t)
	mustPut(t, j, time.Now(), seal(t, "web1", "os", 1, 1, "a"))
	clone := manifestOf("web1", 1, nil)
	clone.HostID = "id-clone"
	_, result, err := j.PutManifest(clone, time.Now())
	if err != nil || result.Outcome != Refused || !strings.Contains(result.Reason, `host id "id-web1" has it`) {
		t.Errorf("%+v, %v, want it refused for the name", result, err)
	}
	view := api.RingView{HostID: "id-clone", Host: "web1", Boot: 1}
	if result, err := j.PutRingView(view, time.Now()); err != nil || result.Outcome != Refused {
		t.Errorf("view: %+v, %v, want it refused for the name", result, err)
	}
	if hosts, err := j.Hosts(); err != nil || len(hosts) != 1 {
		t.Errorf("hosts %+v, %v, want one", hosts, err)
	}
}

func TestJournalRing(t *testing.T) {
	j := newJournal(t)
	view := func(host string, boot uint64, epoch uint32, watches string) PutResult {
		t.Helper()
		v := api.RingView{HostID: "id-" + host, Host: host, Boot: boot, Epoch: epoch}
		for _, w := range strings.Fields(watches) {
			v.Watching = append(v.Watching, ring.Member{ID: ring.HostID("id-" + w), Name: w, Boot: 1})
		}
		result, err := j.PutRingView(v, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return result
	}
	seen := func() string {
		t.Helper()
		views, err := j.Ring("", 100)
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, v := range views {
			line := v.Host + ":"
			for _, w := range v.Watching {
				line += w.Name
			}
			lines = append(lines, line)
		}
		return strings.Join(lines, " ")
	}
	view("a", 1, 0, "b c")
	view("b", 2, 1, "a c")
	view("b", 2, 1, "a d") // the newest of one epoch
	for _, old := range []PutResult{view("b", 1, 9, "x"), view("b", 2, 0, "x")} {
		if old.Outcome != Passed {
			t.Errorf("an older view: %+v, want it passed over", old)
		}
	}
	if got, want := seen(), "a:bc b:ad"; got != want {
		t.Errorf("ring %q, want %q", got, want)
	}
	mustPutEvents(t, j, time.Now(), say(t, "a", "dead@1")...)
	if got, want := seen(), "b:ad"; got != want {
		t.Errorf("ring %q once a is dead, want %q", got, want)
	}
	view("a", 2, 0, "b") // it is back
	if got, want := seen(), "a:b b:ad"; got != want || statusIn(t, j, "a")[:6] != "up@2.0" {
		t.Errorf("ring %q once a is back, want %q; status %q", got, want, statusIn(t, j, "a"))
	}
	mustPutEvents(t, j, time.Now(), say(t, "a", "shutdown@2")...)
	if got, want := seen(), "b:ad"; got != want {
		t.Errorf("ring %q once a has shut down, want %q", got, want)
	}
	view("a", 3, 0, "b")
	view("b", 3, 0, "")
	if got, want := seen(), "a:b b:"; got != want {
		t.Errorf("ring %q, want %q", got, want)
	}
}
