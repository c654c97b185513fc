package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// TestProgress counts rows and sites of searches that are read from rows, from segments, and by a server
// that takes over from another.
func TestProgress(t *testing.T) {
	first, second := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	const hosts = 160 // ten batches
	for i := range hosts {
		s := snap(fmt.Sprintf("h%02d", i), "/f", strings.Repeat("x", batchBytes/16)+"\n")
		first.mustPut(t, s)
		second.mustPut(t, s)
		first.raw.HSet(t.Context(), s.Host+"#/f", "c", s.Content, "enc", "") // or all would be one batch
	}
	breaking, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	relay(t, breaking, first.Addr, batchBytes*11/2) // more than can come before the first batch is done
	sites := []Site{{Name: "here", Servers: []Server{{Addr: breaking.Addr().String(), Password: testPassword}, second.Server}}, {Name: "gone"}}
	check := func(q Query, wantRows, wantSites int) Summary {
		t.Helper()
		q.Progress = new(Progress)
		sum, err := Search(t.Context(), sites, q, func(Hit) error { return nil })
		rows, ofRows := q.Progress.Rows()
		read, ofSites := q.Progress.Sites()
		if err != nil || rows != wantRows || ofRows != wantRows || read != wantSites || ofSites != wantSites {
			t.Errorf("%+v: %v, rows %d of %d, sites %d of %d; want all of %d and %d", q, err, rows, ofRows, read, ofSites, wantRows, wantSites)
		}
		return sum
	}
	sum := check(Query{Pattern: "x", Answer: Distinct}, hosts, 2) // what the first server had is counted anew
	if len(sum.Costs) != 2 || sum.Costs[0].Keys == 0 || sum.Costs[0].Keys >= sum.Costs[1].Keys {
		t.Errorf("costs %+v, want a part of the keys from the first server and all from the second", sum.Costs)
	}

	w, err := (&Indexer{Client: second.Client}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	second.raw.Set(t.Context(), keyLease, w.token, 0)
	w.round(t.Context())
	sites = []Site{second.site}
	changed := snap("h00", "/f", "y")
	changed.Seq = 2
	second.mustPut(t, changed, snap("h00", "/g", "y"))
	for _, answer := range []Answer{Lines, Distinct, HostsWith} {
		if sum := check(Query{Pattern: "x", Answer: answer}, hosts+1, 1); sum.Segmented != hosts-1 {
			t.Errorf("answer %d: %+v, want all but one of the hosts from segments", answer, sum)
		}
	}
	check(Query{Pattern: "x", Hosts: []string{"h0*"}}, 11, 1)
}

func TestCosts(t *testing.T) {
	f := newFixture(t, startLocal(t))
	const lines = 1000
	content := strings.Repeat("line that packs well\n", lines)
	f.mustPut(t, snap("a", "/f", content), snap("b", "/f", content), snap("c", "/f", "short"))
	_, sum := grep(t, []Site{f.site}, Query{Pattern: "none"})
	c := sum.Costs[0]
	if len(sum.Costs) != 1 || c.Site != "here" || c.Server != f.Addr || c.Keys != 3 || c.Elapsed <= 0 {
		t.Errorf("got %+v, want 3 keys of %q", sum.Costs, f.Addr)
	}
	if want := int64(2*len(content) + len("short")); c.Unpacked != want || c.Moved <= 0 || c.Moved > want/10 {
		t.Errorf("got %+v, want %d bytes unpacked and a tenth of it moved at most", c, want)
	}
}

// TestCancelledAnswer tells what was found until a search was cancelled.
func TestCancelledAnswer(t *testing.T) {
	f := newFixture(t, startLocal(t))
	f.mustPut(t, snap("a", "/f", "x\n"), snap("b", "/f", "x\n"), snap("c", "/f", "y\n"))
	slow, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	for answer, want := range map[Answer][]string{Distinct: {"2"}, HostsWith: {"a", "b"}, HostsWithout: nil} {
		ctx, cancel := context.WithCancel(t.Context())
		q := Query{Pattern: "x", Answer: answer, Progress: new(Progress)}
		go func() { // once the one site is done; the other, which is silent, would last
			for done, _ := q.Progress.Sites(); done == 0; done, _ = q.Progress.Sites() {
				runtime.Gosched()
			}
			cancel()
		}()
		var got []string
		silent := Site{Name: "silent", Servers: []Server{{Addr: slow.Addr().String()}}}
		sum, err := Search(ctx, []Site{f.site, silent}, q, func(h Hit) error {
			got = append(got, strings.Trim(fmt.Sprint(h.Host, h.Hosts), "0"))
			return nil
		})
		if !errors.Is(err, context.Canceled) || !slices.Equal(got, want) || sum.Hits != len(want) {
			t.Errorf("answer %d: %q, %+v, %v, want %q and context.Canceled", answer, got, sum, err, want)
		}
		cancel()
	}
}

// TestPartOfAnswer has a server that sends a part of the rows and breaks off. What was found in them is told
// if the search is cancelled then; but of a site that fails nothing is, as it is missing.
func TestPartOfAnswer(t *testing.T) {
	first, good := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	const hosts = 160 // ten batches
	for i := range hosts {
		s := snap(fmt.Sprintf("h%02d", i), "/f", strings.Repeat("x", batchBytes/16)+"\n")
		first.mustPut(t, s)
		first.raw.HSet(t.Context(), s.Host+"#/f", "c", s.Content, "enc", "") // or all would be one batch
	}
	good.mustPut(t, snap("good", "/f", "x"))
	silent, err := net.Listen("tcp", "127.0.0.1:0") // which keeps the search waiting
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	search := func(ctx context.Context, next Server, more ...Site) (got []string, err error) {
		breaking, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		relay(t, breaking, first.Addr, batchBytes*11/2) // more than can come before the first batch is done
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		q := Query{Pattern: "x", Answer: HostsWith, Progress: new(Progress)}
		if len(more) == 0 {
			go func() {
				for done, _ := q.Progress.Rows(); done == 0; done, _ = q.Progress.Rows() {
					runtime.Gosched()
				}
				cancel()
			}()
		}
		site := Site{Name: "here", Servers: []Server{{Addr: breaking.Addr().String(), Password: testPassword}, next}}
		_, err = Search(ctx, append(more, site), q, func(h Hit) error {
			got = append(got, h.Host)
			return nil
		})
		return got, err
	}
	if got, err := search(t.Context(), Server{Addr: silent.Addr().String()}); !errors.Is(err, context.Canceled) || len(got) == 0 || len(got) >= hosts {
		t.Errorf("cancelled: %q, %v, want some hosts and context.Canceled", got, err)
	}
	if got, err := search(t.Context(), Server{Addr: "127.0.0.1:1"}, good.site); err != nil || !slices.Equal(got, []string{"good"}) {
		t.Errorf("failed: %q, %v, want the good site's host", got, err)
	}
}

func TestKnown(t *testing.T) {
	north, south := newFixture(t, startLocal(t)), newFixture(t, startLocal(t))
	north.mustPut(t, snap("a", "/f", "1"))
	south.mustPut(t, snap("b", "/f", "1"))
	if _, err := south.Seen(t.Context(), "c", "id of c"); err != nil {
		t.Fatal(err)
	}
	sites := []Site{north.site, {Name: "gone"}, south.site}
	known, missing, err := Known(t.Context(), sites, []string{"a", "b", "c", "d"})
	if err != nil || !known["a"] || !known["b"] || !known["c"] || known["d"] || len(known) != 4 || len(missing) != 1 {
		t.Errorf("got %v, missing %v, %v, want all but d, and site gone missing", known, missing, err)
	}
	if _, _, err := Known(t.Context(), sites[1:2], nil); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v, want ErrUnreachable", err)
	}
}
