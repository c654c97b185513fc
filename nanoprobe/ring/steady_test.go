package ring

import "testing"

// steady returns a machine that has been in a quiet ring of 64 for a while.
func steady(t testing.TB) *Machine {
	t.Helper()
	m, err := New(member("a"), LAN())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 63 {
		m.Step(Joined{member(simID(i))})
	}
	for range 100 {
		tickAnswered(m)
	}
	return m
}

// tickAnswered lets a tick pass in which all pings are answered.
func tickAnswered(m *Machine) {
	m.Tick(1)
	for _, p := range m.Ready().Pings {
		m.Step(Pong{To: p.To.ID, Number: p.Number, Reached: true})
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	m := steady(t)
	if allocs := testing.AllocsPerRun(1000, func() { tickAnswered(m) }); allocs > 0 {
		t.Errorf("%v allocations a tick", allocs)
	}
}

// TestReadyIsKept until the next: what is handed over does not change meanwhile.
func TestReadyIsKept(t *testing.T) {
	m := steady(t)
	var pings []Ping
	for len(pings) == 0 {
		m.Tick(1)
		pings = m.Ready().Pings
	}
	first := pings[0]
	for range 20 {
		m.Tick(1)
	}
	if pings[0] != first {
		t.Errorf("the first ping was %+v and is %+v", first, pings[0])
	}
}

// BenchmarkTick is the cost of one quiet member for one tick.
func BenchmarkTick(b *testing.B) {
	m := steady(b)
	b.ReportAllocs()
	for b.Loop() {
		tickAnswered(m)
	}
}
