package nanoprobe

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestDeliverySurvivesAnOutage: for an hour the destination is away, while one key changes each
// minute and another once. Afterwards it holds the newest of both, and the log two lines.
func TestDeliverySurvivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		start := time.Now()
		var stored []string
		send := func(_ context.Context, batch []string) error {
			if time.Since(start) < time.Hour {
				return errors.New("away")
			}
			stored = append(stored, batch...)
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := newDelivery("test", 10, 10, send, rand.New(rand.NewPCG(1, 1)), slog.New(slog.NewTextHandler(&log, nil)))
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()

		d.put("once", "once")
		for i := range 60 {
			d.put("often", "often"+string(rune('0'+i%10)))
			time.Sleep(time.Minute)
		}
		if err := d.wait(ctx); err != nil {
			t.Fatal(err)
		}
		synctest.Wait() // the log is written last
		if want := []string{"once", "often9"}; !slices.Equal(stored, want) {
			t.Errorf("stored %q, want %q", stored, want)
		}
		if back := time.Since(start); back > time.Hour+maxBackoff {
			t.Errorf("stored %s after the start, want at most %s after the outage's end", back, maxBackoff)
		}
		want := deliveryStats{Name: "test", Delivered: 2, Failures: d.stats().Failures}
		if got := d.stats(); got != want || got.Failures < 12 { // an hour of at most 5 minutes each
			t.Errorf("stats %+v, want %+v with 12 failures or more", got, want)
		}
		if lines := strings.Count(log.String(), "\n"); lines != 2 {
			t.Errorf("%d lines in the log, want one at the start of the outage and one at its end:\n%s", lines, &log)
		}
		cancel()
		<-done
	})
}

// TestDeliveryLeavesSome: the destination takes letters at once and digits after an hour. These don't hold up
// the letters, and are tried a batch after each pause.
func TestDeliveryLeavesSome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var stored []string
		var lastLetter time.Duration
		send := func(_ context.Context, batch []string) error {
			var later leftError
			for i, item := range batch {
				if item <= "9" && time.Since(start) < time.Hour {
					later = leftError{append(later.left, i), errors.New("no room")}
					continue
				}
				stored = append(stored, item)
				if item > "9" {
					lastLetter = time.Since(start)
				}
			}
			if len(later.left) > 0 {
				return later
			}
			return nil
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		d := newDelivery("test", 10, 2, send, rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
		for _, item := range []string{"1", "2", "a", "3", "b", "c"} {
			d.put(item, item)
		}
		done := make(chan struct{})
		go func() { d.run(ctx); close(done) }()
		if err := d.wait(ctx); err != nil {
			t.Fatal(err)
		}
		if slices.Sort(stored[3:]); !slices.Equal(stored, []string{"a", "b", "c", "1", "2", "3"}) || lastLetter > time.Second {
			t.Errorf("stored %q, the last letter after %v; want the letters within a second, the digits then", stored, lastLetter)
		}
		if got := d.stats(); got.Delivered != 6 || got.Failures < 12 || got.Failures > 40 {
			t.Errorf("stats %+v, want 6 delivered, and a failure a pause", got)
		}
		cancel()
		<-done
	})
}

func TestDeliveryWaitEndsWithItsContext(t *testing.T) {
	d := newDelivery("test", 1, 1, func(context.Context, []int) error { return nil },
		rand.New(rand.NewPCG(1, 1)), slog.New(slog.DiscardHandler))
	if err := d.wait(t.Context()); err != nil {
		t.Errorf("wait on an empty box: %v", err)
	}
	d.put("a", 1) // nobody delivers
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("wait: %v, want %v", err, context.Canceled)
	}
}

func TestBackoff(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, tt := range []struct {
		failures int
		limit    time.Duration
	}{{1, time.Second}, {2, 2 * time.Second}, {9, 256 * time.Second}, {10, maxBackoff}, {1000, maxBackoff}} {
		longest := time.Duration(0)
		for range 2000 {
			d := backoff(tt.failures, r)
			if d <= 0 || d > tt.limit {
				t.Fatalf("backoff(%d) = %s, want in (0, %s]", tt.failures, d, tt.limit)
			}
			longest = max(longest, d)
		}
		if longest < tt.limit*9/10 {
			t.Errorf("backoff(%d): longest of 2000 is %s, want near %s", tt.failures, longest, tt.limit)
		}
	}
}
