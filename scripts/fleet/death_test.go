package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

func checkKilled(t *testing.T, f *fleet) {
	h := f.hosts[hostCount-1]
	killed := time.Now()
	f.probes[h].Signal(t, syscall.SIGKILL)
	f.checkDead(t, h, killed, ring.NanoprobeDown)
	f.checkBack(t, h)
}

func checkPowerOff(t *testing.T, f *fleet) {
	h := f.hosts[3]
	off := time.Now()
	h.PowerOff(t)
	f.checkDead(t, h, off, ring.HostDead)
	h.PowerOn(t)
	f.checkBack(t, h)
}

func checkShutdown(t *testing.T, f *fleet) {
	h := f.hosts[4]
	asked := time.Now()
	f.probes[h].Stop(t)
	f.called(t, h, "shutdown", asked)
	testbed.Eventually(t, patience, func() error { return f.statusIs(h, "shutdown") })
	f.checkBack(t, h)
	events, err := f.events()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.HostName == h.Name && e.Kind == ring.Dead {
			t.Errorf("%s was asked to end and is said to have died: %+v", h.Name, e)
		}
	}
}

// checkDead waits until it is known that h died at that time, and how.
func (f *fleet) checkDead(t *testing.T, h *host, since time.Time, how ring.HostState) {
	t.Helper()
	call := f.called(t, h, "dead", since)
	t.Logf("from the end of %s to that of the hook: %.1f s", h.Name, call.ended.Sub(since).Seconds())
	if call.env["ASSIM_reason"] != string(how) || call.env["ASSIM_event_kind"] != "dead" || call.env["ASSIM_witnesses"] == "" {
		t.Errorf("hook told %q, want the reason %q and witnesses", call.env, how)
	}
	testbed.Eventually(t, patience, func() error { return f.statusIs(h, "dead") })
}

// checkBack starts the nanoprobe of h and waits until it is known, and has its place in the ring.
func (f *fleet) checkBack(t *testing.T, h *host) {
	t.Helper()
	started := time.Now()
	f.startProbe(t, h)
	f.called(t, h, "up", started)
	testbed.Eventually(t, patience, f.allUp)
	testbed.Eventually(t, patience, f.ringIsWhole)
}

// events are the newest, the newest last.
func (f *fleet) events() (events []api.EventRecord, err error) {
	lines, err := f.assim("events", "--limit", "256")
	dec := json.NewDecoder(bytes.NewReader(lines))
	for err == nil {
		var e api.EventRecord
		if err = dec.Decode(&e); err == nil {
			events = append(events, e)
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return events, err
}
