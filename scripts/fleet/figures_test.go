package fleet

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// BenchmarkDeath kills a nanoprobe so many times as -benchtime says: from SIGKILL to the end of the hook.
func BenchmarkDeath(b *testing.B) {
	f := newFleet(b)
	testbed.Eventually(b, patience, f.ringIsWhole)
	h := f.hosts[3]
	var took []time.Duration
	for b.Loop() {
		killed := time.Now()
		f.probes[h].Signal(b, syscall.SIGKILL)
		took = append(took, f.called(b, h, "dead", killed).ended.Sub(killed))
		started := time.Now()
		f.startProbe(b, h)
		f.called(b, h, "up", started)
		testbed.Eventually(b, patience, f.ringIsWhole)
	}
	report(b, took, time.Second, "s")
}

// BenchmarkSearch searches all that the cache has of the hosts for a line that one of them has, with
// the start of the CLI.
func BenchmarkSearch(b *testing.B) {
	f := newFleet(b)
	testbed.Eventually(b, patience, func() error { return f.findLine(bothCaches) })
	var took []time.Duration
	for b.Loop() {
		began := time.Now()
		if err := f.findLine(bothCaches); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(began))
	}
	report(b, took, time.Millisecond, "ms")
}

// BenchmarkQuietMinutes lets the fleet be for so many minutes as -benchtime says, and tells what a
// nanoprobe costs meanwhile: the mean of the hosts' CPU, and the largest resident set at the end.
func BenchmarkQuietMinutes(b *testing.B) {
	f := newFleet(b)
	sent := f.atRest(b)
	before, began := f.cpu(b), time.Now()
	for b.Loop() {
		<-time.After(time.Minute)
	}
	used, wall := f.cpu(b)-before, time.Since(began)
	largest := 0
	for _, p := range f.probes {
		largest = max(largest, residentKiB(b, p.Pid))
	}
	status, err := f.status()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op") // which is a minute
	b.ReportMetric(100*used.Seconds()/wall.Seconds()/hostCount, "%core")
	b.ReportMetric(float64(largest)/1024, "MiB-resident")
	b.ReportMetric(float64(status.Received-sent), "documents")
}

// report gives the median and the worst.
func report(b *testing.B, took []time.Duration, unit time.Duration, name string) {
	slices.Sort(took)
	b.ReportMetric(0, "ns/op") // with what is between the measured parts
	b.ReportMetric(float64(took[len(took)/2])/float64(unit), name+"-median")
	b.ReportMetric(float64(took[len(took)-1])/float64(unit), name+"-worst")
}

// cpu is what the nanoprobes have used since they were started.
func (f *fleet) cpu(t testing.TB) (total time.Duration) {
	t.Helper()
	for _, p := range f.probes {
		total += p.CPU(t)
	}
	return total
}

func residentKiB(t testing.TB, pid int) (n int) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	if _, err := fmt.Sscan(rest, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
