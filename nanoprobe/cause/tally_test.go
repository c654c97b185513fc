package cause

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

// parseTally reads "switch:s1,4,2,b,9,told".
func parseTally(from, count string) Tally {
	f := strings.Split(count, ",")
	t := Tally{From: from, Segment: f[0], Told: len(f) > 5}
	t.Up, _ = strconv.Atoi(f[1])
	if t.Died, _ = strconv.Atoi(f[2]); t.Died > 0 {
		t.Lowest, t.Appearance = f[3], f[4]
	}
	return t
}

// TestTally: site of grouper_test.go is one ring, m1 and m2 others.
func TestTally(t *testing.T) {
	const s1 = "switch:s1"
	tests := []struct{ name, script, want string }{
		{"alone in its ring, and in two others", "e! m1~switch:s1,0,1,f1,9 m2~switch:s1,0,1,g1,9 d,c,b,a- 20",
			"20 opened switch:s1/e/1 e and 2"},
		{"nobody else", "e! d,c,b,a- 20", "20 released e"},
		{"in one other ring", "e! m1~switch:s1,0,1,f1,9 d,c,b,a- 20", "20 released e"},
		{"waits for 20 s", "a,b,c! 19", ""},
		{"and no longer", "a,b,c! 20", "20 opened switch:s1/a/1 a,b,c"},
		{"others' hosts are up", "a,b,c! m1~switch:s1,1,0 20", "20 released a; 20 released b; 20 released c"},
		{"but not enough of them", "a,b,c,d! m1~switch:s1,1,0 20", "20 opened switch:s1/a/1 a,b,c,d"},
		{"the lowest is elsewhere", "b,c! m1~switch:s1,0,2,a0,9 20", "20 released b; 20 released c"},
		{"the lowest is elsewhere, and there are enough", "b,c,d! m1~switch:s1,0,2,a0,9 20", "20 opened switch:s1/a0/9 b,c,d and 2"},
		{"the lowest is here", "b,c,d! m1~switch:s1,0,2,b0,9 20", "20 opened switch:s1/b/1 b,c,d and 2"},
		{"a name that is told stays", "b,c,d! m1~switch:s1,0,2,z0,9,told m2~switch:s1,0,1,a0,9 20", "20 opened switch:s1/z0/9 b,c,d and 3"},
		{"of two that are told the lower", "b,c,d! m1~switch:s1,0,2,z0,9,told m2~switch:s1,0,1,y0,9,told 20", "20 opened switch:s1/y0/9 b,c,d and 3"},
		{"the newest word counts", "a,b,c! m1~switch:s1,9,1,z0,9 5 m1~switch:s1,0,1,z0,9 20", "20 opened switch:s1/a/1 a,b,c and 1"},
		{"a minute old", "m1~switch:s1,9,1,z0,9 60 a,b,c! 80", "80 opened switch:s1/a/1 a,b,c"},
		{"not yet a minute old", "m1~switch:s1,9,1,z0,9 40 a,b,c! 59", ""},
		{"of another segment", "a,b,c! m1~switch:s2,9,1,z0,9 20", "20 opened switch:s1/a/1 a,b,c"},
		{"the rack, since others died behind its other switch", "a,b,c,d,e! m1~rack:r1,0,4,f0,9 m1~switch:s3,0,4,f0,9 20",
			"20 opened rack:r1/a/1 a,b,c,d,e and 4"},
		{"hangs on nothing", "z!", "0 released z"},
		{"nothing in common", "a! h! m1~switch:s9,0,1,b0,9 20", "20 released a; 20 released h"},
		{"told of by others alone", "m1~switch:s1,0,9,b0,9 20", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(site, Bounds{})
			w.Share(true)
			if got := w.run(tt.script); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.script, got, tt.want)
			}
		})
	}
	if got, want := newWorld(site, Bounds{}).run("a,b,c! m1~"+s1+",0,1,b0,9 10"), "10 opened switch:s1/a/1 a,b,c and 1"; got != want {
		t.Errorf("not shared: %q, want %q", got, want)
	}
}

func TestTallies(t *testing.T) {
	tests := []struct{ name, script, want string }{
		{"quiet", "a,b+ 5", ""},
		{"one death", "b! 1", "rack:r1,5,1,b,1 subnet:n,7,1,b,1 switch:s1,4,1,b,1"},
		{"two on one switch, one beside it", "c,b,f! 1", "rack:r1,3,3,b,1 subnet:n,5,3,b,1 switch:s1,3,2,b,1 switch:s2,2,1,f,1"},
		{"heard again", "b! 1 b+", ""},
		{"told", "a,b,c! 20", "switch:s1,2,3,a,1,told"},
		{"told, and one is back", "a,b,c! 21 a+", "switch:s1,3,2,a,1,told"},
		{"told for a minute", "a,b,c! 79", "switch:s1,2,3,a,1,told"},
		{"and no longer", "a,b,c! 80", ""},
		{"restored", "a,b,c! 21 a,b+", ""},
		{"told under another's name", "b,c,d! m1~switch:s1,0,1,a0,9 20", "switch:s1,2,3,a0,9,told"},
		{"an objection", "m1~switch:s1,1,3,a0,9", "switch:s1,5,0"},
		{"none where the others see it themselves", "m1~switch:s1,1,3,a0,9 m2~switch:s1,2,0", ""},
		{"none to two deaths", "m1~switch:s1,0,2,a0,9", ""},
		{"none without hosts", "m1~switch:s9,0,3,a0,9", ""},
		{"of claims nothing", "L=ring:r:a,b,c 1", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(site, Bounds{})
			w.Share(true)
			w.run(tt.script)
			var got []string
			for _, c := range w.Tallies(int64(w.second) * 1000) {
				line := fmt.Sprintf("%s,%d,%d", c.Segment, c.Up, c.Died)
				if c.Died > 0 {
					line += "," + c.Lowest + "," + c.Appearance
				}
				if c.Told {
					line += ",told"
				}
				got = append(got, line)
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("%s\n got %q\nwant %q", tt.script, got, tt.want)
			}
		})
	}
}

// TestTalliesBounded: however many come, a bounded number is held, and those that are go on.
func TestTalliesBounded(t *testing.T) {
	g := New(Bounds{})
	for i := range 2 * maxTallies {
		g.Tally(0, Tally{From: strconv.Itoa(i), Segment: "switch:s1", Died: 1})
	}
	g.Tally(0, Tally{From: "7", Segment: "switch:s1", Died: 2})
	if got := g.tallies[tallyKey{"7", "switch:s1"}].Died; len(g.tallies) != maxTallies || got != 2 {
		t.Errorf("%d tallies, at most %d; the newest of 7 has %d, want 2", len(g.tallies), maxTallies, got)
	}
	g.Discount("7")
	if _, held := g.tallies[tallyKey{"7", "switch:s1"}]; held || len(g.tallies) != maxTallies-1 {
		t.Errorf("%d tallies once 7 is discounted", len(g.tallies))
	}
	if g.Tick(tallyMS); len(g.tallies) != 0 {
		t.Errorf("%d tallies after a minute", len(g.tallies))
	}
}

// TestRingsAgree: Groupers that know a part of the hosts each and hear each other's Tallies, some seconds
// late, tell of the incidents of which one that knows all tells, and of no others, each its part of the
// hosts. Some switches fail; no rack does, and no host dies by itself.
func TestRingsAgree(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 2))
		whole := New(Bounds{})
		rings := make([]*Grouper, 2+rng.IntN(4))
		for i := range rings {
			rings[i] = New(Bounds{})
			rings[i].Share(true)
		}
		ringOf, diesMS, failed := map[string]int{}, map[string]int64{}, rng.IntN(4)
		for i := range 40 + rng.IntN(40) {
			id, s := fmt.Sprintf("h%02d", i), rng.IntN(4)
			segments := []string{fmt.Sprint("switch:", s), fmt.Sprint("subnet:", rng.IntN(2))}
			ringOf[id] = rng.IntN(len(rings))
			whole.Attach(id, segments)
			rings[ringOf[id]].Attach(id, segments)
			if s == failed {
				diesMS[id] = rng.Int64N(5000)
			}
		}
		shareUntil(whole, rings, ringOf, diesMS, int64(rng.IntN(8)))
		want, got := incidentsOf(whole), map[string]string{}
		for _, g := range rings {
			for id, hosts := range incidentsOf(g) {
				got[id] = mergeLists(got[id], hosts)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("seed %d: %v died; the rings tell %v, one that knows all %v", seed, sortedKeys(diesMS), got, want)
		}
	}
}

// shareUntil lets hosts die, and Tallies arrive after some seconds, until all is decided.
func shareUntil(whole *Grouper, rings []*Grouper, ringOf map[string]int, diesMS map[string]int64, delay int64) {
	type letter struct {
		to *Grouper
		t  Tally
	}
	arrivals := map[int64][]letter{}
	for second := range int64(30) {
		now := second * 1000
		for id, at := range diesMS {
			if at/1000 == second {
				whole.Died(now, id, "1")
				rings[ringOf[id]].Died(now, id, "1")
			}
		}
		for _, l := range arrivals[second] {
			l.to.Tally(now, l.t)
		}
		for i, g := range rings {
			if g.Tick(now); second%5 != 0 {
				continue
			}
			for _, t := range g.Tallies(now) {
				t.From = strconv.Itoa(i)
				for j, to := range rings {
					if j != i {
						arrivals[second+delay+1] = append(arrivals[second+delay+1], letter{to, t})
					}
				}
			}
		}
		whole.Tick(now)
	}
}

// incidentsOf maps the incidents to their hosts.
func incidentsOf(g *Grouper) map[string]string {
	incidents := map[string]string{}
	for _, d := range g.Ready().Decisions {
		if d.Kind == Opened {
			incidents[d.Incident] = strings.Join(d.Hosts, ",")
		}
	}
	return incidents
}

// mergeLists is two sorted lists as one.
func mergeLists(a, b string) string {
	all := map[string]bool{}
	for _, id := range append(split(a), split(b)...) {
		all[id] = true
	}
	return strings.Join(sortedKeys(all), ",")
}
