package sim

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestOracleSeesImpatience feeds the oracle machines that are broken: with two heartbeats of patience a
// pause of 4 s, which a ring must bear, is a death.
func TestOracleSeesImpatience(t *testing.T) {
	cfg := Config{Members: 64, For: 20 * time.Minute, Seed: 1, Profile: ring.LAN(), Scenario: "stall"}
	cfg.Profile.DeadBeats = 2
	r, err := Run(context.Background(), cfg, 5)
	if err != nil {
		t.Fatal(err)
	}
	lives := func(v Violation) bool { return strings.Contains(v.What, "which lives") }
	if r.FalseDeaths == 0 || r.Violations < r.FalseDeaths || !slices.ContainsFunc(r.First, lives) {
		t.Errorf("members without patience called nobody dead:\n%v", r)
	}
}

// oracleWorld is a ring of four at rest, an hour old. In it 0.1 died, 0.2 took its leave 10 min ago, and
// 0.3 is back.
func oracleWorld(t *testing.T) *world {
	t.Helper()
	p := plan{name: "0", members: []memberPlan{{id: "0.0"}, {id: "0.1"}, {id: "0.2"}, {id: "0.3"}}}
	w, err := newWorld(Config{Profile: ring.LAN(), For: time.Hour}, p)
	if err != nil {
		t.Fatal(err)
	}
	w.now = time.Hour - 10*time.Minute
	w.end(w.hosts[1], ring.HostDead)
	w.end(w.hosts[2], ring.ShutDown)
	w.end(w.hosts[3], ring.HostDead)
	w.hosts[3].truth.told = w.now + time.Second
	w.start(3)
	w.now = time.Hour
	return w
}

func TestOracle(t *testing.T) {
	event := func(kind ring.Kind, subject ring.HostID, boot uint64, state ring.HostState) ring.Event {
		return ring.Event{Kind: kind, Subject: ring.Member{ID: subject, Boot: boot}, State: state}
	}
	tests := []struct {
		name  string
		event ring.Event
		want  string // part of the violation; empty: none
	}{
		{"a death", event(ring.Dead, "0.1", 1, ring.HostDead), ""},
		{"a death of another kind", event(ring.Dead, "0.1", 1, ring.NanoprobeDown), `"host dead"`},
		{"a false death", event(ring.Dead, "0.3", 2, ring.HostDead), "which lives"},
		{"a death before the return", event(ring.Dead, "0.3", 1, ring.HostDead), ""},
		{"a death of who took its leave", event(ring.Dead, "0.2", 1, ring.NanoprobeDown), "took its leave"},
		{"a shutdown", event(ring.Shutdown, "0.2", 1, ring.ShutDown), ""},
		{"a false shutdown", event(ring.Shutdown, "0.1", 1, ring.ShutDown), "which did not"},
		{"a return", event(ring.Alive, "0.3", 2, ""), ""},
		{"a false return", event(ring.Alive, "0.1", 1, ""), "which is down"},
		{"a false start", event(ring.Restarted, "0.1", 1, ""), "which is down"},
		{"a false flapping", event(ring.Flapping, "0.3", 2, ""), "after 1 returns"},
		{"a false isolation", event(ring.Isolated, "0.0", 1, ""), "isolated, and is not"},
		{"a false bad link", event(ring.Link, "0.3", 2, ""), "link to 0.3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := oracleWorld(t)
			w.oracle.judge(w.hosts[0], tt.event)
			var said []string
			for _, v := range w.oracle.violations {
				said = append(said, v.String())
			}
			if got := strings.Join(said, "\n"); (got == "") != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("got %q, want one with %q", got, tt.want)
			}
		})
	}
}

// TestOracleAtTheEnd: whoever died must have been told of, and the living must see each other.
func TestOracleAtTheEnd(t *testing.T) {
	w := oracleWorld(t)
	w.oracle.finish()
	var said []string
	for _, v := range w.oracle.violations {
		said = append(said, v.What)
	}
	want := []string{
		"the death of 0.1, 10m0s ago, was not told within 2m0s",
		"in the end 0.0 sees 4 members, and 2 live", // it was told of no death
		"in the end 0.3 sees 1 members, and 2 live", // what it was told on joining is still under way
	}
	if !slices.Equal(said, want) {
		t.Errorf("got %q\nwant %q", said, want)
	}
}
