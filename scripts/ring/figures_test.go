package ring

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

var (
	figuresFile = flag.String("figures", "", "`file` for the figures, as JSON; empty: they are not measured")
	kills       = flag.Int("kills", 50, "nanoprobes and agents that are killed for the figures, at most all")
	members     = flag.Int("members", 64, "nanoprobes and agents of which figures are taken, 8 to 250")
	serf        = flag.String("serf", "", "`path` of serf's agent")
)

const (
	// settling is how long rumours of what was done before die down, and how long the datagrams that a
	// death costs are counted: the prober hits the dead for some 45 s.
	settling = time.Minute
	// quiet is how long nothing happens while datagrams and processor time are counted.
	quiet = 2 * time.Minute
	// countedDeaths have their datagrams counted. Beside 17,000 others in a minute the beats' phases make
	// a difference of about 10, so one does not tell much.
	countedDeaths = 5
	figureSeed    = 1
)

// subject is what is measured.
type subject interface {
	// start starts agents on hosts.
	start(testing.TB, ...*host) time.Duration
	// joined returns nil when these are one cluster and no others are in it.
	joined(...*host) error
	// first returns when some agent first said after since that the host has died, or is back.
	first(about *host, died bool, since time.Time) (time.Time, error)
}

// figures are of one subject.
type figures struct {
	Detect    quantiles // seconds from SIGKILL to the first verdict
	Datagrams float64   // sent by a host in a quiet second
	Death     float64   // sent by all others because of a death
	CPU       float64   // per cent of a processor's core that an agent takes while it is quiet
}

type quantiles struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"` // of up to 100 values the worst
}

func quantilesOf(took []time.Duration) quantiles {
	slices.Sort(took)
	nearest := func(pct int) float64 { return took[(len(took)*pct+99)/100-1].Seconds() } // rank, rounded up
	return quantiles{P50: nearest(50), P99: nearest(99)}
}

// TestFigures takes the figures of nanoprobes and, beside them, of serf's agents with default settings,
// in the same namespaces and with the same kills.
func TestFigures(t *testing.T) {
	if *figuresFile == "" {
		t.Skip("scripts/bench-ring runs it")
	}
	if *kills < 1 || *members < 8 || *members > 250 || *serf == "" {
		t.Fatalf("%d kills of %d members beside %q: want at least 1, 8 to 250 and the path of serf", *kills, *members, *serf)
	}
	f := layFleet(t, *members, 4)
	f.startCMA(t)
	ours := measure(t, "nanoprobe", f, f.hosts)
	for _, h := range f.hosts {
		h.probe.Kill(t)
	}
	s := &serfs{}
	t.Cleanup(func() { s.end(t, f.hosts) })
	theirs := measure(t, "serf", s, f.hosts)
	report(ours, theirs)
	if err := writeFigures(ours, theirs); err != nil {
		t.Fatal(err)
	}
}

// report prints the figures side by side.
func report(ours, theirs figures) {
	fmt.Printf("%-44s %9s %9s   ratio\n", fmt.Sprintf("%d hosts, %d kills", *members, *kills), "nanoprobe", "serf")
	for _, row := range []struct {
		what string
		a, b float64
	}{
		{"SIGKILL to first verdict, median, s", ours.Detect.P50, theirs.Detect.P50},
		{"SIGKILL to first verdict, 99 %, s", ours.Detect.P99, theirs.Detect.P99},
		{"UDP datagrams a host and second, quiet", ours.Datagrams, theirs.Datagrams},
		{"UDP datagrams more for a death, all hosts", ours.Death, theirs.Death},
		{"CPU while quiet, % of a core", ours.CPU, theirs.CPU},
	} {
		fmt.Printf("%-44s %9.3f %9.3f %7.3f\n", row.what, row.a, row.b, row.a/row.b)
	}
}

// writeFigures writes them to the file for programs.
func writeFigures(ours, theirs figures) error {
	text, err := json.MarshalIndent(map[string]any{
		"assim_detect_seconds": ours.Detect, "serf_detect_seconds": theirs.Detect,
		"assim_datagrams_per_node_second": ours.Datagrams, "serf_datagrams_per_node_second": theirs.Datagrams,
		"cpu_percent_of_core_per_node": ours.CPU, "serf_cpu_percent_of_core_per_node": theirs.CPU,
		"assim_datagrams_per_death": ours.Death, "serf_datagrams_per_death": theirs.Death,
		"members": *members, "kills": *kills,
	}, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(*figuresFile, append(text, '\n'), 0o644)
}

// measure starts agents on all hosts and takes their figures.
func measure(t *testing.T, name string, s subject, hosts []*host) (f figures) {
	t.Helper()
	began := time.Now()
	spawned := s.start(t, hosts...)
	testbed.Eventually(t, 2*time.Minute, func() error { return s.joined(hosts...) })
	t.Logf("%s: %d started within %.2f s, one cluster after %.1f s", name, len(hosts), spawned.Seconds(), time.Since(began).Seconds())
	time.Sleep(settling)
	f.Datagrams, f.CPU = quietCosts(t, hosts)
	order := rand.New(rand.NewPCG(figureSeed, 0)).Perm(len(hosts))
	var took []time.Duration
	for _, i := range order[:min(*kills, len(order))] {
		took = append(took, killAndRevive(t, s, hosts[i]))
	}
	testbed.Eventually(t, 2*time.Minute, func() error { return s.joined(hosts...) })
	f.Detect = quantilesOf(took)
	t.Logf("%s: SIGKILL to the first verdict: %v", name, took)
	f.Death = deathCosts(t, s, hosts)
	return f
}

// killAndRevive returns the time from the kill to the first verdict, once the host is back.
func killAndRevive(t testing.TB, s subject, h *host) time.Duration {
	t.Helper()
	time.Sleep(rand.N(time.Second)) // any phase of the beats
	var dead time.Time
	killed := time.Now()
	h.probe.Kill(t)
	testbed.Eventually(t, time.Minute, func() (err error) {
		dead, err = s.first(h, true, killed)
		return err
	})
	started := time.Now()
	s.start(t, h)
	testbed.Eventually(t, time.Minute, func() error {
		_, err := s.first(h, false, started)
		return err
	})
	return dead.Sub(killed)
}

// quietCosts lets the hosts be and returns the datagrams that one of them sends a second, and the per cent of
// a core that its agent takes.
func quietCosts(t testing.TB, hosts []*host) (datagrams, cpu float64) {
	t.Helper()
	sent, used, began := datagramsSent(t, hosts), cpuTime(t, hosts), time.Now()
	time.Sleep(quiet)
	wall, n := time.Since(began).Seconds(), float64(len(hosts))
	return float64(datagramsSent(t, hosts)-sent) / wall / n, 100 * (cpuTime(t, hosts) - used).Seconds() / wall / n
}

// deathCosts kills agents one by one and returns how many datagrams more than in quiet times all others
// send because of a death.
func deathCosts(t testing.TB, s subject, hosts []*host) float64 {
	t.Helper()
	time.Sleep(settling)
	rate, _ := quietCosts(t, hosts)
	var extra float64
	for i := range countedDeaths {
		h, others := hosts[i], hosts[i+1:]
		before, killed := datagramsSent(t, others), time.Now()
		h.probe.Kill(t)
		time.Sleep(settling)
		wall := time.Since(killed).Seconds()
		extra += float64(datagramsSent(t, others)-before) - rate*wall*float64(len(others))
		if _, err := s.first(h, true, killed); err != nil {
			t.Error(err)
		}
	}
	return extra / countedDeaths
}

// datagramsSent counts the UDP datagrams that the hosts have sent.
func datagramsSent(t testing.TB, hosts []*host) (n uint64) {
	t.Helper()
	for _, h := range hosts {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/snmp", h.probe.Pid))
		if err != nil {
			t.Fatal(err)
		}
		_, udp, _ := strings.Cut(string(text), "OutDatagrams")
		_, udp, _ = strings.Cut(udp, "Udp: ")
		var in, noPort, errors, out uint64
		if _, err := fmt.Sscan(udp, &in, &noPort, &errors, &out); err != nil {
			t.Fatalf("/proc/net/snmp of %s: %v", h.name, err)
		}
		n += out
	}
	return n
}

// cpuTime is what the hosts' agents have used.
func cpuTime(t testing.TB, hosts []*host) (total time.Duration) {
	t.Helper()
	for _, h := range hosts {
		total += h.probe.CPU(t)
	}
	return total
}
