package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// scan returns a Scan's rows as site:host:path, and the rows.
func scan(t *testing.T, sites []Site, q Query, want Fields) (names []string, rows []Row, sum Summary) {
	t.Helper()
	sum, err := Scan(t.Context(), sites, q, want, func(r Row) error {
		names, rows = append(names, r.Site+":"+r.Host+":"+r.Path), append(rows, r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, rows, sum
}

func TestScan(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		north, south := newFixture(t, start(t)), newFixture(t, start(t))
		north.site.Name, south.site.Name = "north", "south"
		sites := []Site{south.site, north.site}
		notice := snap("b", "/big", "")
		notice.Notice = "too large"
		long := strings.Repeat("long enough to be packed\n", 100)
		north.mustPut(t, snap("a", "/f", "1 2\n"), snap("c", "/f", ""), snap("a", "@os", "linux\n"))
		south.mustPut(t, notice, snap("b", "/f", long))

		names, rows, sum := scan(t, sites, Query{Pattern: "("}, WithContent|WithMeta)
		want := []string{"north:a:/f", "north:a:@os", "south:b:/big", "south:b:/f", "north:c:/f"}
		if !slices.Equal(names, want) || sum.Rows != 4 || sum.Notices != 1 || sum.Hits != 5 {
			t.Errorf("got %q, %+v, want %q, a notice among them", names, sum, want)
		}
		for _, row := range rows {
			site := map[string]Site{"north": north.site, "south": south.site}[row.Site]
			got, err := Get(t.Context(), site, row.Host, row.Path)
			got.Age, row.Age = 0, 0
			if text := fmt.Sprintf("%+v", row); err != nil || text != fmt.Sprintf("%+v", got) {
				t.Errorf("scanned %s\ngot     %+v, %v", text, got, err)
			}
		}

		_, rows, _ = scan(t, sites, Query{Hosts: []string{"b"}, Paths: []string{"/f"}}, 0)
		if r := rows[0]; len(rows) != 1 || r.Content != nil || r.MD5 != "" || r.Write == 0 || r.Changed.IsZero() || r.Seen.IsZero() {
			t.Errorf("without content: %+v", rows)
		}
		_, rows, _ = scan(t, sites, Query{Hosts: []string{"b"}, Paths: []string{"/f"}}, WithMeta)
		if r := rows[0]; r.Content != nil || r.MD5 != hexMD5([]byte(long)) || r.WC != "100 500 2500" || r.Stat == "" || r.Boot != 1 || r.Seq != 1 {
			t.Errorf("without content, with the rest: %+v", rows)
		}
		names, _, sum = scan(t, sites, Query{Limit: 3}, WithMeta)
		if len(names) != 3 || !sum.Truncated {
			t.Errorf("limit 3: %q, %+v", names, sum)
		}
	})
}

func TestScanStale(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", "x"), snap("b", "/f", "x"))
	f.silent(t, "a", 50*time.Minute)
	f.silent(t, "b", 70*time.Minute)
	_, rows, _ := scan(t, []Site{f.site}, Query{StaleAfter: time.Hour}, 0)
	if rows[0].Stale || !rows[1].Stale {
		t.Errorf("got %+v, want b stale only", rows)
	}
	_, rows, _ = scan(t, []Site{f.site}, Query{}, 0)
	if rows[1].Stale {
		t.Errorf("got %+v, want none stale within 6 h", rows)
	}
}

// TestScanDamaged reads rows around damage: from another server, or not at all.
func TestScanDamaged(t *testing.T) {
	first, second := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	for _, f := range []*fixture{first, second} {
		f.mustPut(t, snap("a", "/f", "1"), snap("b", "/f", "2"), snap("c", "/f", "3"))
	}
	first.raw.HSet(t.Context(), "a#/f", fieldContent, "other")
	first.raw.HSet(t.Context(), "b#/f", fieldBoot, "x")
	first.raw.Del(t.Context(), "c#/f")
	first.raw.Set(t.Context(), "c#/f", "no hash", 0)
	both := []Site{{Name: "here", Servers: []Server{first.Server, second.Server}}}
	for _, want := range []Fields{WithContent | WithMeta, WithMeta} {
		names, rows, sum := scan(t, both, Query{}, want)
		elsewhere := 3
		if want == WithMeta {
			elsewhere = 2 // what is not read is not missed
		}
		if len(names) != 3 || sum.Elsewhere != elsewhere || sum.DamagedN != 0 || rows[1].Boot != 1 {
			t.Errorf("fields %b of two servers: %q, %+v", want, names, sum)
		}
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Stale }) {
			t.Errorf("fields %b of two servers: %+v, want none stale", want, rows)
		}
		if want == WithMeta && slices.ContainsFunc(rows, func(r Row) bool { return r.Content != nil }) {
			t.Errorf("content that was not asked for: %+v", rows)
		}
		names, _, sum = scan(t, []Site{first.site}, Query{}, want)
		if len(names) != 3-elsewhere || sum.DamagedN != elsewhere {
			t.Errorf("fields %b of one server: %q, %+v", want, names, sum)
		}
	}
}

// TestScanFailover breaks the connection to the first server when it has sent a part of the rows.
func TestScanFailover(t *testing.T) {
	first, second := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	var want []string
	for i := range 40 {
		s := snap(fmt.Sprintf("h%02d", i), "/f", strings.Repeat("x", batchBytes/16)+"\n")
		first.mustPut(t, s)
		second.mustPut(t, s)
		first.raw.HSet(t.Context(), s.Host+"#/f", "c", s.Content, "enc", "") // or all would be one batch
		want = append(want, "here:"+s.Host+":/f")
	}
	breaking, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay(t, breaking, first.Addr, batchBytes+batchBytes/2)
	site := Site{Name: "here", Servers: []Server{{Addr: breaking.Addr().String(), Password: testPassword}, second.Server}}
	names, _, sum := scan(t, []Site{site, {Name: "gone"}}, Query{}, WithContent)
	if !slices.Equal(names, want) || sum.Rows != len(want) || len(sum.Missing) != 1 || sum.Missing[0].Site != "gone" {
		t.Errorf("got %q, %+v\nwant each of the 40 rows once, and site gone missing", names, sum)
	}
}

// TestBatches: many rows travel together if their contents, which would fill two batches, stay.
func TestBatches(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 3 {
		host := fmt.Sprint("h", i)
		f.mustPut(t, snap(host, "/f", "x"))
		f.raw.HSet(t.Context(), host+"#/f", fieldContent, strings.Repeat("x", batchBytes/2))
	}
	d, err := f.directory(t.Context(), scope{})
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[bool]int{true: 2, false: 1} {
		got := 0
		if err := f.batches(t.Context(), d, d.refs, content, func(batch) error { got++; return nil }); err != nil || got != want {
			t.Errorf("with contents %v: %d batches, %v, want %d", content, got, err, want)
		}
	}
}

func TestScanEnds(t *testing.T) {
	f := newFixture(t, startLocal(t))
	for i := range 100 {
		f.mustPut(t, snap(fmt.Sprint("h", i), "/f", "x"))
	}
	enough := errors.New("enough")
	if sum, err := Scan(t.Context(), []Site{f.site}, Query{}, WithContent, func(Row) error { return enough }); err != enough || sum.Hits != 1 {
		t.Errorf("got %v after %d rows, want the callback's error after 1", err, sum.Hits)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	sum, err := Scan(ctx, []Site{f.site}, Query{}, WithContent, func(Row) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) || sum.Hits == 100 || len(sum.Missing) != 0 {
		t.Errorf("cancelled: %v, %+v, want context.Canceled before the end", err, sum)
	}
}
