package ring

import (
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// check is a fault that is done to a whole fleet, seen, and undone.
type check struct {
	name string
	run  func(*testing.T, *fleet)
}

// runChecks runs them one after the other on a fleet, each on what the last one left.
func runChecks(t *testing.T, f *fleet, checks []check) {
	t.Helper()
	for _, c := range checks {
		began := time.Now()
		t.Run(c.name, func(t *testing.T) { c.run(t, f) })
		t.Logf("%-32s %6.1f s", c.name, time.Since(began).Seconds())
	}
}

// startWhole starts a fleet and waits until it is one ring.
func startWhole(t *testing.T, hosts, switches int, edit func(*host)) *fleet {
	t.Helper()
	f := newFleet(t, hosts, switches, edit)
	testbed.Eventually(t, 30*time.Second-time.Since(f.began), func() error { return f.complete(f.hosts...) })
	t.Logf("start of %d: one ring, and all told of it, after %.1f s, to be within 15 s", hosts, time.Since(f.began).Seconds())
	return f
}

// TestShort runs the faults that tell most.
func TestShort(t *testing.T) {
	f := startWhole(t, 24, 3, nil)
	runChecks(t, f, []check{
		{"paused for 3 s, and killed", checkKilled},
		{"12 adjacent deaths", checkAdjacentDeaths},
		{"switch dies", checkSwitchDies},
	})
}

// TestShortTaps runs those in one direction, on few, which are one ring soon.
func TestShortTaps(t *testing.T) {
	f := startWhole(t, 4, 0, nil)
	runChecks(t, f, []check{
		{"one way cut", checkOneWay},
	})
}

// TestFaults runs those that concern single hosts on 64 nanoprobes that hang on four bridges.
func TestFaults(t *testing.T) {
	needFaults(t)
	f := startWhole(t, 64, 4, nil)
	runChecks(t, f, []check{
		{"paused for 3 s, and killed", checkKilled},
		{"paused for 60 s", checkLongPause},
		{"interface down", checkInterfaceDown},
		{"1 % loss", checkLoss(1, time.Minute)},
		{"10 % loss", checkLoss(10, time.Minute)},
		{"30 % loss", checkLoss(30, time.Minute)},
		{"death in loss", checkDeathInLoss},
		{"bad packets", checkBadPackets},
		{"two members with one id", checkTwins},
	})
}

// TestFaultsOfMany runs those that concern many hosts, on fleets of their own: a host that dies three times
// within ten minutes is said to flap.
func TestFaultsOfMany(t *testing.T) {
	needFaults(t)
	for _, checks := range [][]check{
		{{"32 adjacent deaths", checkAdjacentDeaths}, {"32 scattered deaths", checkScatteredDeaths}},
		{{"switch dies", checkSwitchDies}, {"halves for 2 minutes", checkPartition(2 * time.Minute)}},
		{{"halves for 10 minutes", checkPartition(10 * time.Minute)}},
	} {
		t.Run(checks[0].name, func(t *testing.T) { runChecks(t, startWhole(t, 64, 4, nil), checks) })
	}
}

// TestFaultsTaps runs those of the TAP switch on 64 nanoprobes.
func TestFaultsTaps(t *testing.T) {
	needFaults(t)
	f := startWhole(t, 64, 0, nil)
	runChecks(t, f, []check{
		{"one way cut", checkOneWay},
		{"mute", checkMute},
		{"disorder", checkDisorder},
		{"delay of 200 ms", checkDelay(200 * time.Millisecond)},
		{"slow host", checkSlowHost(500 * time.Millisecond)},
	})
}

// TestFaultsWAN runs with half a second each way, which profile wan is for.
func TestFaultsWAN(t *testing.T) {
	needFaults(t)
	f := startWhole(t, 16, 0, func(h *host) { h.ring = ", profile: wan" })
	runChecks(t, f, []check{
		{"delay of 500 ms", checkDelay(500 * time.Millisecond)},
	})
}

// TestFaultsRingLost kills a whole ring of two that are joined by their representatives.
func TestFaultsRingLost(t *testing.T) {
	needFaults(t)
	const lost = 40
	f := layFleet(t, 64, 4)
	for i, h := range f.hosts {
		h.ring = ", group: kept"
		if i < lost {
			h.ring = ", group: lost"
		}
	}
	f.startCMA(t)
	f.start(t, f.hosts...)
	testbed.Eventually(t, 2*time.Minute, func() error { return f.joinedRings(f.hosts[:lost], f.hosts[lost:]) })
	checkRingDies(t, f, f.hosts[:lost])
}

func needFaults(t *testing.T) {
	t.Helper()
	if !*allFaults {
		t.Skip("scripts/ring-faults runs it")
	}
}
