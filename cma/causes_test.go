package cma

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// outpost is a CMA in virtual time, with its real journal, graph, hooks and answers, but for the network.
// A hook writes what it is told into a file.
type outpost struct {
	*CMA
	dir  string
	stop func()
}

// establish starts a CMA on dir, in a synctest bubble.
func establish(t *testing.T, dir string) *outpost {
	t.Helper()
	writeHook(t, dir+"/notification.d", `echo $1 $2 $ASSIM_designation $ASSIM_hosts >>`+dir+`/told`)
	journal, err := OpenJournal(filepath.Join(dir, "journal.db"))
	if err != nil {
		t.Fatal(err)
	}
	store, err := embedded.Open(filepath.Join(dir, "graph.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(Config{
		Listener: new(net.TCPListener), Installation: mustInit(t, dir, time.Now()), Journal: journal, Store: store,
		HookDir: dir + "/notification.d", Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	var parts sync.WaitGroup
	for _, part := range []func(context.Context) error{c.work, c.findCauses, c.hooks.Run} {
		parts.Go(func() {
			if err := part(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	o := &outpost{CMA: c, dir: dir}
	o.stop = sync.OnceFunc(func() {
		cancel()
		parts.Wait()
		if err := journal.Close(); err != nil {
			t.Error(err)
		}
		store.Close()
	})
	return o
}

// call makes a request, with a body unless that is nil, and returns the answer.
func call[T any](t *testing.T, o *outpost, method, path string, body any) (answer T) {
	t.Helper()
	b, err := api.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(b))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+o.bearer)
	w := httptest.NewRecorder()
	o.Handler().ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 {
		t.Fatalf("%s %s: status %d, %v, %s", method, path, w.Code, err, w.Body)
	}
	return answer
}

// enrol sends manifests of hosts that hang on a segment.
func (o *outpost) enrol(t *testing.T, segment string, hosts ...string) {
	t.Helper()
	for _, h := range hosts {
		call[api.Lacking](t, o, "POST", "/v1/manifests", api.Manifest{HostID: "id-" + h, Host: h, Boot: 1, Segments: []string{segment}})
	}
}

// say sends the events of one host that words make, see the function say.
func (o *outpost) say(t *testing.T, words string, hosts ...string) {
	t.Helper()
	for _, h := range hosts {
		o.testify(t, say(t, h, words)...)
	}
}

func (o *outpost) testify(t *testing.T, events ...ring.Event) {
	t.Helper()
	if s := call[api.Stored](t, o, "POST", "/v1/events", api.Events{Events: events}); len(s.Refused) > 0 {
		t.Fatalf("refused %+v", s.Refused)
	}
}

// statuses lists how hosts are, "a=up b=unknown: behind switch s1".
func (o *outpost) statuses(t *testing.T) string {
	t.Helper()
	var list []string
	for _, h := range call[[]api.Host](t, o, "GET", "/v1/hosts", nil) {
		list = append(list, strings.TrimSuffix(h.Name+"="+h.Status+" "+h.Reason, " "))
	}
	return strings.Join(list, ", ")
}

// told returns what the hook was told, and forgets it.
func (o *outpost) told(t *testing.T) string {
	t.Helper()
	synctest.Wait()
	for call[api.Status](t, o, "GET", "/v1/status", nil).HooksPending > call[api.Status](t, o, "GET", "/v1/status", nil).EventsHeld {
		time.Sleep(time.Millisecond) // virtual: until the process has ended
	}
	b, err := os.ReadFile(o.dir + "/told")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	os.Remove(o.dir + "/told")
	return strings.Join(strings.Split(strings.TrimSpace(string(b)), "\n"), "; ")
}

// after lets time go on until so many seconds since the start of the bubble's clock.
func (o *outpost) after(begin time.Time, seconds int) {
	time.Sleep(time.Until(begin.Add(time.Duration(seconds)*time.Second + 100*time.Millisecond)))
	synctest.Wait()
}

func (o *outpost) expect(t *testing.T, when, statuses, told string) {
	t.Helper()
	if got := o.told(t); got != told {
		t.Errorf("%s: hooks are told %q, want %q", when, got, told)
	}
	if got := o.statuses(t); got != statuses {
		t.Errorf("%s: %q, want %q", when, got, statuses)
	}
}

// TestSwitchDown: deaths behind one switch are one event and one run of each hook, over a restart of the
// CMA; then they are back, but for one that turns out dead.
func TestSwitchDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, begin := t.TempDir(), time.Now()
		o := establish(t, dir)
		o.enrol(t, "switch:s1", "a", "b", "c", "d")
		o.enrol(t, "switch:s2", "w1", "w2")
		o.after(begin, 1) // what a host says as another dies speaks against a common cause
		o.say(t, "dead@1+id-w1", "a", "b")
		o.expect(t, "at once", "a=dead host dead, b=dead host dead, c=up, d=up, w1=up, w2=up", "")
		o.after(begin, 6)
		o.stop()
		o = establish(t, dir)
		o.say(t, "dead@1+id-w1 dead@1+id-w2", "c", "d")
		o.after(begin, 15)
		o.expect(t, "before the end", "a=dead host dead, b=dead host dead, c=dead host dead, d=dead host dead, w1=up, w2=up", "")
		if s := call[api.Status](t, o, "GET", "/v1/status", nil); s.EventsHeld != 4 || s.Incidents != 0 {
			t.Errorf("%+v, want 4 held", s)
		}
		o.after(begin, 17)
		const behind = "=unknown behind switch s1, "
		o.expect(t, "after it", "a"+behind+"b"+behind+"c"+behind+"d"+behind+"w1=up, w2=up", "down Switch s1 a b c d")
		o.checkSwitchEvent(t)
		o.stop()
		o = establish(t, dir)
		o.say(t, "alive@1.1+id-w1", "a")
		o.after(begin, 20)
		o.expect(t, "one is back", "a=up, b"+behind+"c"+behind+"d"+behind+"w1=up, w2=up", "")
		o.say(t, "alive@2+id-w1", "b")
		o.after(begin, 21)
		o.expect(t, "half are back", "a=up, b=up, c"+behind+"d"+behind+"w1=up, w2=up", "up Switch s1 a b")
		o.say(t, "alive@1.1+id-w1", "c")
		o.after(begin, 319)
		o.expect(t, "nearly given up", "a=up, b=up, c=up, d"+behind+"w1=up, w2=up", "")
		o.after(begin, 322)
		o.expect(t, "given up", "a=up, b=up, c=up, d=dead host dead, w1=up, w2=up", "down Drone d")
		o.say(t, "alive@1.1+id-w2", "d")
		o.after(begin, 323)
		o.expect(t, "all are back", "a=up, b=up, c=up, d=up, w1=up, w2=up", "up Drone d")
		if s := call[api.Status](t, o, "GET", "/v1/status", nil); s.EventsHeld+s.Incidents+s.HooksPending != 0 {
			t.Errorf("%+v, want nothing left", s)
		}
		o.stop()
	})
}

func (o *outpost) checkSwitchEvent(t *testing.T) {
	t.Helper()
	events := call[[]api.EventRecord](t, o, "GET", "/v1/events", nil)
	var down []api.EventRecord
	for _, e := range events {
		if e.Kind == ring.SwitchDown {
			down = append(down, e)
		} else if e.Cause != "switch:s1/id-a/1.0" || e.HooksPending || e.Held || len(e.Hooks) > 0 {
			t.Errorf("%s: %+v, want it covered and no hook run", e.ID, e)
		}
	}
	if len(down) != 1 || len(down[0].Members) != 4 || down[0].Hosts != 4 || down[0].Segment != "switch:s1" || down[0].Status != statusUnknown {
		t.Fatalf("%+v, want one switch down of 4 hosts", down)
	}
	d := call[api.Diagnosis](t, o, "GET", "/v1/hosts/c/doctor", nil)
	if d.Cause == nil || d.Cause.ID != down[0].ID || d.Host.Status != statusUnknown || len(d.Events) != 1 || len(d.Events[0].Testimonies) != 2 {
		t.Errorf("%+v, want the switch and two testimonies", d)
	}
}

// lost is a witness's event that a ring of hosts answers nobody.
func lost(kind ring.Kind, hosts ...string) ring.Event {
	e := ring.Event{Kind: kind, Witness: "id-w1", Ring: "r", Incident: "i1"}
	for _, h := range hosts {
		e.Members = append(e.Members, ring.Member{ID: ring.HostID("id-" + h), Name: h, Boot: 1})
	}
	return e
}

// TestRingLost: a ring that answers nobody is told once its window is over; its hosts come back in the
// appearance in which they went, and may die in it afterwards.
func TestRingLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b")
		o.enrol(t, "switch:s2", "w1")
		o.after(begin, 1)
		o.testify(t, lost(ring.RingLost, "a", "b", "stranger"))
		o.after(begin, 10)
		o.expect(t, "before the end", "a=up, b=up, w1=up", "")
		o.after(begin, 12)
		const cut = "=unknown ring r unreachable, "
		o.expect(t, "after it", "a"+cut+"b"+cut+"stranger"+cut+"w1=up", "down Ring r a b stranger")
		o.say(t, "dead@1+id-w1", "b") // a word that does not change it
		o.after(begin, 13)
		o.expect(t, "found dead", "a"+cut+"b"+cut+"stranger"+cut+"w1=up", "")
		o.testify(t, lost(ring.Restored, "a", "stranger"))
		o.after(begin, 14)
		o.expect(t, "restored", "a=up, b"+cut+"stranger=up, w1=up", "up Ring r a stranger")
		o.testify(t, lost(ring.RingLost, "a", "b", "stranger")) // again: of another witness
		o.say(t, "dead@1+id-w1", "a")
		o.after(begin, 30)
		o.expect(t, "dead at last", "a=dead host dead, b"+cut+"stranger=up, w1=up", "down Drone a")
		o.after(begin, 320)
		o.expect(t, "given up", "a=dead host dead, b=dead host dead, stranger=up, w1=up", "down Drone b")
		o.stop()
	})
}

// TestRingBehindSwitch: a lost ring that a switch explains is told of with it, and before it is told if it
// is over before.
func TestRingBehindSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b", "c", "d", "e")
		o.enrol(t, "switch:s2", "w1")
		o.after(begin, 1)
		o.say(t, "dead@1+id-w1", "a", "b")
		o.after(begin, 3)
		o.testify(t, lost(ring.RingLost, "c", "d"))
		o.after(begin, 14)
		const behind = "=unknown behind switch s1, "
		o.expect(t, "after the window", "a"+behind+"b"+behind+"c"+behind+"d"+behind+"e=up, w1=up", "down Switch s1 a b c d")
		for _, e := range call[[]api.EventRecord](t, o, "GET", "/v1/events", nil) {
			if e.Kind == ring.RingLost && (e.Cause != "switch:s1/id-a/1.0" || e.HooksPending) {
				t.Errorf("%+v, want it covered by the switch", e)
			}
		}
		o.say(t, "dead@1+id-w1", "e")
		o.after(begin, 15)
		o.expect(t, "one more", "a"+behind+"b"+behind+"c"+behind+"d"+behind+"e"+behind+"w1=up", "")

		late := lost(ring.Restored, "x", "y", "z")
		late.Incident = "i2"
		o.testify(t, late)
		late.Kind = ring.RingLost
		o.testify(t, late)
		o.after(begin, 30)
		if got := o.told(t); got != "" {
			t.Errorf("a loss that is over before it is told: %q", got)
		}
		o.stop()
	})
}

// TestSwitchOfTwoRings: representatives of two rings told of one switch while no CMA was there, each with the
// hosts of its ring, and their witnesses of the deaths. It is one event with all of them, and one run of each
// hook.
func TestSwitchOfTwoRings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b", "c")
		o.enrol(t, "switch:s2", "w1", "w2")
		o.after(begin, 1)
		for i, part := range [][]string{{"a"}, {"c"}, {"a"}, {"b"}} {
			e := lost(ring.SwitchDown, part...)
			e.Ring, e.Segment, e.Incident, e.HostCount = "", "switch:s1", "switch:s1/id-a/1.0", 4
			e.Witness = ring.HostID(fmt.Sprint("id-w", i))
			o.testify(t, e)
		}
		o.say(t, "dead@1+id-w1", "a", "b", "c")
		o.after(begin, 12)
		const behind = "=unknown behind switch s1, "
		o.expect(t, "after the window", "a"+behind+"b"+behind+"c"+behind+"w1=up, w2=up", "down Switch s1 a c b")
		for _, e := range call[[]api.EventRecord](t, o, "GET", "/v1/events", nil) {
			if e.Kind == ring.SwitchDown && (len(e.Members) != 3 || e.Hosts != 4 || len(e.Witnesses) != 4) {
				t.Errorf("%+v, want 3 of 4 hosts listed by 4 witnesses", e)
			}
		}
		o.stop()
	})
}

// TestNotBehindSwitch: a death that a neighbour on the same switch tells is told at once, and so is one of
// a host that comes back.
func TestNotBehindSwitch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b", "c")
		o.enrol(t, "switch:s2", "w1")
		o.after(begin, 1)
		o.say(t, "dead@1+id-b", "a")
		o.expect(t, "told from there", "a=dead host dead, b=up, c=up, w1=up", "down Drone a")
		o.after(begin, 20)
		o.say(t, "dead@1+id-w1", "c")
		o.after(begin, 22)
		o.expect(t, "held", "a=dead host dead, b=up, c=dead host dead, w1=up", "down Drone c") // two are left: a is dead
		o.say(t, "alive@2+id-w1 dead@2+id-w1 alive@3+id-w1", "c")
		o.expect(t, "there and back", "a=dead host dead, b=up, c=up, w1=up", "up Drone c; down Drone c; up Drone c")
		o.stop()
	})
}

// TestNanoprobesDown: hosts that answer, and whose nanoprobes do not, are no dead switch, and speak against
// one.
func TestNanoprobesDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b", "c", "d")
		time.Sleep(time.Second)
		o.say(t, "dead@1+id-w1", "a")
		for _, host := range []string{"b", "c", "d"} {
			e := say(t, host, "dead@1+id-w1")[0]
			e.State, e.Dial = ring.NanoprobeDown, "refused"
			o.testify(t, e)
		}
		const down = "=dead nanoprobe down"
		if got := o.told(t); strings.Count(got, "down Drone") != 4 {
			t.Errorf("hooks are told %q, want each death at once", got)
		}
		o.expect(t, "down", "a=dead host dead, b"+down+", c"+down+", d"+down, "")
		o.stop()
	})
}

// TestBackAfterAll: a host whose incident was over without it is up when it says that it is there.
func TestBackAfterAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		o := establish(t, t.TempDir())
		o.enrol(t, "switch:s1", "a", "b")
		o.after(begin, 1)
		o.testify(t, lost(ring.RingLost, "a", "b"))
		o.after(begin, 12)
		o.enrol(t, "switch:s1", "a")
		o.after(begin, 13)
		o.expect(t, "restored", "a=up, b=unknown ring r unreachable", "down Ring r a b; up Ring r a")
		o.after(begin, 330)
		o.expect(t, "given up", "a=up, b=unknown ring r unreachable", "")
		o.enrol(t, "switch:s1", "b")
		o.expect(t, "back", "a=up, b=up", "")
		o.stop()
	})
}

// TestUnknownInAnyOrder: what is said of hosts of which nobody can tell comes to the same in every order.
func TestUnknownInAnyOrder(t *testing.T) {
	for _, tt := range []struct{ words, want string }{
		{"dead@1 unknown@1 alive@1.1 dead@1.1 unknown@1.1", "unknown@1.1 behind switch s1 since 0"},
		{"dead@1 unknown@1 shutdown@1", "shutdown@1.0 shut down since 0"},
		{"dead@1 unknown@1 alive@2", "up@2.0 since 0"},
	} {
		j, words, n := newJournal(t), strings.Fields(tt.words), 0
		permute(words, len(words), func(order []string) {
			host := fmt.Sprint("host", n)
			n++
			turnAll(t, j, host, order)
			if got := statusIn(t, j, host); got != tt.want {
				t.Errorf("%v: %q, want %q", order, got, tt.want)
			}
		})
	}
}

// turnAll turns the status of a host of an incident as words say, "unknown@1.1" among them.
func turnAll(t *testing.T, j *Journal, name string, words []string) {
	t.Helper()
	err := j.transact(time.UnixMilli(0), func(p *put) error {
		host, _, err := p.note(HostRecord{ID: "id-" + name}, name)
		host.Incident = "i"
		for _, word := range words {
			s, _ := statusOf(say(t, name, strings.Replace(word, "unknown", "dead", 1))[0], p.now)
			if strings.HasPrefix(word, "unknown") {
				s.Status, s.Reason = statusUnknown, "behind switch s1"
			}
			_, turnErr := p.turn(host, s)
			err = errors.Join(err, turnErr)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestReturnOverARestart: who came back as the CMA ended, before the common cause was told of it, counts among
// those who are back.
func TestReturnOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir, begin := t.TempDir(), time.Now()
		o := establish(t, dir)
		o.enrol(t, "switch:s1", "a", "b", "c", "d")
		o.enrol(t, "switch:s2", "w1", "w2")
		o.after(begin, 1)
		o.say(t, "dead@1+id-w1 dead@1+id-w2", "a", "b", "c", "d")
		o.after(begin, 17)
		const behind = "=unknown behind switch s1, "
		o.expect(t, "after it", "a"+behind+"b"+behind+"c"+behind+"d"+behind+"w1=up, w2=up", "down Switch s1 a b c d")
		o.stop()
		journal, err := OpenJournal(filepath.Join(dir, "journal.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := journal.PutEvents(say(t, "a", "alive@1.1+id-w1"), time.Now()); err != nil {
			t.Fatal(err)
		}
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		o = establish(t, dir)
		o.say(t, "alive@1.1+id-w1", "b")
		o.after(begin, 20)
		o.expect(t, "half are back", "a=up, b=up, c"+behind+"d"+behind+"w1=up, w2=up", "up Switch s1 a b")
		o.stop()
	})
}
