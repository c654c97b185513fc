package nanoprobe

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// startCMA runs a real CMA with a new journal and graph at addr, until the returned function is called.
func startCMA(t *testing.T, own cma.Installation, addr string) (at string, stop func()) {
	t.Helper()
	logger := slog.New(slog.DiscardHandler)
	dir := t.TempDir()
	journal, err1 := cma.OpenJournal(filepath.Join(dir, "journal.db"))
	store, err2 := embedded.Open(filepath.Join(dir, "graph.db"), logger)
	listener, err3 := net.Listen("tcp", addr)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	c, err := cma.New(cma.Config{
		Listener: listener, Installation: own, Journal: journal, Store: store, Logger: logger, Rand: rand.New(rand.NewPCG(1, 1)),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	return listener.Addr().String(), func() {
		cancel()
		if err := errors.Join(<-done, store.Close(), journal.Close()); err != nil {
			t.Error(err)
		}
	}
}

func dial(t *testing.T, addr string, fleet api.Fleet) *api.Client {
	t.Helper()
	c, err := api.Dial("https://"+addr, fleet, api.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// instances are the documents that the CMA holds of web1.
func instances(t *testing.T, c *api.Client) (names []string) {
	t.Helper()
	host, err := c.HostDetail(t.Context(), "web1")
	if err != nil {
		return nil // not known yet
	}
	for _, d := range host.Sealed {
		names = append(names, d.Instance)
	}
	return names
}

func waitInstances(t *testing.T, c *api.Client, want ...string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		got := instances(t, c)
		if slices.Equal(got, want) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the CMA holds %q, want %q", got, want)
		}
		time.Sleep(10 * time.Millisecond) // the CMA tells nobody
	}
}

// seal makes a document of web1.
func seal(t *testing.T, instance string, seq uint64, value any) discovery.Document {
	t.Helper()
	doc, err := discovery.Seal(discovery.Agent{Name: instance}, value, discovery.Origin{Host: "web1", HostID: "id1", Boot: 1}, seq, time.UnixMilli(1))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// standingOf is web1 at its start of that number, in no ring.
func standingOf(boot uint64) func() (api.RingView, bool) {
	return func() (api.RingView, bool) { return api.RingView{HostID: "id1", Host: "web1", Boot: boot}, true }
}

// TestCMAFollowsTheHost: the first of two CMAs is away, so the second is used; it gets documents and
// events; replaced by an empty one while nothing changes, it is filled again by a manifest.
func TestCMAFollowsTheHost(t *testing.T) {
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := startCMA(t, own, "127.0.0.1:0")
	client := dial(t, addr, own.Fleet)
	f := newCMAFeed([]*api.Client{dial(t, "127.0.0.1:1", own.Fleet), client}, standingOf(1), rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
	f.every = 100 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	firstRound, done := make(chan struct{}), make(chan struct{})
	go func() { f.run(ctx, firstRound); close(done) }()

	f.document(seal(t, "a", 1, map[string]int{"x": 1}))
	f.document(seal(t, "b", 2, map[string]int{"x": 2}))
	waitInstances(t, client, "a", "b")

	victim := ring.Member{ID: "id2", Name: "db1", Addr: "10.0.0.2:7946", Boot: 7}
	event := ring.Event{Kind: ring.Dead, Subject: victim, Witness: "id1", State: ring.HostDead}
	f.events.put(event.ID(), event)
	if err := f.events.wait(ctx); err != nil {
		t.Fatal(err)
	}
	events, err := client.Events(ctx, 0, 10, 0)
	if err != nil || len(events) != 1 || events[0].ID != event.ID() {
		t.Errorf("events %+v, %v; want the one reported", events, err)
	}

	close(firstRound)
	stop()
	_, stop = startCMA(t, own, addr)
	defer func() { stop() }()
	waitInstances(t, client, "a", "b")
	cancel()
	<-done
}

// TestManifestWithdraws: what a former start of this host left at the CMA goes once all agents have run.
func TestManifestWithdraws(t *testing.T) {
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := startCMA(t, own, "127.0.0.1:0")
	defer stop()
	client := dial(t, addr, own.Fleet)
	if _, err := client.SendDocuments(t.Context(), api.Documents{Documents: []discovery.Document{seal(t, "old", 1, map[string]int{"x": 1})}}); err != nil {
		t.Fatal(err)
	}
	waitInstances(t, client, "old")
	f := newCMAFeed([]*api.Client{client}, standingOf(2), rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	firstRound, done := make(chan struct{}), make(chan struct{})
	go func() { f.run(ctx, firstRound); close(done) }()
	doc := seal(t, "new", 1, map[string]int{"x": 1})
	doc.Boot = 2
	f.document(doc)
	waitInstances(t, client, "new", "old")
	close(firstRound)
	waitInstances(t, client, "new")
	cancel()
	<-done
}

// TestViewIsOfNow: what a CMA is told of a host's rings is how they are when it is told, not how they were
// when they changed.
func TestViewIsOfNow(t *testing.T) {
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := startCMA(t, own, "127.0.0.1:0")
	defer stop()
	members := 64
	standing := func() (api.RingView, bool) {
		return api.RingView{HostID: "id1", Host: "web1", Boot: 1, Rings: []api.RingMember{{Name: "north", Label: "north", Members: members}}}, true
	}
	client := dial(t, addr, own.Fleet)
	f := newCMAFeed([]*api.Client{client}, standing, rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
	f.tellView()
	members = 32 // before there was a way to the CMA
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { f.run(ctx, nil); close(done) }()
	if err := f.views.wait(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	<-done
	views, err := client.Ring(t.Context())
	if err != nil || len(views) != 1 || len(views[0].Rings) != 1 || views[0].Rings[0].Members != 32 {
		t.Errorf("views %+v, %v; want one of a ring of 32", views, err)
	}
}

// TestAway: a CMA is away when none can be reached, and not when one refuses.
func TestAway(t *testing.T) {
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := startCMA(t, own, "127.0.0.1:0")
	defer stop()
	f := newCMAFeed([]*api.Client{dial(t, "127.0.0.1:1", own.Fleet), dial(t, addr, own.Fleet)}, standingOf(1),
		rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
	for i, tt := range []struct {
		answer error // of both CMAs
		want   bool
	}{
		{nil, false}, {api.ErrUnreachable, true}, {api.ErrUnreachable, true}, {nil, false},
		{api.ErrUnreachable, true}, {&api.Error{Code: api.CodeConflict}, false},
	} {
		f.call(func(*api.Client) error { return tt.answer })
		if got := f.away(); got != tt.want {
			t.Errorf("call %d, answered with %v: away %t, want %t", i, tt.answer, got, tt.want)
		}
	}
	if err := f.call(func(c *api.Client) error { _, err := c.Status(t.Context()); return err }); err != nil || f.away() {
		t.Errorf("one of two answers: %v, away %t", err, f.away())
	}
}
