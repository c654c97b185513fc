package mesh

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestFigures measures what the design promises of a ring of 64: the time that it takes to come about,
// its datagrams in the quiet, the time from a kill to the first report, and what a death costs.
func TestFigures(t *testing.T) {
	n, kills := 16, 1
	if long() {
		n, kills = 64, 6
	}
	// Two neighbours, with a ping and an ack each, both ways, are 4 datagrams a second, the prober is
	// 0.33, and two hosts represent the ring in the one above, with one neighbour there.
	most := 4.34 + 2*2.34/float64(n)
	inFleet(t, 0, func(f *fleet) {
		start := time.Now()
		for i := range n {
			f.start(i, 1)
			time.Sleep(500 * time.Millisecond / time.Duration(n))
		}
		f.settle(15 * time.Second)
		t.Logf("%d started within half a second are one ring after %v", n, time.Since(start))

		time.Sleep(time.Minute) // the rumours of the start are over
		quiet := f.count(window)
		rate := float64(quiet) / window.Seconds() / float64(n)
		t.Logf("%.2f datagrams a host and second", rate)
		if rate > most {
			t.Errorf("%.2f datagrams a host and second in the quiet, want at most %.2f", rate, most)
		}

		chance := rand.New(rand.NewPCG(3, 4))
		var took []time.Duration
		var extra int64
		for i := range kills {
			h := f.hosts[5*i] // no neighbours by design
			time.Sleep(time.Duration(chance.IntN(1000)) * time.Millisecond)
			office := len(h.Rings()) > 1
			killed := time.Now()
			f.kill(h)
			after := f.count(window)
			cost := after - f.count(window) // beyond what the others need in the quiet
			deaths := f.of(ring.Dead, 5*i)
			if len(deaths) == 0 {
				t.Fatalf("host %d was killed and not reported; events %v", 5*i, f.events)
			}
			took = append(took, deaths[0].at.Sub(killed))
			extra += cost
			if dropped := f.dropped(); dropped == 0 {
				t.Error("nothing was dropped that memberlist sent to a dead host")
			}
			t.Logf("host %d, a representative: %v, was killed: reported after %v, %d datagrams", 5*i, office, took[i], cost)
		}
		slices.Sort(took)
		median, worst, each := took[kills/2], took[kills-1], float64(extra)/float64(kills)
		t.Logf("from kill to report: median %v, worst %v; %.1f datagrams a death", median, worst, each)
		if median > 7*time.Second || worst > 8*time.Second || each > 20 {
			t.Errorf("median %v, worst %v, %.1f datagrams a death; want at most 7 s, 8 s and 20", median, worst, each)
		}
	})
}

// window is a whole number of all periods of a quiet ring.
const window = time.Minute

// count is how many datagrams all hosts send in d.
func (f *fleet) count(d time.Duration) int64 {
	before := f.net.datagrams.Load()
	time.Sleep(d)
	return f.net.datagrams.Load() - before
}

// dropped is how much of memberlist's own did not go to the dead.
func (f *fleet) dropped() (n uint64) {
	for _, h := range f.hosts {
		n += h.Stats().Wire.Dropped.Dead
	}
	return n
}
