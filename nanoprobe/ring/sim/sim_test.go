package sim

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

var trySeeds = flag.Uint64("seeds", 0, "how many seeds the tests of seeds try; 0 is a few")

// seedsOr is the number of seeds to try: few, unless the flag says otherwise.
func seedsOr(few uint64) uint64 {
	if *trySeeds > 0 {
		return *trySeeds
	}
	return few
}

// told runs cfg and returns what was told, where and when.
func told(t *testing.T, cfg Config) ([]string, Report) {
	t.Helper()
	var events []string
	cfg.Event = func(e Told) { events = append(events, fmt.Sprintf("%v ring %s: %+v", e.At, e.Ring, e.Event)) }
	r, err := Run(context.Background(), cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(events)
	return events, r
}

// config draws a fleet of up to 256 members and what befalls it.
func config(seed uint64) Config {
	c := chance(seed).of(1 << 20)
	one := func(n uint64, of ...float64) float64 { return of[c.of(n).below(len(of))] }
	cfg := Config{
		Members: 2 + c.of(1).below(255), For: 8 * time.Minute, Seed: seed, Profile: ring.LAN(),
		DeathsPerDay: one(2, 0, 5, 50), ReturnAfter: time.Duration(one(3, 30, 240) * float64(time.Second)),
		Loss: one(4, 0, 0, 0.01, 0.1, 0.3), Duplicate: one(5, 0, 0.05), Reorder: one(6, 0, 0, 0.02),
		Delay: time.Duration(one(7, 0.25, 40, 180) * float64(time.Millisecond)),
	}
	if c.of(8).hits(0.5) {
		cfg.Scenario = Scenarios()[c.of(9).below(len(Scenarios()))]
	}
	if c.of(10).hits(0.25) {
		cfg.Profile = ring.WAN()
	}
	if c.of(11).hits(0.25) {
		cfg.Profile.PerSide = 2
	}
	if c.of(12).hits(0.25) {
		cfg.Beats = OneWay
	}
	return cfg
}

// TestSkipTellsTheSame is the promise that makes a million members possible: time that is skipped
// would have changed nothing.
func TestSkipTellsTheSame(t *testing.T) {
	fleets := map[string]Config{
		// Nothing happens here but what loss makes of it.
		"loss": {Members: 256, For: 3 * time.Minute, Seed: 1, Profile: ring.LAN(), Loss: 0.3},
	}
	for seed := range seedsOr(6) {
		fleets[fmt.Sprintf("seed=%d", seed)] = config(seed)
	}
	for name, cfg := range fleets {
		t.Run(name, func(t *testing.T) {
			skipped, short := told(t, cfg)
			cfg.Full = true
			lived, long := told(t, cfg)
			for i := range max(len(skipped), len(lived)) {
				if i == len(skipped) || i == len(lived) || skipped[i] != lived[i] {
					t.Fatalf("%+v: of %d and %d events, number %d differs:\nskipped %q\nlived   %q", cfg,
						len(skipped), len(lived), i, skipped[min(i, len(skipped)):], lived[min(i, len(lived)):])
				}
			}
			if short.Suspicions != long.Suspicions || short.Packets.ofDeaths() != long.Packets.ofDeaths() {
				t.Errorf("skipped %d suspicions, %+v\nlived   %d suspicions, %+v", short.Suspicions, short.Packets, long.Suspicions, long.Packets)
			}
		})
	}
}

// TestReplay holds a run to being decided by its seed alone.
func TestReplay(t *testing.T) {
	cfg := Config{Members: 300, For: 15 * time.Minute, Seed: 5, Profile: ring.LAN(), DeathsPerDay: 20, Loss: 0.05}
	a, first := told(t, cfg)
	b, second := told(t, cfg)
	cfg.Seed = 6
	c, _ := told(t, cfg)
	if !slices.Equal(a, b) || len(a) < 100 {
		t.Errorf("one seed told %d events and then %d, or not the same ones", len(a), len(b))
	}
	if slices.Equal(a, c) {
		t.Error("two seeds told the same")
	}
	if first.Packets != second.Packets {
		t.Errorf("one seed sent %+v and then %+v", first.Packets, second.Packets)
	}
}

// TestScenarios plays each scenario with several seeds and holds the ring to its figures.
func TestScenarios(t *testing.T) {
	figures := map[string]func(r Report) bool{
		"power-on":             func(r Report) bool { return r.WholeAtSeconds < 600 },
		"partition":            func(r Report) bool { return r.WholeSeconds < 60 },
		"mass-death-adjacent":  func(r Report) bool { return r.Deaths >= 30 && r.Detect.Max < 20 },
		"mass-death-scattered": func(r Report) bool { return r.Deaths >= 30 && r.Detect.Max < 20 },
		"ring-death":           func(r Report) bool { return r.RingsLost == r.Seeds && r.LostSeconds.Max < 15 },
		"stall":                func(r Report) bool { return r.FalseDeaths == 0 },
		"rolling-restart":      func(r Report) bool { return r.Deaths == 0 && r.Packets.Returns > 0 },
	}
	for _, name := range Scenarios() {
		t.Run(name, func(t *testing.T) {
			cfg := Config{Members: 200, For: 15 * time.Minute, Seed: 1, Profile: ring.LAN(), Scenario: name}
			r, err := Run(context.Background(), cfg, int(seedsOr(1)))
			if err != nil {
				t.Fatal(err)
			}
			if holds := figures[name]; r.Violations > 0 || holds != nil && !holds(r) {
				t.Errorf("a figure is missed, or a promise broken:\n%v", r)
			}
		})
	}
}

// TestFigures holds a fleet of 100,000 to what a million is to reach; the million takes some seconds.
func TestFigures(t *testing.T) {
	tests := []struct {
		beats  Beats
		steady float64
	}{{TwoWay, 4.5}, {OneWay, 2.5}}
	for _, tt := range tests {
		cfg := Config{Members: 100_000, For: 24 * time.Hour, Seed: 1, Profile: ring.LAN(), DeathsPerDay: 0.001, Beats: tt.beats}
		r, err := Run(context.Background(), cfg, 1)
		if err != nil {
			t.Fatal(err)
		}
		if r.Rings != 1563+13+1 || r.Deaths < 70 || r.Violations > 0 || r.Detect.P50 >= 7 || r.Detect.Max >= 8 ||
			r.PacketsPerDeath > 13 || r.PacketsPerReturn > 28 || r.SteadyPerHost > tt.steady || r.SteadyPerHost < tt.steady-0.15 {
			t.Errorf("%s heartbeats:\n%v", tt.beats, r)
		}
	}
}

// TestLossIsBorne: a tenth of all datagrams lost makes nobody dead.
func TestLossIsBorne(t *testing.T) {
	cfg := Config{Members: 64, For: 50 * time.Hour, Seed: 1, Profile: ring.LAN(), Loss: 0.1}
	r, err := Run(context.Background(), cfg, 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.FalseDeaths > 0 || r.Suspicions == 0 || r.NodeYears < 0.36 {
		t.Errorf("nobody died:\n%v", r)
	}
}

func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cfg := Config{Members: 64, For: MaxFor, Profile: ring.LAN(), DeathsPerDay: 1000, Event: func(Told) { cancel() }}
	if _, err := Run(ctx, cfg, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("an interrupted run ended with %v", err)
	}
}

func TestBadConfig(t *testing.T) {
	tests := []struct {
		want string
		bad  func(c *Config)
	}{
		{"0 members, 1 to 10000000", func(c *Config) { c.Members = 0 }},
		{"10000001 members, 1 to 10000000", func(c *Config) { c.Members = MaxMembers + 1 }},
		{"999ms to simulate, 1s to 876000h0m0s", func(c *Config) { c.For = 999 * time.Millisecond }},
		{"876000h0m0.000000001s to simulate, 1s to 876000h0m0s", func(c *Config) { c.For = MaxFor + 1 }},
		{`heartbeats "no-way" are none of "two-way" and "one-way"`, func(c *Config) { c.Beats = "no-way" }},
		{"NaN deaths of a member a day, 0 to 1000", func(c *Config) { c.DeathsPerDay = math.NaN() }},
		{"-1 deaths of a member a day, 0 to 1000", func(c *Config) { c.DeathsPerDay = -1 }},
		{"return after 1ms, at least 1s", func(c *Config) { c.ReturnAfter = time.Millisecond }},
		{"delay of -1ns, 0 to 10s", func(c *Config) { c.Delay = -1 }},
		{"loss of 0.91, 0 to 0.9", func(c *Config) { c.Loss = 0.91 }},
		{"duplicate of -0.1, 0 to 0.9", func(c *Config) { c.Duplicate = -0.1 }},
		{"reorder of NaN, 0 to 0.9", func(c *Config) { c.Reorder = math.NaN() }},
		{"3 neighbours on either side, 1 or 2", func(c *Config) { c.Profile.PerSide = 3 }},
		{`scenario "flood" is none of ` + strings.Join(Scenarios(), ", "), func(c *Config) { c.Scenario = "flood" }},
	}
	for _, tt := range tests {
		cfg := Config{Members: 1, For: time.Second, Profile: ring.LAN()}
		tt.bad(&cfg)
		if _, err := Run(context.Background(), cfg, 1); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	if _, err := Run(context.Background(), Config{Members: 1, For: time.Second, Profile: ring.LAN()}, 0); err == nil {
		t.Error("no seeds: no error")
	}
}
