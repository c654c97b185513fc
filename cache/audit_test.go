package cache

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// listen returns the next message on a server's audit channel, as it is called.
func (f *fixture) listen(t *testing.T) func() Audit {
	t.Helper()
	// Its own client: a Client's connections are few.
	c := redis.NewClient(f.raw.Options())
	t.Cleanup(func() { c.Close() })
	channel := c.Subscribe(t.Context(), AuditChannel)
	if _, err := channel.Receive(t.Context()); err != nil {
		t.Fatal(err)
	}
	return func() Audit {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		m, err := channel.ReceiveMessage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var a Audit
		if err := json.Unmarshal([]byte(m.Payload), &a); err != nil || len(m.Payload) > maxAuditBytes {
			t.Fatalf("%v: %d bytes: %s", err, len(m.Payload), m.Payload)
		}
		return a
	}
}

func TestAudit(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		f := newFixture(t, start(t))
		f.mustPut(t, snap("a", "/f", "one\none\ntwo\n"), snap("b", "/f", "one\n"), snap("b", "/g", "two\n"))
		next := f.listen(t)
		eve := Asker{User: "eve", UID: "1001", Host: "desk", Dir: "/home/eve", Tool: "assim search"}
		search := func(q Query) func() (Summary, error) {
			return func() (Summary, error) {
				return Search(t.Context(), []Site{f.site}, q, func(Hit) error { return nil })
			}
		}
		for _, tt := range []struct {
			name string
			ask  func() (Summary, error)
			kind string
			hits int
			keys int64
			want AuditQuery
		}{
			{"lines", search(Query{Asker: eve, Pattern: "o", Terms: []string{"e"}, IgnoreCase: true}), "search", 3, 3,
				AuditQuery{Pattern: "o", Terms: []string{"e"}, IgnoreCase: true}},
			{"distinct lines", search(Query{Asker: eve, Pattern: "o", Fixed: true, Answer: Distinct}), "search", 3, 3, AuditQuery{Pattern: "o", Fixed: true}},
			{"hosts with", search(Query{Asker: eve, Pattern: "e$", Answer: HostsWith}), "search", 2, 3, AuditQuery{Pattern: "e$"}},
			{"hosts without", search(Query{Asker: eve, Pattern: "tw", Paths: []string{"/f"}, Answer: HostsWithout}), "search", 1, 2,
				AuditQuery{Pattern: "tw", Paths: []string{"/f"}}},
			{"rows", func() (Summary, error) {
				return Scan(t.Context(), []Site{f.site}, Query{Asker: eve, Hosts: []string{"b"}}, WithMeta, func(Row) error { return nil })
			}, "scan", 2, 2, AuditQuery{Hosts: []string{"b"}}},
		} {
			sum, err := tt.ask()
			if err != nil || len(sum.Untold) != 0 || len(sum.Audits) != 1 {
				t.Fatalf("%s: %+v, %v", tt.name, sum, err)
			}
			got := next()
			if got.Asker != eve || got.Kind != tt.kind || got.Hits != tt.hits || got.Keys != tt.keys || got.Error != "" || got.Cut ||
				got.Site != "here" || got.Server != f.Addr || got.Bytes < 100 || time.Since(got.Time) > time.Minute {
				t.Errorf("%s: %+v", tt.name, got)
			}
			if text, _ := json.Marshal(got); string(text) != marshal(t, sum.Audits[0]) || marshal(t, got.For) != marshal(t, tt.want) {
				t.Errorf("%s: told %s\nreturned %s\nwant for %+v", tt.name, text, marshal(t, sum.Audits[0]), tt.want)
			}
		}
		if _, _, err := List(t.Context(), []Site{f.site}, Query{Asker: eve}); err != nil {
			t.Fatal(err)
		}
		if got := next(); got.Kind != "list" || got.Hits != 2 || got.Asker != eve {
			t.Errorf("list: %+v", got)
		}
	})
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestAuditAtEnd ends searches early: they are told of all the same.
func TestAuditAtEnd(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", strings.Repeat("line\n", 3000)))
	next := f.listen(t)
	ctx, cancel := context.WithCancel(t.Context())
	sum, err := Search(ctx, []Site{f.site}, Query{}, func(Hit) error { cancel(); return nil })
	if got := next(); !errors.Is(err, context.Canceled) || len(sum.Untold) != 0 || got.Error != "context canceled" || got.Hits == 0 {
		t.Errorf("cancelled: %+v, %v, %+v", sum, err, got)
	}
	sum, err = Search(t.Context(), []Site{f.site}, Query{Limit: 1}, func(Hit) error { return nil })
	if got := next(); err != nil || len(sum.Untold) != 0 || got.For.Limit != 1 {
		t.Errorf("limited: %+v, %v, %+v", sum, err, got)
	}
}

// TestUntold searches as a user who may not publish.
func TestUntold(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	f := newFixture(t, startRedis(t))
	f.mustPut(t, snap("a", "/f", "line\n"))
	if err := f.raw.Do(t.Context(), "ACL", "SETUSER", "reader", "on", ">pw", "~*", "+@read", "+ping", "+time").Err(); err != nil {
		t.Fatal(err)
	}
	site := Site{Name: "here", Servers: []Server{{Addr: f.Addr, Username: "reader", Password: "pw"}}}
	hits, sum := grep(t, []Site{site}, Query{Pattern: "line"})
	if len(hits) != 1 || len(sum.Untold) != 1 || !errors.Is(sum.Untold[0], ErrDenied) || len(sum.Audits) != 1 {
		t.Errorf("%q, %+v, want a hit and ErrDenied", hits, sum)
	}
	if err := f.raw.Do(t.Context(), "ACL", "SETUSER", "reader", "+publish", "&"+AuditChannel).Err(); err != nil {
		t.Fatal(err)
	}
	if _, sum := grep(t, []Site{site}, Query{Pattern: "line"}); len(sum.Untold) != 0 {
		t.Errorf("with the right to publish: %v", sum.Untold)
	}
}

func TestAuditBounded(t *testing.T) {
	exact := Audit{Asker: Asker{Dir: strings.Repeat("x", maxAuditText)}, For: AuditQuery{Paths: slices.Repeat([]string{"/f"}, maxAuditList)}}
	if got := exact.Bounded(); got.Cut || got.Dir != exact.Dir || len(got.For.Paths) != maxAuditList {
		t.Errorf("cut without need: %+v", got)
	}
	for _, tt := range []struct {
		name string
		a    Audit
		want func(Audit) bool
	}{
		{"a long pattern", Audit{For: AuditQuery{Pattern: strings.Repeat("é", 300)}}, func(a Audit) bool { return a.For.Pattern == strings.Repeat("é", 256) }},
		{"half a rune", Audit{For: AuditQuery{Pattern: "x" + strings.Repeat("é", 300)}}, func(a Audit) bool { return a.For.Pattern == "x"+strings.Repeat("é", 255) }},
		{"many hosts", Audit{For: AuditQuery{Hosts: slices.Repeat([]string{"h"}, 100_000)}}, func(a Audit) bool { return len(a.For.Hosts) == maxAuditList }},
		{"a long term", Audit{For: AuditQuery{Terms: []string{strings.Repeat("x", 513)}}}, func(a Audit) bool { return len(a.For.Terms[0]) == 512 }},
		{"all too long", Audit{
			Asker: Asker{User: strings.Repeat("\x01", 600), UID: strings.Repeat("\x01", 600), Host: strings.Repeat("\xff", 600), Dir: strings.Repeat("<", 600), Tool: strings.Repeat("\x01", 600)},
			Site:  strings.Repeat("\x01", 600), Server: strings.Repeat("\x01", 600), Error: strings.Repeat("\x01", 600), Kind: auditSearch,
			For: AuditQuery{Pattern: strings.Repeat("\x01", 600), Object: strings.Repeat("\x01", 600), Terms: slices.Repeat([]string{strings.Repeat("\x01", 600)}, 99)},
		}, func(a Audit) bool {
			return len(a.For.Pattern) == shortAuditText && a.For.Terms == nil && a.Kind == auditSearch
		}},
	} {
		got := tt.a.Bounded()
		text := marshal(t, got)
		if !got.Cut || !tt.want(got) || len(text) > maxAuditBytes {
			t.Errorf("%s: %d bytes: %s", tt.name, len(text), text)
		}
	}
	if a := (Audit{For: AuditQuery{Paths: make([]string, 20)}}); len(a.Bounded().For.Paths) == len(a.For.Paths) {
		t.Error("the query itself was cut, or nothing")
	}
}

func TestAuditQueryString(t *testing.T) {
	for want, q := range map[string]AuditQuery{
		`path "@os"`: {Paths: []string{"@os"}},
		`pattern "a\x1b\n" and "b" and "c" fixed ignore-case path "/f" path "/g" host "h*" object "x" limit 7`: {
			Pattern: "a\x1b\n", Terms: []string{"b", "c"}, Fixed: true, IgnoreCase: true, Paths: []string{"/f", "/g"}, Hosts: []string{"h*"}, Object: "x", Limit: 7},
	} {
		if got := q.String(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
