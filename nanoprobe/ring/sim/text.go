package sim

import (
	"fmt"
	"strings"
	"time"
)

// String is the report for people.
func (r Report) String() string {
	var b strings.Builder
	row := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-24s "+format+"\n", append([]any{name}, args...)...)
	}
	row("fleet", "%d members in %d rings on %d levels", r.Members, r.Rings, r.Levels)
	row("simulated", "%v, %.4g node-years, %s", duration(r.Seconds), r.NodeYears, r.seeds())
	if r.Scenario != "" {
		row("scenario", "%s", r.Scenario)
		row("whole again", "%v after the last fault in the slowest ring", duration(r.WholeSeconds))
	}
	row("steady", "%.2f datagrams a host and second, %s heartbeats", r.SteadyPerHost, r.Beats)
	row("deaths", "%d", r.Deaths)
	if r.Deaths > 0 {
		row("found after", "%.2f s median, %.2f s 99th percentile, %.2f s at most", r.Detect.P50, r.Detect.P99, r.Detect.Max)
		row("messages", "%.1f a death, %.1f a death and return", r.PacketsPerDeath, r.PacketsPerReturn)
		row("in 10,000 messages", "%d deaths", r.DeathsIn10000)
	}
	if r.RingsLost > 0 {
		row("rings unreachable", "%d, found after %.2f s at most", r.RingsLost, r.LostSeconds.Max)
	}
	row("false deaths", "%d, %.3g a node-year", r.FalseDeaths, r.FalsePerNodeYear)
	row("suspicions", "%d", r.Suspicions)
	row("violations", "%d", r.Violations)
	for _, v := range r.First {
		fmt.Fprintf(&b, "  %s\n", v)
	}
	row("took", "%.1f s", r.WallSeconds)
	return b.String()
}

func (r Report) seeds() string {
	if r.Seeds == 1 {
		return fmt.Sprintf("seed %d", r.Seed)
	}
	return fmt.Sprintf("seeds %d to %d", r.Seed, r.Seed+uint64(r.Seeds)-1)
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second)).Round(time.Millisecond)
}
