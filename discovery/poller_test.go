package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// contextDone returns a context that is done.
func contextDone(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

// collector takes documents and keeps when they came, with their sequence numbers and data.
type collector struct {
	start  time.Time
	refuse func(up time.Duration, d Document) bool
	got    []string
}

func (c *collector) emit(_ context.Context, d Document) error {
	up := time.Since(c.start).Round(time.Minute)
	if c.refuse != nil && c.refuse(up, d) {
		return errors.New("the CMA is away")
	}
	c.got = append(c.got, fmt.Sprintf("%v %s#%d %s", up, d.Instance, d.Seq, d.Data))
	return nil
}

func testConfig(c *collector, agents ...Agent) PollerConfig {
	c.start = time.Now()
	return PollerConfig{
		Host: Host{}, Name: "db1", HostID: "6f1c", Boot: 7, Agents: agents,
		Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler), Emit: c.emit,
	}
}

func newPoller(t *testing.T, cfg PollerConfig) *Poller {
	t.Helper()
	p, err := NewPoller(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// agentOf makes an agent that finds what find says.
func agentOf(name string, every time.Duration, find func(context.Context) (any, error)) Agent {
	return Agent{Name: name, Every: every, Discover: func(ctx context.Context, _ Host) (any, error) { return find(ctx) }}
}

func run(t *testing.T, p *Poller, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := p.Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Run: %v", err)
	}
}

// TestPollerEmitsOnlyChanges is an hour in virtual time: the host changes at 20m, while documents are
// refused from 20m to 40m. What was refused is offered again, under a new number.
func TestPollerEmitsOnlyChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &collector{}
		offered := uint64(0)
		c.refuse = func(up time.Duration, d Document) bool {
			if d.Seq != offered+1 {
				t.Errorf("sequence %d after %d", d.Seq, offered)
			}
			offered = d.Seq
			return up >= 20*time.Minute && up < 40*time.Minute
		}
		a := agentOf("a", time.Minute, func(context.Context) (any, error) {
			return time.Since(c.start) >= 20*time.Minute, nil
		})
		p := newPoller(t, testConfig(c, a))
		run(t, p, time.Hour)
		want := []string{"0s a#1 false", fmt.Sprintf("40m0s a#%d true", offered)}
		if !slices.Equal(c.got, want) {
			t.Errorf("emitted %q, want %q", c.got, want)
		}
		s := p.Stats()[0]
		if s.Documents != 2 || s.Failures != offered-2 || s.LastError != "" || s.Runs < 55 || s.Runs > 66 {
			t.Errorf("%+v after %d offers, want 2 documents, the other offers failures, and a run a minute", s, offered)
		}
	})
}

// TestPollerJitter: turns are an interval apart, give or take a tenth, and not all the same.
func TestPollerJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		a := agentOf("a", 10*time.Minute, func(context.Context) (any, error) {
			at = append(at, time.Now())
			return 1, nil
		})
		start := time.Now()
		run(t, newPoller(t, testConfig(&collector{}, a)), 100*time.Hour)
		if !at[0].Equal(start) {
			t.Errorf("first turn after %v, want at once", at[0].Sub(start))
		}
		least, most := time.Hour, time.Duration(0)
		for i := range at[1:] {
			gap := at[i+1].Sub(at[i])
			least, most = min(least, gap), max(most, gap)
		}
		if least < 9*time.Minute || most > 11*time.Minute || most-least < time.Minute {
			t.Errorf("gaps from %v to %v, want 9m to 11m", least, most)
		}
	})
}

// TestPollerContains: what one agent does wrong is its own failure, told by name, and the others go on.
func TestPollerContains(t *testing.T) {
	tests := []struct {
		name string
		find func(context.Context) (any, error)
		want string // last error
	}{
		{"fails", func(context.Context) (any, error) { return nil, errors.New("no luck") }, "no luck"},
		{"panics", func(context.Context) (any, error) { panic("oh") }, "panic: oh"},
		{"keeps to its limit", func(ctx context.Context) (any, error) { <-ctx.Done(); return nil, ctx.Err() }, "context deadline exceeded"},
		{"does not marshal", func(context.Context) (any, error) { return make(chan int), nil }, "json: unsupported type: chan int"},
		{"says too much", func(context.Context) (any, error) { return strings.Repeat("x", MaxDocumentBytes), nil }, "4194306 bytes, at most 4194304: document too large"},
		{"speaks as another", func(context.Context) (any, error) {
			return Envelope{DiscoverType: "x", Instance: "good", Data: []byte(`{}`)}, nil
		}, `instance "good" is that of agent "good"`},
		{"not here", func(context.Context) (any, error) { return nil, ErrNotHere }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &collector{}
				good := agentOf("good", time.Minute, func(context.Context) (any, error) {
					return time.Since(c.start).Round(time.Minute).Minutes(), nil
				})
				cfg := testConfig(c, agentOf("bad", time.Minute, tt.find), good)
				var log bytes.Buffer
				cfg.Logger = slog.New(slog.NewTextHandler(&log, nil))
				p := newPoller(t, cfg)
				run(t, p, 2*time.Minute+30*time.Second)
				if len(c.got) < 3 || strings.Contains(strings.Join(c.got, " "), "bad") {
					t.Errorf("emitted %q, want 3 of good and none of bad", c.got)
				}
				bad, notHere := p.Stats()[0], tt.want == ""
				failed := bad.Failures == bad.Runs
				if bad.Name != "bad" || bad.LastError != tt.want || bad.NotHere != notHere || failed == notHere || bad.Documents != 0 || bad.Runs == 0 {
					t.Errorf("%+v, want last error %q", bad, tt.want)
				}
				if n := strings.Count(log.String(), "agent=bad"); n > 1 || n == 1 == notHere {
					t.Errorf("an agent that keeps failing in one way is told once; the log:\n%s", &log)
				}
			})
		})
	}
}

// TestPollerStuck: an agent that ignores ctx is given up 5 s after its limit, not started again before
// it returns, and works again afterwards. Run does not wait for it for longer than that.
func TestPollerStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, running atomic.Int64
		wake := make(chan struct{})
		a := agentOf("a", time.Minute, func(context.Context) (any, error) {
			if running.Add(1) > 1 {
				t.Error("started again before it returned")
			}
			defer running.Add(-1)
			call := calls.Add(1)
			if call == 1 {
				<-wake
			}
			return call, nil
		})
		a.Timeout = 10 * time.Second
		c := &collector{}
		p := newPoller(t, testConfig(c, a))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() { _ = p.Run(ctx) })
		<-p.FirstRound()
		if up := time.Since(c.start); up != 15*time.Second {
			t.Errorf("given up after %v, want 15s", up)
		}
		time.Sleep(5 * time.Minute)
		s := p.Stats()[0]
		if calls.Load() != 1 || s.Failures < 4 || s.LastError != "agent does not return in its 10s" {
			t.Errorf("%d calls, %+v, want 1 and a failure a minute", calls.Load(), s)
		}
		close(wake)
		time.Sleep(2 * time.Minute)
		if s := p.Stats()[0]; s.LastError != "" || s.Documents == 0 {
			t.Errorf("after it returned: %+v", s)
		}
		cancel()
		wg.Wait()
		if !strings.HasSuffix(c.got[0], " a#1 2") {
			t.Errorf("emitted %q, want nothing of the run that was given up", c.got)
		}
	})
}

// TestPollerStops: Run waits for what its agents are doing, for 5 s at most, and then names no failure.
func TestPollerStops(t *testing.T) {
	for _, tt := range []struct {
		needs time.Duration
		want  time.Duration
	}{{time.Second, time.Second}, {time.Hour, returnGrace}} {
		synctest.Test(t, func(t *testing.T) {
			var returned atomic.Bool
			a := agentOf("a", time.Minute, func(ctx context.Context) (any, error) {
				<-ctx.Done()
				time.Sleep(tt.needs)
				returned.Store(true)
				return nil, ctx.Err()
			})
			p := newPoller(t, testConfig(&collector{}, a))
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			start := time.Now()
			_ = p.Run(ctx)
			if took := time.Since(start) - time.Second; took != tt.want || returned.Load() != (tt.needs == tt.want) {
				t.Errorf("an agent that needs %v: Run returned after %v, the agent %v, want %v", tt.needs, took, returned.Load(), tt.want)
			}
			if s := p.Stats()[0]; (s.Failures == 0) != returned.Load() {
				t.Errorf("%+v", s)
			}
			time.Sleep(tt.needs) // a bubble ends with no goroutine left
		})
	}
}

// TestPollerOnce: every agent has one turn, all at the same time, and documents leave one by one in the
// order of their numbers.
func TestPollerOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var agents []Agent
		for i := range 20 {
			agents = append(agents, agentOf(fmt.Sprintf("a%02d", i), time.Hour, func(context.Context) (any, error) {
				time.Sleep(time.Second)
				return i, nil
			}))
		}
		cfg := testConfig(&collector{}, agents...)
		var seqs []uint64
		emitting := false
		cfg.Emit = func(_ context.Context, d Document) error {
			if emitting {
				t.Error("two documents at a time")
			}
			emitting = true
			time.Sleep(time.Millisecond)
			emitting = false
			seqs = append(seqs, d.Seq)
			return nil
		}
		start := time.Now()
		p := newPoller(t, cfg)
		if err := p.Once(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != time.Second+20*time.Millisecond {
			t.Errorf("took %v, want 1.02s", took)
		}
		if len(seqs) != 20 || !slices.IsSorted(seqs) || seqs[0] != 1 || seqs[19] != 20 {
			t.Errorf("numbers %v, want 1 to 20 in order", seqs)
		}
		ctx, cancel := contextDone(t)
		defer cancel()
		if err := p.Once(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Once with a context that is done: %v", err)
		}
	})
}

// TestPollerFirstRound: without agents there is nothing to wait for, and Run goes on until it is told.
// TestPollerBoundsInstances: of an agent that makes up a name each time only so many documents are taken.
func TestPollerBoundsInstances(t *testing.T) {
	var c collector
	turns := 0
	agent := agentOf("fickle", time.Hour, func(context.Context) (any, error) {
		turns++
		return Envelope{DiscoverType: "x", Instance: fmt.Sprint(turns), Data: []byte("{}")}, nil
	})
	p := newPoller(t, testConfig(&c, agent))
	for range MaxInstances + 1 {
		if err := p.Once(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	stats := p.Stats()[0]
	if want := MaxInstances - 1; len(c.got) != want || stats.Failures != 2 { // its own name is one
		t.Errorf("%d documents, %d failures; want %d and 2", len(c.got), stats.Failures, want)
	}
	if want := fmt.Sprintf(`instance "%d" is one too many`, MaxInstances+1); !strings.HasPrefix(stats.LastError, want) {
		t.Errorf("the last error is %q, want one that begins %q", stats.LastError, want)
	}
}

func TestPollerFirstRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPoller(t, testConfig(&collector{}))
		start := time.Now()
		run(t, p, time.Minute)
		if time.Since(start) != time.Minute {
			t.Errorf("Run returned after %v", time.Since(start))
		}
		<-p.FirstRound()
	})
}

func TestNewPollerRefuses(t *testing.T) {
	good := agentOf("a", time.Minute, func(context.Context) (any, error) { return nil, nil })
	tests := []struct {
		change func(*PollerConfig)
		want   string
	}{
		{func(c *PollerConfig) { c.Name = "" }, "host name is empty"},
		{func(c *PollerConfig) { c.HostID = "a#b" }, `host id "a#b" has a character that names may not have: '#'`},
		{func(c *PollerConfig) { c.Boot = 0 }, "poller: Boot, Rand, Logger and Emit are needed"},
		{func(c *PollerConfig) { c.Rand = nil }, "poller: Boot, Rand, Logger and Emit are needed"},
		{func(c *PollerConfig) { c.Logger = nil }, "poller: Boot, Rand, Logger and Emit are needed"},
		{func(c *PollerConfig) { c.Emit = nil }, "poller: Boot, Rand, Logger and Emit are needed"},
		{func(c *PollerConfig) { c.Agents = []Agent{good, good} }, `two agents are named "a"`},
		{func(c *PollerConfig) { c.Agents = make([]Agent, MaxInstances+1) }, "4097 agents, at most 4096"},
		{func(c *PollerConfig) { c.Agents[0].Name = "" }, "agent's name is empty"},
		{func(c *PollerConfig) { c.Agents[0].Every = 0 }, `agent "a": interval 0s, time limit 0s: needs a positive interval and a Discover`},
		{func(c *PollerConfig) { c.Agents[0].Timeout = -1 }, `agent "a": interval 1m0s, time limit -1ns: needs a positive interval and a Discover`},
		{func(c *PollerConfig) { c.Agents[0].Discover = nil }, `agent "a": interval 1m0s, time limit 0s: needs a positive interval and a Discover`},
	}
	for _, tt := range tests {
		cfg := testConfig(&collector{}, good)
		tt.change(&cfg)
		if _, err := NewPoller(cfg); err == nil || err.Error() != tt.want {
			t.Errorf("NewPoller: %v, want %q", err, tt.want)
		}
	}
}
