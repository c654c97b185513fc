package sim

import (
	"cmp"
	"slices"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const year = 365 * 24 * time.Hour

// Quantiles are of a sample, in seconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

// Report is what a run came to. Times are simulated, but for WallSeconds.
type Report struct {
	Members  int     `json:"members"`
	Rings    int     `json:"rings"`
	Levels   int     `json:"levels"`
	Seed     uint64  `json:"seed"`
	Seeds    int     `json:"seeds"` // runs that are summed up here
	Seconds  float64 `json:"seconds"`
	Scenario string  `json:"scenario,omitempty"`
	Beats    Beats   `json:"beats"`

	Detect      Quantiles `json:"detect_seconds"` // from a death to the first verdict
	RingsLost   int       `json:"rings_lost"`     // whole rings that were found unreachable
	LostSeconds Quantiles `json:"ring_lost_seconds"`
	// WholeSeconds is how long after the last fault each ring saw all its members again: of the
	// slowest ring.
	WholeSeconds   float64 `json:"whole_seconds"`
	WholeAtSeconds float64 `json:"whole_at_seconds"` // since the start, likewise

	Deaths           int         `json:"deaths"` // of members of any ring; a representative dies in two
	NodeYears        float64     `json:"node_years"`
	FalseDeaths      int         `json:"false_deaths"`
	FalsePerNodeYear float64     `json:"false_deaths_per_node_year"`
	Suspicions       uint64      `json:"suspicions"`
	PacketsPerDeath  float64     `json:"messages_per_death"`
	PacketsPerReturn float64     `json:"messages_per_death_and_return"`
	SteadyPerHost    float64     `json:"steady_datagrams_per_host_second"`
	DeathsIn10000    int         `json:"deaths_per_day_within_10000_packets"`
	Packets          Packets     `json:"packets"`
	Violations       int         `json:"violations"`                 // false deaths, missed deaths, wrong words, rings not whole in the end
	First            []Violation `json:"first_violations,omitempty"` // at most 100

	WallSeconds float64 `json:"wall_seconds"`
	MaxRSSBytes int64   `json:"max_rss_bytes"` // of the whole process; the caller fills it in
}

// tally is what a ring adds to a Report: whole numbers, whose sum does not depend on their order.
type tally struct {
	packets     Packets // but for Beats and Probes
	stats       ring.Stats
	upSeconds   uint64 // of all members together: nanoseconds end at 292 years
	hostSeconds uint64 // likewise, in base rings alone: of hosts
	detect      []time.Duration
	lost        []time.Duration
	deaths      int
	falseDead   int
	whole       time.Duration // after the last fault
	wholeAt     time.Duration
	violated    int
	violations  []Violation
}

// maxKept bounds the violations that wait for the report, which are then sorted.
const maxKept = 100 * maxViolations

func (t *tally) add(o tally) {
	t.packets.add(o.packets)
	addStats(&t.stats, o.stats)
	t.upSeconds += o.upSeconds
	t.hostSeconds += o.hostSeconds
	t.detect = append(t.detect, o.detect...)
	t.lost = append(t.lost, o.lost...)
	t.deaths += o.deaths
	t.falseDead += o.falseDead
	t.whole, t.wholeAt = max(t.whole, o.whole), max(t.wholeAt, o.wholeAt)
	t.violated += o.violated
	t.violations = append(t.violations, o.violations[:min(len(o.violations), maxKept-len(t.violations))]...)
}

// addStats adds what the report needs of a machine's counters.
func addStats(sum *ring.Stats, s ring.Stats) {
	sum.Beats += s.Beats
	sum.Missed += s.Missed
	sum.Suspicions += s.Suspicions
}

// lived counts the time up of so many members.
func (t *tally) lived(p plan, members int, d time.Duration) {
	seconds := uint64(members) * uint64(d/time.Second)
	t.upSeconds += seconds
	if p.level == 0 {
		t.hostSeconds += seconds
	}
}

// tally sums a world up.
func (w *world) tally() tally {
	o, t := &w.oracle, w.past
	t.packets, t.detect, t.lost, t.deaths, t.falseDead = w.packets, o.detect, o.ringsLost, o.deaths, o.falseDead
	t.whole, t.wholeAt, t.violated, t.violations = max(0, w.wholeAt-w.struck), w.wholeAt, o.violated, o.violations
	for _, h := range w.hosts {
		if h.up {
			addStats(&t.stats, h.machine.Stats())
			t.lived(w.plan, 1, w.now-h.started)
		}
	}
	return t
}

// idleTally is that of a ring that nothing befell.
func idleTally(cfg Config, p plan) tally {
	n, perSide := len(p.members), cfg.Profile.PerSide
	if n < smallRing {
		perSide = 2
	}
	beat := time.Duration(cfg.Profile.BeatTicks) * cfg.Profile.Tick
	var t tally
	t.stats.Beats = uint64(n) * uint64(min(2*perSide, n-1)) * uint64(cfg.For/beat)
	t.lived(p, n, cfg.For)
	return t
}

// smallRing is the number of members below which each watches two on either side.
const smallRing = 8

// beatsSent is how many datagrams so many heartbeats are, of which some were not answered.
func (n network) beatsSent(beats, missed float64) float64 {
	if n.beats == OneWay {
		return beats
	}
	return beats + (beats-missed)/(1-n.loss) // an answer that was lost was sent
}

// report sums a run up.
func (t *tally) report(cfg Config, all []level, seeds int) Report {
	r := Report{
		Members: cfg.Members, Levels: len(all), Seed: cfg.Seed, Seeds: seeds, Seconds: cfg.For.Seconds(),
		Scenario: cfg.Scenario, Beats: cfg.Beats,
		Detect: quantiles(t.detect), RingsLost: len(t.lost), LostSeconds: quantiles(t.lost),
		WholeSeconds: t.whole.Seconds(), WholeAtSeconds: t.wholeAt.Seconds(), Deaths: t.deaths, FalseDeaths: t.falseDead,
		Suspicions: t.stats.Suspicions,
		NodeYears:  float64(t.hostSeconds) / year.Seconds(),
		Packets:    t.packets, Violations: t.violated,
	}
	r.Packets.Beats = newNetwork(cfg).beatsSent(float64(t.stats.Beats), float64(t.stats.Missed))
	r.Packets.Probes = 2 * float64(t.upSeconds) / probeEvery.Seconds()
	for _, l := range all {
		r.Rings += l.rings
	}
	if t.hostSeconds > 0 {
		r.FalsePerNodeYear = float64(r.FalseDeaths) / r.NodeYears
		r.SteadyPerHost = r.Packets.steady() / float64(t.hostSeconds)
	}
	if r.Deaths > 0 {
		r.PacketsPerDeath = float64(t.packets.ofDeaths()) / float64(r.Deaths)
		r.PacketsPerReturn = float64(t.packets.ofDeaths()+t.packets.ofReturns()) / float64(r.Deaths)
		r.DeathsIn10000 = int(10000 / r.PacketsPerDeath)
	}
	slices.SortFunc(t.violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Ring, b.Ring), cmp.Compare(a.What, b.What))
	})
	r.First = t.violations[:min(len(t.violations), maxViolations)]
	return r
}

func quantiles(sample []time.Duration) Quantiles {
	if len(sample) == 0 {
		return Quantiles{}
	}
	slices.Sort(sample)
	at := func(part float64) float64 { return sample[int(part*float64(len(sample)-1))].Seconds() }
	return Quantiles{at(0.5), at(0.99), at(1)}
}
