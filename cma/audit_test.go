package cma

import (
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

func eve(pattern string) api.Audit {
	return api.Audit{User: "eve", UID: "1001", Host: "desk", Dir: "/home/eve", Tool: "assim search", AskedMS: 7,
		Kind: "search", Query: pattern, Servers: 2, Keys: 3, Bytes: 4, Hits: 5, TookMS: 6}
}

func TestAudit(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	waited := make(chan []api.AuditRecord)
	go func() {
		records, err := s.client.Audits(t.Context(), 0, 9, api.MaxEventsWait)
		if err != nil {
			t.Error(err)
		}
		waited <- records
	}()
	stored, err := s.client.SendAudit(t.Context(), eve("first"))
	if err != nil || stored.Stored != 1 {
		t.Fatalf("%+v, %v", stored, err)
	}
	if got := <-waited; len(got) != 1 || got[0].Audit != eve("first") || got[0].Number != 1 || got[0].ReceivedMS == 0 {
		t.Errorf("waited for: %+v", got)
	}
	if _, err := s.client.SendAudit(t.Context(), eve("second")); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		after uint64
		limit int
		want  string
	}{{0, 9, "first second"}, {0, 1, "second"}, {1, 9, "second"}, {2, 9, ""}} {
		records, err := s.client.Audits(t.Context(), tt.after, tt.limit, 0)
		var got []string
		for _, r := range records {
			got = append(got, r.Query)
		}
		if err != nil || strings.Join(got, " ") != tt.want {
			t.Errorf("after %d, %d: %q, %v, want %q", tt.after, tt.limit, got, err, tt.want)
		}
	}
	if events, err := s.client.Events(t.Context(), 0, 9, 0); err != nil || len(events) != 0 {
		t.Errorf("audits are no events: %+v, %v", events, err)
	}
}

func TestAuditRefused(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	for _, tt := range []struct {
		change func(*api.Audit)
		want   string
	}{
		{func(a *api.Audit) { a.User = "\x1b[2J" }, "user: "},
		{func(a *api.Audit) { a.Dir = strings.Repeat("x", api.MaxAuditText+1) }, "dir: 513 bytes, at most 512"},
		{func(a *api.Audit) { a.Query = strings.Repeat("x", api.MaxAuditQuery+1) }, "query: 4097 bytes, at most 4096"},
		{func(a *api.Audit) { a.Kind = "" }, "kind is empty"},
		{func(a *api.Audit) { a.Hits = -1 }, "-1 hits"},
		{func(a *api.Audit) {
			a.Query, a.Error, a.Hits = strings.Repeat("x", api.MaxAuditQuery), strings.Repeat("x", api.MaxAuditText), 0
		}, ""},
	} {
		a := eve("x")
		tt.change(&a)
		_, err := s.client.SendAudit(t.Context(), a)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v, want %q", err, tt.want)
		}
	}
	var refused *api.Error
	for n := 0; refused == nil; n++ {
		if _, err := s.client.SendAudit(t.Context(), eve("again")); err != nil && !errors.As(err, &refused) || n > 10*auditsAtOnce {
			t.Fatalf("audit %d: %v", n, err)
		}
	}
	status, err := s.client.Status(t.Context())
	if err != nil || refused.Status != http.StatusServiceUnavailable || status.AuditsRefused != 1 || status.Audits < auditsAtOnce {
		t.Errorf("too many: %+v, %+v, %v", refused, status, err)
	}
}

func TestAllowance(t *testing.T) {
	var a allowance
	start := time.Unix(0, 0)
	taken := func(after time.Duration) (n int) {
		for a.take(start.Add(after)) {
			n++
		}
		return n
	}
	for _, tt := range []struct {
		after time.Duration
		want  int
	}{
		{0, auditsAtOnce}, {99 * time.Millisecond, 0}, {200 * time.Millisecond, 2}, {time.Second, 8},
		{0, 0}, // a clock that was set back gives nothing
		{time.Hour, auditsAtOnce},
	} {
		if got := taken(tt.after); got != tt.want {
			t.Errorf("after %v: %d, want %d", tt.after, got, tt.want)
		}
	}
}

// TestAuditsBounded keeps the newest audits, and no event goes for them.
func TestAuditsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	j := openJournal(t, path)
	j.maxAudits = 3
	mustPutEvents(t, j, time.UnixMilli(1), say(t, "web1", "link@1+w1")...)
	for i := range 5 {
		if err := j.PutAudit(eve(fmt.Sprint(i)), time.UnixMilli(int64(i))); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	j = openJournal(t, path)
	records, err := j.Audits(0, 9)
	if err != nil || len(records) != 3 || records[0].Query != "2" || records[2].Number != 5 || records[2].ReceivedMS != 4 {
		t.Errorf("%+v, %v, want the last 3 of 5", records, err)
	}
	if got := eventsIn(t, j, 0, 9); got != "1:link/w1" {
		t.Errorf("events %q", got)
	}
}
