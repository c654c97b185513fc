package cache

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/quick"
	"time"
)

func TestMeasure(t *testing.T) {
	for _, tt := range []struct {
		name string
		took []time.Duration
		want Times
	}{
		{"none", nil, Times{}},
		{"one", []time.Duration{7}, Times{N: 1, Mean: 7, Median: 7, Min: 7, Max: 7, Bytes: 1}},
		{"even number", []time.Duration{40, 10, 20, 30}, Times{N: 4, Mean: 25, Median: 25, Deviation: 11, Min: 10, Max: 40, Bytes: 10}},
		{"odd number", []time.Duration{2, 4, 4, 4, 5, 5, 7, 9, 5}, Times{N: 9, Mean: 5, Median: 5, Deviation: 2, Min: 2, Max: 9, Bytes: 45}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r recorder
			for i, took := range tt.took {
				r.add(exchange{took, int64(i + 1)})
			}
			if got := r.times(); got != tt.want {
				t.Errorf("%v: got %+v, want %+v", tt.took, got, tt.want)
			}
		})
	}
}

// TestRecorder: only the last exchanges count.
func TestRecorder(t *testing.T) {
	var r recorder
	r.add(exchange{took: time.Hour})
	for i := range timesKept {
		r.add(exchange{took: time.Duration(i)})
	}
	if got := r.times(); got.N != timesKept || got.Min != 0 || got.Max != timesKept-1 {
		t.Errorf("got %+v, want the last %d, from 0 to %d", got, timesKept, timesKept-1)
	}
}

// TestCombineTimes: what is combined is what is measured of all at once, as far as rounding goes, but for
// the median.
func TestCombineTimes(t *testing.T) {
	near := func(a, b time.Duration) bool { return a-b <= 2 && b-a <= 2 }
	law := func(seed uint64) bool {
		rng := rand.New(rand.NewPCG(seed, 1))
		var all []exchange
		var parts []Times
		for range 1 + rng.IntN(5) {
			part := make([]exchange, rng.IntN(8))
			for i := range part {
				part[i] = exchange{time.Duration(1e6 + rng.IntN(1e6)), rng.Int64N(1e6)}
			}
			all = append(all, part...)
			parts = append(parts, measure(part))
		}
		got, want := CombineTimes(parts), measure(all)
		ok := got.N == want.N && got.Min == want.Min && got.Max == want.Max && got.Bytes == want.Bytes &&
			near(got.Mean, want.Mean) && near(got.Deviation, want.Deviation)
		if !ok {
			t.Logf("got %+v, want %+v", got, want)
		}
		return ok
	}
	if err := quick.Check(law, nil); err != nil {
		t.Error(err)
	}
	medians := []Times{{N: 1, Median: 9}, {N: 50, Median: 1}, {N: 2, Median: 4}, {}}
	if got := CombineTimes(medians).Median; got != 4 {
		t.Errorf("median %v of 9, 1 and 4, want 4", got)
	}
}

// TestTimes: what a server answered counts, and nothing else.
func TestTimes(t *testing.T) {
	f := newFixture(t, startLocal(t))
	big := slices.Repeat([]byte("0123456789"), 10)
	f.mustPut(t, snap("web1", "/f", string(big)), snap("web1", "/f", string(big)))
	if _, err := f.Seen(t.Context(), "web1", "id of web1"); err != nil {
		t.Fatal(err)
	}
	got := f.Times()
	if got.N != 3 || got.Bytes != 100 || got.Min <= 0 || got.Max < got.Min {
		t.Errorf("got %+v, want 3 exchanges of 100 bytes together: what is there already is not sent", got)
	}
	away := Dial(Server{Addr: "127.0.0.1:1"}, Config{})
	defer away.Close()
	if _, err := away.Seen(t.Context(), "web1", "id of web1"); err == nil || away.Times().N != 0 {
		t.Errorf("Seen by nobody: %v, %+v, want an error and no time", err, away.Times())
	}
}

// FuzzTimesLine: what anyone has written is refused, or is what FormatTimes writes for it.
func FuzzTimesLine(f *testing.F) {
	f.Add(`{"server":"a:1","n":3,"mean_us":2,"median_us":2,"deviation_us":1,"min_us":1,"max_us":3,"bytes":7}`)
	f.Add(`{"server":"\u0000","n":1e9}`)
	f.Fuzz(func(t *testing.T, line string) {
		server, want, ok := parseTimesLine(line)
		if !ok {
			return
		}
		again, got, ok := parseTimesLine(string(FormatTimes(map[string]Times{server: want})))
		if !ok || again != server || got != want {
			t.Errorf("%q: %q %+v comes back as %q %+v, %v", line, server, want, again, got, ok)
		}
	})
}
