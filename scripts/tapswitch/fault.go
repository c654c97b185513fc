package tapswitch

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// maxDelay bounds Delay and Jitter: what is held longer is lost for any protocol that is tested here.
const maxDelay = time.Minute

// Fault is what a link does to frames. The zero value passes each as it comes.
type Fault struct {
	LossPct      float64       // frames that vanish, 0 to 100; 100 cuts the link
	DuplicatePct float64       // frames that come twice, 0 to 100
	ReorderPct   float64       // frames that are held back by Jitter, and so overtaken, 0 to 100
	Delay        time.Duration // of every frame, at most a minute
	Jitter       time.Duration // of the frames that ReorderPct takes, at most a minute
}

// Cut is a link that passes nothing.
func Cut() Fault { return Fault{LossPct: 100} }

func (f Fault) validate() error {
	for _, p := range []struct {
		name string
		pct  float64
	}{{"loss", f.LossPct}, {"duplication", f.DuplicatePct}, {"reordering", f.ReorderPct}} {
		if !(p.pct >= 0 && p.pct <= 100) { // so that NaN is refused too
			return fmt.Errorf("%s of %v %%, 0 to 100", p.name, p.pct)
		}
	}
	for _, d := range []time.Duration{f.Delay, f.Jitter} {
		if d < 0 || d > maxDelay {
			return fmt.Errorf("delay of %v, 0 to %v", d, maxDelay)
		}
	}
	if f.ReorderPct > 0 && f.Jitter == 0 {
		return fmt.Errorf("reordering of %v %% without a jitter to hold frames back by", f.ReorderPct)
	}
	return nil
}

// link is the way from one port to another.
type link struct {
	fault Fault
	rand  *rand.Rand
}

func newLink(seed uint64, from, to string) *link {
	name := fnv.New64a()
	fmt.Fprintf(name, "%q %q", from, to)
	return &link{rand: rand.New(rand.NewPCG(seed, name.Sum64()))}
}

// fate returns after which delay each copy of the next frame arrives, of which there are 0 to 2. Each
// frame takes the same share of the link's chance, whatever the fault is, so that a fault that is set
// for a while leaves what comes after it as it would have been.
func (l *link) fate() []time.Duration {
	lost, twice, late := l.rand.Float64()*100, l.rand.Float64()*100, l.rand.Float64()*100
	f := l.fault
	if lost < f.LossPct {
		return nil
	}
	delay := f.Delay
	if late < f.ReorderPct {
		delay += f.Jitter
	}
	if twice < f.DuplicatePct {
		return []time.Duration{delay, delay}
	}
	return []time.Duration{delay}
}
