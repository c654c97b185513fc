package sim

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func TestLevels(t *testing.T) {
	tests := []struct {
		members int
		want    []int // rings of each level
	}{
		{1, []int{1, 1}}, {64, []int{1, 1}}, {95, []int{1, 1}}, {96, []int{2, 1}}, {1000, []int{16, 1}},
		{8192, []int{128, 1}}, {8256, []int{129, 2, 1}}, {1_000_000, []int{15625, 123, 1}},
		{10_000_000, []int{156250, 1221, 10, 1}},
	}
	for _, tt := range tests {
		var got []int
		for _, l := range levels(tt.members) {
			got = append(got, l.rings)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%d members: rings %v, want %v", tt.members, got, tt.want)
		}
	}
}

// TestGap: the gaps between what happens with probability p are those of trials one by one.
func TestGap(t *testing.T) {
	for _, p := range []float64{0.0199, 0.19, 0.51, 0.99} {
		const trials = 200_000
		r, sum, none := rarityOf(p), 0.0, 0.0
		for i := range uint64(trials) {
			gap := r.gap(chance(7).of(i))
			sum += float64(gap)
			if gap == 0 {
				none++
			}
		}
		if mean, want := sum/trials, (1-p)/p; math.Abs(mean-want) > 0.02*want+0.001 {
			t.Errorf("p %v: %v go well in between, want %v", p, mean, want)
		}
		if math.Abs(none/trials-p) > 0.005 {
			t.Errorf("p %v: two in a row %v of the time", p, none/trials)
		}
	}
	if gap := rarityOf(0).gap(1); gap != never {
		t.Errorf("what never happens does so after %d", gap)
	}
}

func TestLate(t *testing.T) {
	tests := []struct {
		delay time.Duration
		want  float64
	}{
		{0, 0}, {time.Millisecond, 0}, {166 * time.Millisecond, 0}, {200 * time.Millisecond, 0.125},
		{250 * time.Millisecond, 0.5}, {400 * time.Millisecond, 0.96875}, {500 * time.Millisecond, 1}, {time.Second, 1},
	}
	for _, tt := range tests {
		if got := (network{delay: tt.delay}).late(500 * time.Millisecond); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("a delay of %v: %v of the answers come too late, want %v", tt.delay, got, tt.want)
		}
	}
}

// TestWalk: a way walked at once and one walked round by round come to the same, whatever is late.
func TestWalk(t *testing.T) {
	networks := map[string]Config{
		"prompt": {}, "slow": {Delay: 150 * time.Millisecond}, "late": {Delay: 600 * time.Millisecond},
		"too late": {Delay: 900 * time.Millisecond}, "overtaken": {Delay: time.Millisecond, Reorder: 0.2},
		"one-way": {Delay: 100 * time.Millisecond, Beats: OneWay},
	}
	for name, cfg := range networks {
		cfg.Profile = ring.LAN()
		for _, cfg.Loss = range []float64{0, 0.02, 0.3} {
			for seed := range uint64(50) {
				walkBothWays(t, fmt.Sprintf("%s, loss %v, seed %d", name, cfg.Loss, seed), cfg, chance(seed))
			}
		}
	}
}

func walkBothWays(t *testing.T, name string, cfg Config, c chance) {
	t.Helper()
	n := newNetwork(cfg)
	l := newLane(n, cfg.Profile)
	begin := stroll{link: newLink(1, c, n.beatMiss), next: 2, least: 22}
	end := begin
	stop := l.walk(&end, 4000)
	steps := begin
	for round := int64(1); round <= stop; round++ {
		if at := l.walk(&steps, round); at != round || steps.heard >= round {
			t.Fatalf("%s: before round %d it heard in round %d, and stopped before round %d", name, round, steps.heard, at)
		}
	}
	if steps != end {
		t.Fatalf("%s: round by round\n%+v, and at once\n%+v", name, steps, end)
	}
	silent, missed := stop-end.heard, end.span.Missed
	if n.beatMiss == 0 && (stop != 4000 || missed > 0) || stop < 4000 && silent != end.least {
		t.Errorf("%s: it stopped before round %d, after %d rounds of silence and %d misses", name, stop, silent, missed)
	}
	if got := bits.OnesCount64(end.span.Outcomes[0]) + bits.OnesCount64(end.span.Outcomes[1]); end.span.Pongs <= 128 && got != missed {
		t.Errorf("%s: %d misses, and %d of them marked", name, missed, got)
	}
}

// TestLateAnswers: answers that take longer than a ping may, but not two heartbeats, are heard, and make
// nobody suspect; the half of those that take a little more than two heartbeats is.
func TestLateAnswers(t *testing.T) {
	for delay, want := range map[time.Duration]float64{450 * time.Millisecond: 0, 660 * time.Millisecond: 0, time.Second: 0.5, 2 * time.Second: 1} {
		n := newNetwork(Config{Profile: ring.LAN(), Delay: delay})
		link, missed := newLink(1, 7, n.beatMiss), 0
		for range 10_000 {
			if !link.send(n.beatMiss) {
				missed++
			}
		}
		if got := float64(missed) / 10_000; math.Abs(got-want) > 0.02 {
			t.Errorf("delay %v: %v of the heartbeats are not answered, want %v", delay, got, want)
		}
	}
	n := newNetwork(Config{Profile: ring.LAN(), Delay: time.Millisecond, Reorder: 1})
	if n.beatMiss != 0 || n.missing() != 1 {
		t.Errorf("of overtaken datagrams %v heartbeats and %v pings are not answered, want none and all", n.beatMiss, n.missing())
	}
	for number := range uint64(1000) {
		if after := n.arrival(3, number); after < 500*time.Millisecond || after > n.wait {
			t.Errorf("heartbeat %d, overtaken both ways, is answered after %v", number, after)
		}
	}
}

// TestSeats: a seat is filled soon after its holder was found dead, not before, and by another member.
func TestSeats(t *testing.T) {
	cfg := Config{Members: 20, For: 5 * time.Minute, Seed: 1, Profile: ring.LAN()}.withDefaults()
	p := planBase(cfg, levels(cfg.Members)[0])(0)
	p.faults = []fault{{time.Minute, func(w *world) { w.die(0, ring.NanoprobeDown, time.Minute) }}}
	w, err := newWorld(cfg, p)
	if err != nil {
		t.Fatal(err)
	}
	w.run(t.Context())
	tenures := w.outcome.tenures
	if len(tenures) != 3 || tenures[0] != (tenure{host: 0, to: time.Minute, end: ring.NanoprobeDown}) {
		t.Fatalf("tenures %+v", tenures)
	}
	next := tenures[2]
	if wait := next.from - time.Minute; wait < 5*time.Second || wait > 12*time.Second || next.host < 2 || next.to != forever {
		t.Errorf("%v after the death of its holder the seat is filled by %+v", wait, next)
	}
}

// TestRumours: least sent first, of these the youngest, as many as fit, so often and no more.
func TestRumours(t *testing.T) {
	const members = 8 // each is sent 8 times
	var q rumours
	for i := range 4 {
		q.add(news{subject: i})
	}
	q.add(news{subject: 1}) // in place of the older one
	q.add(news{subject: 1, verdict: ring.Message{Kind: ring.Verdict}})
	subjects := func(packet []rumour) (got []int) {
		for _, r := range packet {
			if r.isVerdict() {
				got = append(got, -r.subject)
			} else {
				got = append(got, r.subject)
			}
		}
		return got
	}
	// 1,300 bytes: two sightings of 400 and two verdicts of 220, or three sightings.
	for i, want := range [][]int{{-1, 1, 3}, {2, 0, -1}, {1, 3, 2}} {
		if got := subjects(q.next(members)); !slices.Equal(got, want) {
			t.Errorf("packet %d: %v, want %v", i, got, want)
		}
	}
	sends := 9
	for packet := q.next(members); packet != nil; packet = q.next(members) {
		sends += len(packet)
	}
	if want := 8 * 5; sends != want {
		t.Errorf("%d sends of 5 rumours, want %d", sends, want)
	}
	for members, want := range map[int]int{1: 8, 9: 8, 10: 16, 64: 16, 99: 16, 100: 24, 256: 24} {
		if got := sendsOf(members); got != want {
			t.Errorf("%d sends in a ring of %d, want %d", got, members, want)
		}
	}
}

func TestQueue(t *testing.T) {
	var q queue[echo]
	for i := range uint64(1000) {
		c := chance(i)
		q.push(echo{arrival: arrival{at: time.Duration(c.of(1).below(50)), to: c.of(2).below(3), serial: i}})
	}
	last := arrival{}
	for n := range 1000 {
		next := q.next()
		if e := q.pop(); e.arrival != next || n > 0 && last.compare(next) >= 0 {
			t.Fatalf("%+v after %+v, and %+v was announced", e.arrival, last, next)
		}
		last = next
	}
	if q.next().at != math.MaxInt64 {
		t.Errorf("an empty queue has %+v", q.next())
	}
}

func TestRetries(t *testing.T) {
	for alone, want := range map[time.Duration]uint64{0: 0, 999 * time.Millisecond: 0, time.Second: 1,
		2 * time.Second: 1, 3 * time.Second: 2, 7 * time.Second: 3, 15 * time.Second: 4, 31 * time.Second: 5, 61 * time.Second: 6, 91 * time.Second: 7} {
		if got := retries(alone); got != want {
			t.Errorf("%d retries in %v, want %d", got, alone, want)
		}
	}
}

func TestLifeless(t *testing.T) {
	at := func(host int, from, to time.Duration) outage { return outage{host: host, from: from, to: to} }
	tests := []struct {
		name    string
		outages []outage
		want    []lifeless
	}{
		{"nothing", nil, nil},
		{"one of two", []outage{at(0, 1, 5)}, nil},
		{"both, one after the other", []outage{at(0, 1, 5), at(1, 5, 9)}, nil},
		{"both, for a while", []outage{at(0, 1, 5), at(1, 3, 9)}, []lifeless{{3, 5}}},
		{"both, for good", []outage{at(0, 1, 5), at(0, 6, forever), at(1, 7, forever)}, []lifeless{{7, forever}}},
		{"twice", []outage{at(0, 1, 9), at(1, 2, 3), at(1, 4, 5)}, []lifeless{{2, 3}, {4, 5}}},
	}
	for _, tt := range tests {
		o := outcome{members: 2, outages: tt.outages}
		if got := o.lifeless(); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// TestDeputies: whoever represents a ring of representatives sends another up, who holds nothing and is
// up, until itself is gone.
func TestDeputies(t *testing.T) {
	base := []outcome{{members: 6, tenures: []tenure{{host: 0, to: forever}, {host: 1, seat: 1, to: forever}},
		outages: []outage{{host: 2, from: time.Minute, to: time.Hour, state: ring.HostDead}}}}
	above := outcome{ids: []ring.HostID{"0.0"}}
	got := staysOf(tenure{host: 0, to: 30 * time.Minute, end: ring.HostDead}, 0, 7, above, base)
	want := []stay{
		{host: 2, below: 7, to: time.Minute, end: ring.HostDead},
		{host: 3, below: 7, from: time.Minute + dismissed, to: 30*time.Minute + dismissed, end: ring.Moved},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if alone := (&outcome{members: 1, tenures: []tenure{{to: forever}}}).deputy(0, 0, 0); alone != 0 {
		t.Errorf("alone in its ring it sends %d up", alone)
	}
}

func TestText(t *testing.T) {
	r := Report{Members: 64, Rings: 2, Levels: 2, Seed: 3, Seeds: 2, Seconds: 3600, NodeYears: 0.0073, Beats: TwoWay,
		Scenario: "partition", WholeSeconds: 37.5, SteadyPerHost: 4.406, Deaths: 2, RingsLost: 1, LostSeconds: Quantiles{Max: 8.4},
		Detect: Quantiles{6.2, 6.9, 7}, PacketsPerDeath: 12.62, PacketsPerReturn: 27.3, DeathsIn10000: 792, FalseDeaths: 1,
		FalsePerNodeYear: 137, Suspicions: 3, Violations: 1, First: []Violation{{3, time.Minute, "0", "a word"}}, WallSeconds: 0.25}
	const want = `fleet                    64 members in 2 rings on 2 levels
simulated                1h0m0s, 0.0073 node-years, seeds 3 to 4
scenario                 partition
whole again              37.5s after the last fault in the slowest ring
steady                   4.41 datagrams a host and second, two-way heartbeats
deaths                   2
found after              6.20 s median, 6.90 s 99th percentile, 7.00 s at most
messages                 12.6 a death, 27.3 a death and return
in 10,000 messages       792 deaths
rings unreachable        1, found after 8.40 s at most
false deaths             1, 137 a node-year
suspicions               3
violations               1
  seed 3, 1m0s, ring 0: a word
took                     0.2 s
`
	if got := r.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
