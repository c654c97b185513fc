package tapswitch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// cable is a device whose host is the test.
type cable struct {
	fromHost, toHost chan []byte
	unplugged        chan struct{}
}

func newCable() *cable {
	return &cable{fromHost: make(chan []byte), toHost: make(chan []byte, 2*maxQueued), unplugged: make(chan struct{})}
}

func (c *cable) Read(p []byte) (int, error) {
	select {
	case frame := <-c.fromHost:
		return copy(p, frame), nil
	case <-c.unplugged:
		return 0, os.ErrClosed
	}
}

func (c *cable) Write(p []byte) (int, error) {
	c.toHost <- p
	return len(p), nil
}

func (c *cable) Close() error {
	close(c.unplugged)
	return nil
}

// all is what a frame for every host is sent to.
const all = 0xff

// frame is one with a text as payload.
func frame(to, from byte, text string) []byte {
	first := byte(2) // an address given by hand
	if to == all {
		first = all
	}
	return append([]byte{first, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from, 8, 0}, text...)
}

// bench is a running switch with hosts h1, h2, ... at its ports.
type bench struct {
	*Switch
	hosts []*cable
}

// newBench starts one in the test's bubble.
func newBench(t *testing.T, seed uint64, hosts int) *bench {
	t.Helper()
	b := &bench{Switch: New(seed)}
	for i := range hosts {
		b.hosts = append(b.hosts, newCable())
		if err := b.Plug(fmt.Sprint("h", i+1), b.hosts[i]); err != nil {
			t.Fatal(err)
		}
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { ended <- b.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || err.Error() != context.Canceled.Error() {
			t.Errorf("the switch ended with %v", err)
		}
	})
	synctest.Wait()
	return b
}

func (b *bench) set(t *testing.T, from, to string, f Fault) {
	t.Helper()
	if err := b.Set(from, to, f); err != nil {
		t.Fatal(err)
	}
}

// send lets a host send a frame.
func (b *bench) send(to, from byte, text string) {
	b.hosts[from-1].fromHost <- frame(to, from, text)
	synctest.Wait()
}

// heard takes the texts that came to a host.
func (b *bench) heard(host byte) (texts []string) {
	synctest.Wait()
	for {
		select {
		case f := <-b.hosts[host-1].toHost:
			texts = append(texts, string(f[headerBytes:]))
		default:
			return texts
		}
	}
}

func (b *bench) wantHeard(t *testing.T, host byte, want ...string) {
	t.Helper()
	if got := b.heard(host); !slices.Equal(got, want) {
		t.Errorf("h%d heard %q, want %q", host, got, want)
	}
}

func TestForwarding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 3)
		b.send(2, 1, "where is 2?")
		b.wantHeard(t, 1)
		b.wantHeard(t, 2, "where is 2?")
		b.wantHeard(t, 3, "where is 2?")
		b.send(1, 2, "here")
		b.wantHeard(t, 1, "here")
		b.send(2, 1, "to 2 alone")
		b.wantHeard(t, 2, "to 2 alone")
		b.wantHeard(t, 3)
		b.send(all, 3, "to all")
		b.wantHeard(t, 1, "to all")
		b.wantHeard(t, 2, "to all")
		b.wantHeard(t, 3)
		b.send(1, 1, "to itself")
		b.wantHeard(t, 1)
		b.hosts[0].fromHost <- []byte("no header")
		synctest.Wait()
		want := Stats{Received: 6, Delivered: 6, Dropped: 1}
		if got := b.Stats(); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
	})
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 2)
		b.send(all, 1, "1 is here")
		b.send(all, 2, "2 is here")
		b.heard(1)
		b.heard(2)

		b.set(t, "h1", "h2", Cut())
		b.send(2, 1, "one way is cut")
		b.send(1, 2, "the other is not")
		b.wantHeard(t, 2)
		b.wantHeard(t, 1, "the other is not")

		b.set(t, "h1", "h2", Fault{Delay: 500 * time.Millisecond})
		b.send(2, 1, "slow")
		time.Sleep(500*time.Millisecond - 1)
		b.wantHeard(t, 2)
		time.Sleep(time.Nanosecond)
		b.wantHeard(t, 2, "slow")

		b.set(t, "h1", "h2", Fault{ReorderPct: 100, Jitter: time.Second})
		b.send(2, 1, "first")
		b.set(t, "h1", "h2", Fault{DuplicatePct: 100})
		b.send(2, 1, "second")
		b.wantHeard(t, 2, "second", "second")
		time.Sleep(time.Second)
		b.wantHeard(t, 2, "first")

		b.set(t, "h1", "h2", Fault{Delay: time.Millisecond})
		for i := range 20 { // all due at one time
			b.send(2, 1, fmt.Sprint(i))
		}
		time.Sleep(time.Millisecond)
		b.wantHeard(t, 2, "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19")

		if err := b.SetAll(Cut()); err != nil {
			t.Fatal(err)
		}
		b.send(2, 1, "nothing")
		b.send(1, 2, "passes")
		b.wantHeard(t, 1)
		b.wantHeard(t, 2)
		if got, want := b.Stats(), (Stats{Received: 29, Delivered: 27, Lost: 3, Repeated: 1}); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
	})
}

// TestQueueIsBounded: what waits for a port is at most what its queue and its schedule hold.
func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1, 2)
		b.set(t, "h1", "h2", Fault{Delay: maxDelay})
		for range 2*maxQueued + 3 {
			b.hosts[0].fromHost <- frame(2, 1, "x")
			synctest.Wait()
		}
		if got := b.Stats().Dropped; got != 3 {
			t.Errorf("%d frames dropped, want 3", got)
		}
		time.Sleep(maxDelay)
		if got := len(b.heard(2)); got != 2*maxQueued {
			t.Errorf("%d frames came, want %d", got, 2*maxQueued)
		}
	})
}

// TestAddressesAreBounded: who is not in a full table is still reached, as all are.
func TestAddressesAreBounded(t *testing.T) {
	s := New(1)
	for _, name := range []string{"h1", "h2", "h3"} {
		if err := s.Plug(name, newCable()); err != nil {
			t.Fatal(err)
		}
	}
	for i := range maxAddresses + 1 {
		s.route(s.ports[0], address{0xff}, address{2, 0, 0, byte(i >> 16), byte(i >> 8), byte(i)})
	}
	if len(s.learnt) != maxAddresses {
		t.Errorf("%d addresses learnt, want %d", len(s.learnt), maxAddresses)
	}
	s.route(s.ports[1], address{0xff}, address{2}) // the first one has moved
	if got := s.route(s.ports[2], address{2}, address{0xfe}); !slices.Equal(got, s.ports[1:2]) {
		t.Errorf("%d ports for an address that has moved, want the one to which it did", len(got))
	}
	if got := s.route(s.ports[2], address{0xfe}, address{0xfe}); !slices.Equal(got, s.ports[:2]) {
		t.Errorf("%d ports for an address that had no place, want the 2 others", len(got))
	}
}

// TestSeed: the fates of frames depend on the seed, the link and the frame's number, and on no fault
// that was there before.
func TestSeed(t *testing.T) {
	half := Fault{LossPct: 50, DuplicatePct: 50, ReorderPct: 50, Jitter: time.Second}
	fates := func(seed uint64, from, to string, before Fault) (all [][]time.Duration) {
		l := newLink(seed, from, to)
		l.fault = before
		for i := range 64 {
			if i == 32 {
				l.fault = half
			}
			all = append(all, l.fate())
		}
		return all[32:]
	}
	want := fates(1, "h1", "h2", half)
	if got := fates(1, "h1", "h2", Cut()); !reflect.DeepEqual(got, want) {
		t.Errorf("after another fault the fates are %v, want %v", got, want)
	}
	for name, other := range map[string][][]time.Duration{
		"seed 2": fates(2, "h1", "h2", half), "the way back": fates(1, "h2", "h1", half), "h1-h3": fates(1, "h1", "h3", half),
	} {
		if reflect.DeepEqual(other, want) {
			t.Errorf("%s has the same fates", name)
		}
	}
}

// TestShares holds each fault to its share of 100,000 frames, within 5 standard deviations.
func TestShares(t *testing.T) {
	const frames = 100_000
	l := newLink(1, "h1", "h2")
	l.fault = Fault{LossPct: 10, DuplicatePct: 30, ReorderPct: 50, Delay: 1, Jitter: 1}
	var lost, twice, late float64
	for range frames {
		switch d := l.fate(); {
		case len(d) == 0:
			lost++
		case len(d) == 2:
			twice++
			fallthrough
		default:
			late += float64(d[0] - 1)
		}
	}
	arrived := frames - lost
	for _, share := range []struct {
		name           string
		got, of, share float64
	}{{"lost", lost, frames, 0.1}, {"repeated", twice, arrived, 0.3}, {"late", late, arrived, 0.5}} {
		if dev := math.Abs(share.got - share.of*share.share); dev > 5*math.Sqrt(share.of*share.share*(1-share.share)) {
			t.Errorf("%s: %.0f of %.0f frames, want %v of them", share.name, share.got, share.of, share.share)
		}
	}
}

func TestRefusals(t *testing.T) {
	s := New(1)
	if err := errors.Join(s.Plug("h1", newCable()), s.Plug("h2", newCable())); err != nil {
		t.Fatal(err)
	}
	for _, f := range []Fault{
		{LossPct: -1}, {LossPct: 100.1}, {LossPct: math.NaN()}, {DuplicatePct: 101}, {ReorderPct: 1}, {ReorderPct: 101, Jitter: 1},
		{Delay: -1}, {Delay: maxDelay + 1}, {Jitter: maxDelay + 1},
	} {
		if s.Set("h1", "h2", f) == nil || s.SetAll(f) == nil {
			t.Errorf("%+v is taken", f)
		}
	}
	if s.Set("h1", "h3", Fault{}) == nil || s.Set("h3", "h1", Fault{}) == nil || s.Plug("h1", newCable()) == nil {
		t.Error("a port that is not there, or there already, is taken")
	}
}

// TestDeviceFails: the others go on, and Run tells of it.
func TestDeviceFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, pipeEnd, failing := New(1), newCable(), errors.New("the host is gone")
		r, w := io.Pipe()
		if err := errors.Join(s.Plug("h1", struct {
			io.Reader
			io.WriteCloser
		}{r, w}), s.Plug("h2", pipeEnd)); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- s.Run(ctx) }()
		synctest.Wait()
		w.CloseWithError(failing)
		synctest.Wait()
		pipeEnd.fromHost <- frame(all, 2, "anyone?")
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) || !errors.Is(err, failing) {
			t.Errorf("Run returned %v, want the end of ctx and what failed", err)
		}
		if got, want := s.Stats(), (Stats{Received: 1, Dropped: 1}); got != want {
			t.Errorf("counted %+v, want %+v", got, want)
		}
		if s.Plug("h3", newCable()) == nil {
			t.Error("a port is taken after Run")
		}
	})
}
