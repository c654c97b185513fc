package cause

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// TestAnyOrder: the same truth comes to the same incidents, in whatever order and at whatever time within
// the window it arrives; no host is told of twice, and each that died is told of.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		topology, dead, claims := randomTruth(rng)
		want := ""
		for range 4 {
			rng.Shuffle(len(dead), func(i, j int) { dead[i], dead[j] = dead[j], dead[i] })
			got := arrive(t, rng, topology, dead, claims)
			if want == "" {
				want = got
			}
			if got != want {
				t.Fatalf("seed %d: %v died in\n%v\n%s, and in another order\n%s", seed, dead, topology, want, got)
			}
		}
	}
}

// randomTruth makes racks of two switches each, some of which fail, single deaths, and lost rings.
func randomTruth(rng *rand.Rand) (topology map[string][]string, dead []string, claims [][]string) {
	topology = map[string][]string{}
	down := map[string]bool{}
	for s := range 6 {
		down[fmt.Sprint("switch:", s)] = rng.IntN(3) == 0
		down[fmt.Sprint("rack:", s/2)] = rng.IntN(6) == 0
	}
	var lost []string
	for i := range 30 + rng.IntN(30) {
		id, s := fmt.Sprintf("h%02d", i), rng.IntN(6)
		segments := []string{fmt.Sprint("switch:", s), fmt.Sprint("rack:", s/2), fmt.Sprint("subnet:", rng.IntN(3))}
		topology[id] = segments
		switch {
		case slices.ContainsFunc(segments, func(s string) bool { return down[s] }), rng.IntN(20) == 0:
			dead = append(dead, id)
		case rng.IntN(15) == 0:
			lost = append(lost, id)
		}
	}
	if len(lost) > 0 && rng.IntN(2) == 0 {
		claims = append(claims, lost)
	}
	return topology, dead, claims
}

// arrive tells a Grouper the truth within 9 s and returns what it decides, in an order of its own.
func arrive(t *testing.T, rng *rand.Rand, topology map[string][]string, dead []string, claims [][]string) string {
	t.Helper()
	g := New(Bounds{})
	for id, segments := range topology { // in the order of the map: any
		g.Attach(id, segments)
	}
	nowMS := int64(0)
	for i, hosts := range claims {
		g.Lost(nowMS, fmt.Sprint("claim", i), fmt.Sprint("ring:", i), hosts)
	}
	for _, id := range dead {
		g.Died(nowMS, id, "1")
		if nowMS < 9000 {
			nowMS += rng.Int64N(9000 / int64(len(dead)+1))
		}
		g.Tick(nowMS)
	}
	g.Tick(nowMS + windowMS)
	var lines []string
	told := map[string]bool{}
	for _, d := range g.Ready().Decisions {
		lines = append(lines, fmt.Sprint(d))
		for _, id := range d.Hosts {
			if told[id] {
				t.Errorf("%s is told of twice", id)
			}
			told[id] = true
		}
	}
	for _, id := range dead {
		if !told[id] {
			t.Errorf("%s died and is not told of", id)
		}
	}
	if n := len(g.Waiting()); n > 0 {
		t.Errorf("%d hosts wait after the window", n)
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// FuzzGrouper: whatever happens, in whatever order, no host is in two incidents or in none that has it, each
// wait ends, and what is kept of the incidents over a restart is what there was.
func FuzzGrouper(f *testing.F) {
	f.Add([]byte("\x00\x01\x02\x03\x04\xff\xff\x40\x41\x42"))
	f.Add([]byte("\xc0\xd1\x00\x01\xff\x80\x81\xff\x43"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 500 {
			return
		}
		w := newWorld(site, Bounds{MaxIncidents: 2})
		ids := sortedKeys(w.hosts)
		kept := map[string]Incident{}
		for i, b := range script {
			id := ids[int(b)%len(ids)]
			nowMS := int64(w.second) * 1000
			switch b >> 6 {
			case 0:
				w.Died(nowMS, id, fmt.Sprint(i))
			case 1:
				w.Heard(nowMS, id)
			case 2:
				w.Left(nowMS, id)
			case 3:
				w.Lost(nowMS, fmt.Sprint("claim", b), fmt.Sprint("ring:", b%4), ids[int(b)%len(ids):])
			}
			w.second += int(b & 15)
			w.Tick(int64(w.second) * 1000)
			checkIncidents(t, w.Grouper)
			for _, i := range w.Ready().Incidents {
				if kept[i.ID] = i; len(i.Missing) == 0 {
					delete(kept, i.ID)
				}
			}
		}
		w.Tick(int64(w.second)*1000 + maxWindowMS)
		if left := w.Waiting(); len(left) > 0 {
			t.Errorf("%v wait after a minute", left)
		}
		for _, i := range w.Ready().Incidents {
			if kept[i.ID] = i; len(i.Missing) == 0 {
				delete(kept, i.ID)
			}
		}
		for _, i := range w.incidents {
			if was, ok := kept[i.id]; !ok || !reflect.DeepEqual(was, i.snapshot()) {
				t.Errorf("incident %+v is kept as %+v", i.snapshot(), was)
			}
		}
		if len(kept) != len(w.incidents) {
			t.Errorf("%d incidents are kept, %d under way", len(kept), len(w.incidents))
		}
	})
}

func checkIncidents(t *testing.T, g *Grouper) {
	t.Helper()
	for id, h := range g.hosts {
		_, waits := g.waiting[h]
		if waits != (h.state == waiting) || (h.incident != nil) != (h.state == behind) {
			t.Fatalf("%s: state %d, in the waiting list %v, incident %v", id, h.state, waits, h.incident)
		}
	}
	for _, i := range g.incidents {
		for h := range i.missing {
			if h.incident != i {
				t.Fatalf("%s is missing of %s and says it is of %v", h.id, i.id, h.incident)
			}
		}
	}
}
