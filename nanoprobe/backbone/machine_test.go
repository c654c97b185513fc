package backbone

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// script drives one Machine by hand. Hosts are named by letters; their order on the circle is looked up.
type script struct {
	*Machine
	t    *testing.T
	note map[Ring]Note // announced last
}

func begin(t *testing.T, seeds ...netip.AddrPort) *script {
	t.Helper()
	base, above := simSizes()
	m, err := New(Config{Self: hostNamed("a"), Group: "dc1", Seeds: seeds, Base: base, Above: above})
	if err != nil {
		t.Fatal(err)
	}
	return &script{Machine: m, t: t, note: map[Ring]Note{}}
}

func hostNamed(id string) ring.Member {
	return ring.Member{ID: ring.HostID(id), Name: id, Addr: addrNamed(id).String(), Boot: 1}
}

func addrNamed(id string) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, id[0]}), 1)
}

// wait lets seconds pass one by one, and returns what the Machine wanted in them.
func (s *script) wait(seconds int) Ready {
	var all Ready
	for range seconds {
		s.Tick(1)
		s.take(&all)
	}
	return all
}

func (s *script) step(in Input) Ready {
	var all Ready
	s.Step(in)
	s.take(&all)
	return all
}

func (s *script) take(all *Ready) {
	r := s.Ready()
	all.Join = append(all.Join, r.Join...)
	all.JoinAcross = append(all.JoinAcross, r.JoinAcross...)
	all.Leave = append(all.Leave, r.Leave...)
	all.Asks = append(all.Asks, r.Asks...)
	all.Pulls = append(all.Pulls, r.Pulls...)
	all.Probes = append(all.Probes, r.Probes...)
	all.Events = append(all.Events, r.Events...)
	for _, a := range r.Announce {
		s.note[a.Ring] = a.Note
	}
}

// founded is a Machine alone in its base ring, and in the top ring above it.
func founded(t *testing.T) (*script, Ring, Ring) {
	t.Helper()
	s := begin(t)
	s.wait(10)
	base, top := s.seats[0].now, s.seats[1]
	if base == nil || top == nil || top.now == nil {
		t.Fatal("a host without seeds founds no rings")
	}
	return s, base.ring, top.now.ring
}

// peers are the hosts of some letters, with notes made for each.
func peers(ids string, note func(id string) Note) []Peer {
	var all []Peer
	for _, id := range ids {
		all = append(all, Peer{Member: hostNamed(string(id)), Note: note(string(id))})
	}
	return all
}

func TestConfig(t *testing.T) {
	good := func() Config { return Config{Self: hostNamed("a"), Group: "dc1"} }
	for name, spoil := range map[string]func(*Config){
		"no address":         func(c *Config) { c.Self.Addr = "host:1" },
		"no id":              func(c *Config) { c.Self.ID = "" },
		"no group":           func(c *Config) { c.Group = "" },
		"split at 3":         func(c *Config) { c.Base = Sizes{Split: 3, Merge: 1, MergeSum: 2} },
		"split at the limit": func(c *Config) { c.Above = Sizes{Split: ring.MaxMembers, Merge: 1, MergeSum: 2} },
		"merged at once":     func(c *Config) { c.Base = Sizes{Split: 8, Merge: 3, MergeSum: 9} },
		"never merged":       func(c *Config) { c.Base = Sizes{Split: 8, Merge: 3, MergeSum: 2} },
	} {
		c := good()
		if spoil(&c); !errors.Is(second(New(c)), ErrConfig) {
			t.Errorf("%s is accepted", name)
		}
	}
	if _, err := New(good()); err != nil {
		t.Error(err)
	}
}

// TestSeeds starts a host whose seeds are no help: it founds its own ring, keeps asking the others, more
// and more rarely, and never itself.
func TestSeeds(t *testing.T) {
	self, other := addrNamed("a"), addrNamed("x")
	tests := []struct {
		name  string
		seeds []netip.AddrPort
		asks  bool
	}{
		{"none", nil, false},
		{"itself", []netip.AddrPort{self, netip.AddrPortFrom(netip.AddrFrom16(self.Addr().As16()), self.Port())}, false},
		{"invalid", []netip.AddrPort{{}}, false},
		{"silent", []netip.AddrPort{other, other}, true},
	}
	for _, tt := range tests {
		s := begin(t, tt.seeds...)
		asked := map[uint64]bool{}
		for range 3600 {
			for _, a := range s.wait(1).Asks {
				if a.To != other {
					t.Fatalf("%s: asks %+v", tt.name, a)
				}
				asked[s.now] = true
				s.step(Located{Number: a.Number})
			}
		}
		if n := s.seats[0].now; n == nil || n.ring.Generation != 1 || n.ring.Prefix.Len != groupBits {
			t.Errorf("%s: it is in %+v, want its group's first ring", tt.name, n)
		}
		if len(asked) > 0 != tt.asks || len(asked) > 40 {
			t.Errorf("%s: asked in %d seconds of an hour", tt.name, len(asked))
		}
	}
}

// TestSetSeeds lets the seeds be known late: a host that founded its ring meanwhile asks them, each once
// as long as they don't change, and one that is not in a ring yet finds its way by them.
func TestSetSeeds(t *testing.T) {
	x, y := addrNamed("x"), addrNamed("y")
	s, base, top := founded(t)
	asked := func(seeds ...netip.AddrPort) (to []netip.AddrPort) {
		s.SetSeeds(seeds)
		for range 10 {
			for _, a := range s.wait(1).Asks {
				to = append(to, a.To)
				known := Answer{Finding: Found, Ring: base, Addrs: []netip.AddrPort{s.addr}}
				if a.Query.Level > 0 {
					known.Ring = top
				}
				s.step(Located{Number: a.Number, Answer: known})
			}
		}
		return to
	}
	for _, tt := range []struct {
		name        string
		seeds, want []netip.AddrPort
	}{
		{"one becomes known", []netip.AddrPort{x, s.addr, {}}, []netip.AddrPort{x, x}}, // for its base ring, and for the one above
		{"it is the same", []netip.AddrPort{x}, nil},
		{"another takes its place", []netip.AddrPort{y}, []netip.AddrPort{y, y}},
		{"none is known", nil, nil},
	} {
		if got := asked(tt.seeds...); !slices.Equal(got, tt.want) {
			t.Errorf("%s: asks %v, want %v", tt.name, got, tt.want)
		}
	}

	early := begin(t)
	early.SetSeeds([]netip.AddrPort{y})
	if asks := early.wait(1).Asks; len(asks) != 1 || asks[0].To != y {
		t.Errorf("a host in no ring asks %+v, want %s", asks, y)
	}
}

func TestElection(t *testing.T) {
	var first, last []string // two of lower and two of higher place than "a"
	for id := 'b'; id <= 'z'; id++ {
		if hash32(string(id)) < hash32("a") && len(first) < 2 {
			first = append(first, string(id))
		} else if hash32(string(id)) > hash32("a") && len(last) < 2 {
			last = append(last, string(id))
		}
	}
	slices.SortFunc(first, func(x, y string) int { return cmp.Compare(hash32(x), hash32(y)) })
	all := strings.Join(slices.Concat(first, last), "")
	tests := []struct {
		name   string
		office []string
		busy   []string
		held   bool // before
		want   bool
	}{
		{name: "two free ones come before", want: false},
		{name: "one free one comes before", busy: first[1:], want: true},
		{name: "one office vacant, one comes before", office: last[:1], busy: first[1:], want: false},
		{name: "one office vacant, none comes before", office: last[:1], busy: first, want: true},
		{name: "none vacant", office: []string{first[0], last[0]}, busy: first, want: false},
		{name: "a holder stays beside one", office: last[:1], held: true, want: true},
		{name: "a holder of higher place than two resigns", office: first[:2], held: true, want: false},
		{name: "a holder of second place stays beside two", office: []string{first[0], last[0]}, held: true, want: true},
	}
	for _, tt := range tests {
		s, base, _ := founded(t)
		s.seats[0].office, s.seats[0].vacantAt = tt.held, 0
		s.step(View{Ring: base, Heard: true, Peers: peers(all, func(id string) Note {
			return Note{Office: slices.Contains(tt.office, id), Free: !slices.Contains(tt.busy, id) && !slices.Contains(tt.office, id)}
		})})
		if !tt.held {
			s.wait(electSeconds)
			if s.seats[0].office {
				t.Errorf("%s: it takes the office at once", tt.name)
			}
		}
		s.wait(2)
		if s.note[base].Office != tt.want {
			t.Errorf("%s: office %t, want %t", tt.name, s.note[base].Office, tt.want)
		}
	}
}

// TestDeputy lets a host hold an office of its base ring and of a ring above: it appoints the free member
// of lowest place, leaves to it what is above, and serves itself when there is nobody.
func TestDeputy(t *testing.T) {
	s, base, _ := founded(t)
	up := ringOf(t, 1, "1-0", 2)
	s.seats[1].now.ring = up // as after a split of the top ring
	free := func(string) Note { return Note{Free: true} }
	s.step(View{Ring: base, Heard: true, Peers: peers("bc", free)})
	s.wait(5)
	lowest := min(hash32("b"), hash32("c"))
	if a := s.note[base].Appoints; a.Deputy != lowest || a.Stands.Ring != up {
		t.Fatalf("appoints %x for %s, want %x for %s", a.Deputy, a.Stands.Ring.Label(), lowest, up.Label())
	}
	if s.seats[2] != nil {
		t.Error("it goes up itself while its deputy is on the way")
	}
	seat := ringOf(t, 2, "0-", 1)
	serving := func(id string) Note {
		if hash32(id) == lowest {
			return Note{Serves: Service{Principal: s.place(), Active: true, Seat: seat, Guide: v4}}
		}
		return Note{Free: true}
	}
	s.step(View{Ring: base, Heard: true, Peers: peers("bc", serving)})
	s.wait(2)
	if a := s.note[up].Above; a.Ring != seat || len(a.Addrs) != 2 || a.Addrs[1] != v4 {
		t.Errorf("tells of %+v above, want its deputy's seat %s", a, seat.Label())
	}
	// The deputy serves no more: the other one is appointed. Then nobody is free.
	s.step(View{Ring: base, Heard: true, Peers: peers("bc", func(id string) Note { return Note{Free: hash32(id) != lowest} })})
	s.wait(answerSeconds)
	if a := s.note[base].Appoints; a.Deputy == lowest || a.Deputy == 0 {
		t.Errorf("appoints %x after its deputy %x was lost", a.Deputy, lowest)
	}
	s.step(View{Ring: base, Heard: true, Peers: peers("bc", func(string) Note { return Note{} })})
	s.wait(answerSeconds + 2)
	if s.seats[2] == nil || s.note[base].Appoints.Stands.Ring.Generation != 0 {
		t.Error("nobody is free, and it does not go up itself")
	}
}

// TestServes holds that a host serves one principal, and none when it holds an office itself.
func TestServes(t *testing.T) {
	s, base, _ := founded(t)
	s.seats[0].office = false
	up := ringOf(t, 1, "1-0", 2)
	both := peers("bc", func(string) Note {
		return Note{Office: true, Appoints: Appointment{Deputy: s.place(), Stands: Stands{Ring: up, Entry: v4}}}
	})
	s.step(View{Ring: base, Heard: true, Peers: both})
	r := s.wait(2)
	if sv := s.note[base].Serves; !sv.Active || sv.Principal != min(hash32("b"), hash32("c")) {
		t.Errorf("serves %+v, want the principal of lowest place", sv)
	}
	if len(r.Asks) != 1 || r.Asks[0].To != v4 || r.Asks[0].Query.Level != 2 {
		t.Errorf("asks %+v, want its principal for the ring above", r.Asks)
	}
	was := s.note[base].Serves.Principal
	r = s.step(View{Ring: base, Heard: true, Peers: peers("bc", func(id string) Note { return Note{Office: true, Free: hash32(id) == was} })})
	s.wait(2)
	if s.note[base].Serves.Active || s.seats[2] != nil {
		t.Error("it goes on serving a principal that dismissed it")
	}
}

// TestMove follows a direction: the host joins by those who come along, stays in both rings until it is
// heard in the new one, and then leaves.
func TestMove(t *testing.T) {
	s, base, _ := founded(t)
	s.seats[0].office = false
	target, _ := s.seats[0].target(Move{Len: 33, Generation: 2})
	to := func(mv Move) []Peer {
		return peers("bcdefg", func(id string) Note { return Note{Office: id == "b", Move: mv} })
	}
	for _, bad := range []Move{{Len: 32, Generation: 1}, {Len: 31, Generation: 2}, {Len: 33}, {Len: 33, Generation: maxGeneration}} {
		s.step(View{Ring: base, Heard: true, Peers: to(bad)})
		if r := s.wait(2); len(r.Join) > 0 {
			t.Errorf("direction %+v: joins %+v", bad, r.Join)
		}
	}
	s.step(View{Ring: base, Heard: true, Peers: to(Move{Len: 33, Generation: 2, Via: v6})})
	r := s.wait(1)
	if len(r.Join) != 1 || r.Join[0].Ring != target || r.Join[0].Seeds[0] != v6 || len(r.Leave) > 0 {
		t.Fatalf("it wants %+v, want to join %s by %s", r, target.Label(), v6)
	}
	for _, seed := range r.Join[0].Seeds[1:] {
		id := ring.HostID(seed.Addr().AsSlice()[3:])
		if !target.Prefix.Holds(KeyOf("dc1", id)) {
			t.Errorf("seed %s will not be in %s", id, target.Label())
		}
	}
	if r := s.wait(aloneSeconds - 2); len(r.Leave) > 0 {
		t.Errorf("it leaves %+v before it is heard in the new ring", r.Leave)
	}
	s.step(View{Ring: target, Heard: true, Peers: peers("c", func(string) Note { return Note{} })})
	if r := s.wait(1); len(r.Leave) != 1 || r.Leave[0] != base || s.seats[0].now.ring != target {
		t.Errorf("it leaves %+v when it was heard, want %s", r.Leave, base.Label())
	}
}

func ExampleRing_Name() {
	r := Ring{Prefix: KeyOf("dc1", "host1").prefix(34), Generation: 3}
	fmt.Println(r.Name("dc1"), r.Label())
	// Output: dc1/11 assim/2/0/34-66a9ee1bc/3
}

// steady is a representative in a full base ring, and in a ring above that has 255 other members.
func steady(tb testing.TB) *Machine {
	m, err := New(Config{Self: hostNamed("a"), Group: "dc1"})
	if err != nil {
		tb.Fatal(err)
	}
	m.Tick(1)
	for range 10 {
		m.Tick(1)
		m.Ready()
	}
	many := func(n int) []Peer {
		var all []Peer
		for i := range n {
			stands := Stands{Ring: Ring{Prefix: KeyOf(fmt.Sprint(i/2), "").prefix(groupBits), Generation: 1}, Size: 64, Stamp: 1, Entry: v4}
			id := ring.HostID(fmt.Sprint("host", i))
			all = append(all, Peer{ring.Member{ID: id, Addr: v4.String(), Boot: 1}, Note{Office: i == 0, Stands: stands}})
		}
		return all
	}
	m.Step(View{Ring: m.seats[0].now.ring, Peers: many(63), Heard: true})
	m.Step(View{Ring: m.seats[1].now.ring, Peers: many(255), Heard: true})
	for range 100 {
		m.Tick(1)
		for _, p := range m.Ready().Pulls {
			m.Step(Pulled{Ring: p.Ring, List: List{Ring: p.Ring, Members: []ring.Member{hostNamed("b")}}})
		}
	}
	return m
}

func TestSteadyStateDoesNothing(t *testing.T) {
	m := steady(t)
	m.Tick(1)
	if r := m.Ready(); len(r.Join)+len(r.Announce)+len(r.JoinAcross)+len(r.Leave)+len(r.Asks)+len(r.Pulls)+len(r.Probes)+len(r.Events) > 0 {
		t.Errorf("nothing happens, and it wants %+v", r)
	}
}

func BenchmarkTick(b *testing.B) {
	m := steady(b)
	b.ReportAllocs()
	for b.Loop() {
		m.Tick(1)
		m.Ready()
	}
}

// TestSplit has the representative of a base ring split it when it is too large, and stay behind until
// the others are gone.
func TestSplit(t *testing.T) {
	s, base, _ := founded(t)
	quiet := func(string) Note { return Note{} }
	s.step(View{Ring: base, Heard: true, Peers: peers("bcdefgh", quiet)}) // 8 with itself: as many as may be
	if r := s.wait(20); len(r.Join) > 0 || s.note[base].Move != (Move{}) {
		t.Fatalf("a ring of full size splits: %+v", s.note[base].Move)
	}
	s.step(View{Ring: base, Heard: true, Peers: peers("bcdefghi", quiet)})
	if s.wait(splitSeconds); s.note[base].Move != (Move{}) {
		t.Error("a ring that is too large splits at once")
	}
	r := s.wait(2)
	if mv := s.note[base].Move; mv.Len <= groupBits || mv.Generation != 2 || len(r.Join) != 1 {
		t.Fatalf("a ring that is too large is directed %+v and wants %+v", mv, r)
	}
	s.step(View{Ring: r.Join[0].Ring, Heard: true, Peers: peers("b", quiet)})
	if r := s.wait(lingerSeconds - 10); len(r.Leave) > 0 {
		t.Error("who directed the move leaves before the others")
	}
	s.step(View{Ring: base, Heard: true})
	if r := s.wait(1); len(r.Leave) != 1 || !s.seats[0].office {
		t.Errorf("all others are gone, and it leaves %v, office %t", r.Leave, s.seats[0].office)
	}
}

// TestSuspect doubts that those who were lost are dead only when many were lost at once.
func TestSuspect(t *testing.T) {
	for lose, want := range map[string]int{"bc": 0, "bcd": 3, "bcdefghijk": maxDoubts} {
		s, base, _ := founded(t)
		s.step(View{Ring: base, Heard: true, Peers: peers("bcdefghijklm", func(string) Note { return Note{} })})
		for i, id := range lose {
			s.step(Died{Ring: base, Member: hostNamed(string(id))})
			s.step(View{Ring: base, Heard: true, Peers: peers("bcdefghijklm"[i+1:], func(string) Note { return Note{} })})
		}
		if got := len(s.seats[0].doubts); got != want {
			t.Errorf("%d of 13 are lost: %d are doubtful, want %d", len(lose), got, want)
		}
	}
}
