package cma

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/alert"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// say makes events of host "id-<host>" from words: "dead@2.1" is a death in boot 2, epoch 1, which
// witness w1 tells; "+w2" after it names another witness.
func say(t testing.TB, host, words string) []ring.Event {
	t.Helper()
	var events []ring.Event
	for _, word := range strings.Fields(words) {
		what, witness, other := strings.Cut(word, "+")
		if !other {
			witness = "w1"
		}
		kind, at, _ := strings.Cut(what, "@")
		kind = strings.ReplaceAll(kind, "_", " ")
		e := ring.Event{
			Kind: ring.Kind(kind), Witness: ring.HostID(witness),
			Subject: ring.Member{ID: ring.HostID("id-" + host), Name: host, Addr: "192.0.2.7:7946"},
		}
		boot, epoch, _ := strings.Cut(at, ".")
		if _, err := fmt.Sscan(boot, &e.Subject.Boot); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		if epoch != "" {
			if _, err := fmt.Sscan(epoch, &e.Subject.Epoch); err != nil {
				t.Fatalf("%s: %v", word, err)
			}
		}
		switch e.Kind {
		case ring.Dead:
			e.State = ring.HostDead
		case ring.Shutdown:
			e.State = ring.ShutDown
		case ring.Cloned:
			e.Other = &ring.Member{ID: e.Subject.ID, Name: host, Boot: 77}
		}
		if err := validateEvent(e); err != nil {
			t.Fatalf("%s: %v", word, err)
		}
		events = append(events, e)
	}
	return events
}

// released are the alerts in their order, once nothing is held for a cause any more.
func released(t testing.TB, j *Journal) []alert.Alert {
	t.Helper()
	state, err := j.causes()
	if err != nil {
		t.Fatal(err)
	}
	var d []cause.Decision
	for _, r := range state.held {
		d = append(d, cause.Decision{Kind: cause.Released, Hosts: []string{string(r.Subject.ID)}})
	}
	if err := j.Decide(cause.Ready{Decisions: d}, time.Now()); err != nil {
		t.Fatal(err)
	}
	alerts, err := j.Alerts(0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	return alerts
}

func mustPutEvents(t testing.TB, j *Journal, now time.Time, events ...ring.Event) []PutResult {
	t.Helper()
	results, err := j.PutEvents(events, now)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// statusIn writes what the journal says of a host: "dead@2.1 host dead since 50".
func statusIn(t testing.TB, j *Journal, host string) string {
	t.Helper()
	held, ok, err := j.Document("id-"+host, derive.StatusDocument)
	if err != nil {
		t.Fatal(err)
	}
	if !ok {
		return ""
	}
	s, err := readStatus(held.Document)
	if err != nil || held.Host != host {
		t.Fatal(err, held.Host)
	}
	return strings.Join(strings.Fields(fmt.Sprintf("%s@%d.%d %s since %d", s.Status, s.Boot, s.Epoch, s.Reason, s.SinceMS)), " ")
}

// TestStatusScripts: what events and manifests make of a host, and which of them hooks are told of.
func TestStatusScripts(t *testing.T) {
	tests := []struct{ name, script, status, told string }{
		{"nothing", "", "", ""},
		{"no word on its status", "link@1 link_up@1 isolated@1 rejoined@1 cloned@1", "", ""},
		{"death", "dead@1", "dead@1.0 host dead since 0", "dead"},
		{"shutdown", "shutdown@1", "shutdown@1.0 shut down since 0", "shutdown"},
		{"death and return", "dead@1 alive@2", "up@2.0 since 1", "dead up"},
		{"death and refutation", "dead@1 alive@1.1", "up@1.1 since 1", "dead up"},
		{"restart that nobody missed", "manifest@1 restarted@2", "up@2.0 since 0", ""},
		{"return told twice", "dead@1 alive@2 restarted@2", "up@2.0 since 1", "dead up"},
		{"a late death", "dead@1 alive@3 dead@2", "up@3.0 since 1", "dead up"},
		{"a late death of an epoch", "alive@2.1 dead@2", "up@2.1 since 0", ""},
		{"a late return", "dead@2 alive@2 alive@1", "dead@2.0 host dead since 0", "dead"},
		{"two deaths, the return between is late", "dead@1 dead@2 alive@2", "dead@2.0 host dead since 1", "dead dead"},
		{"found dead, but it had said good-bye", "dead@1 shutdown@1", "shutdown@1.0 shut down since 1", "dead shutdown"},
		{"said good-bye, and found dead", "shutdown@1 dead@1", "shutdown@1.0 shut down since 0", "shutdown"},
		{"shutdown and return", "shutdown@1 restarted@2 dead@2", "dead@2.0 host dead since 2", "shutdown up dead"},
		{"first manifest", "manifest@1", "up@1.0 since 0", ""},
		{"manifest of the appearance that died", "dead@1 manifest@1", "dead@1.0 host dead since 0", "dead"},
		{"manifest of an older boot", "dead@2 manifest@1.9", "dead@2.0 host dead since 0", "dead"},
		{"back without a witness", "shutdown@1 manifest@2 manifest@2", "up@2.0 since 1", "shutdown up"},
		{"back in a new epoch", "dead@1 manifest@1.1", "up@1.1 since 1", "dead up"},
		{"back, and witnessed later", "dead@1 manifest@2 alive@2", "up@2.0 since 1", "dead up"},
		{"witnessed, and back", "dead@1 alive@2 manifest@2", "up@2.0 since 1", "dead up"},
		{"a link changes nothing", "dead@1 link@1 cloned@2", "dead@1.0 host dead since 0", "dead"},
	}
	for i, tt := range tests {
		j, host := newJournal(t), fmt.Sprint("host", i)
		for at, word := range strings.Fields(tt.script) {
			now := time.UnixMilli(int64(at))
			if manifest, ok := strings.CutPrefix(word, "manifest@"); ok {
				e := say(t, host, "alive@"+manifest)[0]
				if _, _, err := j.PutManifest(api.Manifest{HostID: "id-" + host, Host: host, Boot: e.Subject.Boot, Epoch: e.Subject.Epoch}, now); err != nil {
					t.Fatal(err)
				}
				continue
			}
			mustPutEvents(t, j, now, say(t, host, word)...)
		}
		if got := statusIn(t, j, host); got != tt.status {
			t.Errorf("%s: status %q, want %q", tt.name, got, tt.status)
		}
		told := []string{}
		for _, a := range released(t, j) {
			told = append(told, a.Event.Status)
		}
		if got := strings.Join(told, " "); got != tt.told {
			t.Errorf("%s: hooks are told %q, want %q", tt.name, got, tt.told)
		}
	}
}

// TestStatusInAnyOrder: the same is said of a host in every order, and it comes to the same.
func TestStatusInAnyOrder(t *testing.T) {
	j, words := newJournal(t), strings.Fields("dead@1 alive@2 dead@2 shutdown@2 alive@2.1 dead@2.1")
	var events []ring.Event
	var hosts []string
	permute(words, len(words), func(order []string) {
		host := fmt.Sprint("host", len(hosts))
		hosts = append(hosts, host)
		events = append(events, say(t, host, strings.Join(order, " "))...)
	})
	mustPutEvents(t, j, time.UnixMilli(0), events...)
	for i, host := range hosts {
		if got, want := statusIn(t, j, host), "dead@2.1 host dead since 0"; got != want {
			t.Errorf("order %d: %q, want %q", i, got, want)
		}
	}
	if len(hosts) != 720 {
		t.Errorf("%d orders, want 720", len(hosts))
	}
}

// permute calls do with list in every order of its first n elements.
func permute(list []string, n int, do func([]string)) {
	if n == 1 {
		do(list)
		return
	}
	for i := range n {
		list[i], list[n-1] = list[n-1], list[i]
		permute(list, n-1, do)
		list[i], list[n-1] = list[n-1], list[i]
	}
}
