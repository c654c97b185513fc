package nanoprobe

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// ringedProbe is a nanoprobe named name in a ring on loopback, with what Config has besides.
func ringedProbe(t *testing.T, name string, more func(*Config)) *Nanoprobe {
	t.Helper()
	cfg := Config{
		Host: discovery.Host{Dir: t.TempDir()}, Rand: rand.New(rand.NewPCG(1, uint64(len(name)))), Logger: slog.New(slog.DiscardHandler),
		Ring: &Ring{Bind: "127.0.0.1:0", Key: bytes.Repeat([]byte{1}, 32), Profile: ring.Local(), Group: "north"},
	}
	var err error
	if cfg.Identity, err = LoadIdentity(t.TempDir(), t.TempDir(), "id-of-"+name, name, time.Now()); err != nil {
		t.Fatal(err)
	}
	if more != nil {
		more(&cfg)
	}
	n, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// start runs n until the test ends: all that were started end at once.
func (n *Nanoprobe) start(t *testing.T) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- n.Run(t.Context()) }()
	t.Cleanup(func() {
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
	})
}

// addr waits until n knows its address.
func (n *Nanoprobe) addr(t *testing.T) string {
	t.Helper()
	for range 1000 {
		if addr := n.mesh.Self().Addr; addr != "" {
			return addr
		}
		time.Sleep(10 * time.Millisecond) // the mesh tells nobody
	}
	t.Fatal("no address in 10 s")
	return ""
}

// TestStanding: a host tells whom it watches in which rings, what it hangs on, and its key.
func TestStanding(t *testing.T) {
	web1 := ringedProbe(t, "web1", func(c *Config) { c.Labels = Labels{"rack": "r7"} })
	if v, known := web1.standing(); known || v.Host != "web1" {
		t.Errorf("before it runs: %+v, known %t", v, known)
	}
	web1.start(t)
	seed := web1.addr(t)
	ringedProbe(t, "web2", func(c *Config) { c.Ring.Seeds = []string{seed} }).start(t)

	var v api.RingView
	inRing := func(m api.RingMember) bool {
		return m.Name == "north" && m.Level == 0 && m.Members == 2 && m.Label != ""
	}
	deadline := time.Now().Add(20 * time.Second)
	for len(v.Watching) != 1 || !slices.ContainsFunc(v.Rings, inRing) {
		if time.Now().After(deadline) {
			t.Fatalf("after 20 s it stands as %+v", v)
		}
		time.Sleep(20 * time.Millisecond) // the mesh tells nobody
		v, _ = web1.standing()
	}
	if v.Watching[0].Name != "web2" || v.Addr != seed || !bytes.Equal(v.Key, web1.cfg.Identity.publicKey()) || !slices.Equal(v.Segments, []string{"rack:r7"}) {
		t.Errorf("it stands as %+v, want that it watches web2, at %s, with its key and rack:r7", v, seed)
	}
}

// TestEventsAreSigned: what goes to a CMA bears the host's number and signature.
func TestEventsAreSigned(t *testing.T) {
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	n := ringedProbe(t, "web1", func(c *Config) { c.CMAs = []*api.Client{dial(t, "127.0.0.1:1", own.Fleet)} })
	for _, id := range []ring.HostID{"id2", "id3"} {
		n.report(ring.Event{Kind: ring.Dead, Subject: ring.Member{ID: id, Boot: 1}, Witness: "id-of-web1", State: ring.HostDead})
	}
	key := n.cfg.Identity.publicKey()
	waiting := n.cma.events.take()
	if len(waiting) != 2 {
		t.Fatalf("%d events wait, want both", len(waiting))
	}
	for i, p := range waiting {
		if e := p.item; e.Number != uint64(i+1) || !e.Verify(key) {
			t.Errorf("event %d has the number %d, and its signature is the host's: %t", i+1, e.Number, e.Verify(key))
		}
		forged := p.item
		forged.Number++
		if forged.Verify(key) {
			t.Error("the signature holds for another number too")
		}
	}
}
