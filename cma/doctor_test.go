package cma

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// sendView sends a view of a host that watches others.
func (s *server) sendView(t *testing.T, host string, watches ...string) {
	t.Helper()
	v := api.RingView{
		HostID: "id-" + host, Host: host, Boot: 1, Segments: []string{"rack:r7"},
		Rings: []api.RingMember{{Name: "berlin", Label: "assim/2/0/32-0000/1", Members: 3, Office: "representative"}},
	}
	for _, w := range watches {
		v.Watching = append(v.Watching, ring.Member{ID: ring.HostID("id-" + w), Name: w, Boot: 1})
	}
	if err := s.client.SendRingView(t.Context(), v); err != nil {
		t.Fatal(err)
	}
}

// watchers writes who watches: "w1 up watches testified".
func watchers(d api.Diagnosis) string {
	var list []string
	for _, w := range d.Watchers {
		line := w.Host + " " + w.Status
		if w.Watches {
			line += " watches"
		}
		if w.Testified {
			line += " testified"
		}
		if w.ViewMS > 0 != (w.Host != "") {
			line += fmt.Sprint(" view at ", w.ViewMS)
		}
		list = append(list, line)
	}
	return strings.Join(list, ", ")
}

// TestDoctor: of a host that is up, then dead, then back: who watches it, what they say, what was heard since.
func TestDoctor(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	s.sendView(t, "a", "w1", "w2")
	s.sendView(t, "w1", "a", "w2")
	s.sendView(t, "w2", "w1")
	doctor := func(host string) api.Diagnosis {
		t.Helper()
		d, err := s.client.Doctor(t.Context(), host)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := doctor("a")
	if d.Host.Status != statusUp || len(d.Events) != 0 || d.Cause != nil || watchers(d) != "w1 up watches, w2 up" ||
		len(d.Rings) != 1 || d.Rings[0].Office != "representative" || strings.Join(d.Segments, " ") != "rack:r7" {
		t.Errorf("up: %+v", d)
	}
	e := say(t, "a", "dead@1+id-w1")[0]
	e.SilentMS, e.Asked, e.SecondedBy, e.Dial, e.LossPct, e.RTTMicros = 5100, []ring.HostID{"id-w2", "x"}, []ring.HostID{"id-w2"}, "silence", 3, 250
	second := say(t, "a", "dead@1+stranger")[0]
	second.Dial = "refused"
	if _, err := s.client.SendEvents(t.Context(), api.Events{Events: []ring.Event{e, second}}); err != nil {
		t.Fatal(err)
	}
	d = doctor("id-a")
	if d.Host.Status != statusDead || len(d.Events) != 1 || watchers(d) != "w1 up watches testified, w2 up,  up testified" || d.HeardSince {
		t.Fatalf("dead: %+v, watched by %q", d, watchers(d))
	}
	first := d.Events[0].Testimonies[0]
	if first.Witness != "id-w1" || first.SilentMS != 5100 || len(first.Asked) != 2 || len(first.SecondedBy) != 1 || first.Dial != "silence" ||
		first.LossPct != 3 || first.RTTMicros != 250 || first.ReceivedMS == 0 || d.Events[0].Testimonies[1].Dial != "refused" {
		t.Errorf("testimonies %+v", d.Events[0].Testimonies)
	}
	for i := range api.MaxDiagnosed { // the death is pushed out
		s.report(t, "a", fmt.Sprintf("link@1+l%d", i))
	}
	if d = doctor("a"); len(d.Events) != api.MaxDiagnosed || d.Events[0].Kind != ring.Link {
		t.Errorf("%d events, want the newest %d", len(d.Events), api.MaxDiagnosed)
	}
	var unknown *api.Error
	if _, err := s.client.Doctor(t.Context(), "nobody"); !errors.As(err, &unknown) || unknown.Code != api.CodeNotFound {
		t.Errorf("nobody: %v, want not found", err)
	}
}

// TestRingPages: a page goes on where the last ended, and the whole is sorted by name.
func TestRingPages(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for _, host := range []string{"c", "a", "d", "b"} {
		s.sendView(t, host)
	}
	s.report(t, "b", "shutdown@1")
	for _, tt := range []struct {
		after string
		limit int
		want  string
	}{{"", 2, "a c"}, {"id-a", 2, "c d"}, {"id-c", 2, "d"}, {"id-b", 1, "c"}, {"id-d", 2, ""}, {"", 1000, "a c d"}} {
		views, err := s.client.RingPage(t.Context(), tt.after, tt.limit)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range views {
			got = append(got, v.Host)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("after %q, %d: %v, want %q", tt.after, tt.limit, got, tt.want)
		}
	}
	for _, limit := range []int{0, 1001, -1} {
		if _, err := s.client.RingPage(t.Context(), "", limit); err == nil || !strings.Contains(err.Error(), "it is 1 to 1000") {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
}
