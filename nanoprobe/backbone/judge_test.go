package backbone

import (
	"net/netip"
	"testing"
)

// carrier is a Machine that sits in a ring above for a base ring, among others that stand for others.
func carrier(t *testing.T, self Stands, others ...Stands) *script {
	t.Helper()
	s, _, top := founded(t)
	s.seats[1].now.ring = top
	all := peers("bcdefghi"[:len(others)], func(id string) Note { return Note{Stands: others[id[0]-'b']} })
	s.step(View{Ring: top, Heard: true, Peers: all})
	s.seats[1].stands, s.seats[1].key = self, self.Ring.Prefix
	return s
}

func stands(t *testing.T, p string, generation uint32, size uint16) Stands {
	t.Helper()
	return Stands{Ring: ringOf(t, 0, p, generation), Size: size, Entry: v4}
}

// TestMerge has sizes of simSizes: smaller than 3 is small, and 6 is the most that merge.
func TestMerge(t *testing.T) {
	const a, b, c, d = "33-66a9ee1b0", "33-66a9ee1b8", "34-66a9ee1bc", "34-66a9ee1b8"
	tests := []struct {
		name string
		self Stands
		near []Stands
		want Ring // zero: it stays
	}{
		{"small beside small", stands(t, a, 2, 2), []Stands{stands(t, b, 4, 2)}, ringOf(t, 0, "32-66a9ee1b", 5)},
		{"small beside medium", stands(t, a, 2, 2), []Stands{stands(t, b, 2, 4)}, ringOf(t, 0, "32-66a9ee1b", 3)},
		{"medium beside small", stands(t, a, 2, 4), []Stands{stands(t, b, 2, 2)}, ringOf(t, 0, "32-66a9ee1b", 3)},
		{"too many together", stands(t, a, 2, 2), []Stands{stands(t, b, 2, 5)}, Ring{}},
		{"none small", stands(t, a, 2, 3), []Stands{stands(t, b, 2, 3)}, Ring{}},
		{"sibling is split", stands(t, a, 2, 2), []Stands{stands(t, c, 3, 3), stands(t, d, 3, 1)}, ringOf(t, 0, "32-66a9ee1b", 4)},
		{"sibling is split, too many together", stands(t, a, 2, 2), []Stands{stands(t, c, 3, 3), stands(t, d, 3, 2)}, Ring{}},
		{"half a sibling", stands(t, a, 2, 3), []Stands{stands(t, c, 3, 2)}, ringOf(t, 0, "32-66a9ee1b", 4)},
		{"only the nearest fits", stands(t, c, 3, 1), []Stands{stands(t, a, 2, 4), stands(t, d, 3, 3)}, ringOf(t, 0, b, 4)},
		{"two stand for the sibling", stands(t, a, 2, 2), []Stands{stands(t, b, 2, 4), stands(t, b, 2, 4)}, ringOf(t, 0, "32-66a9ee1b", 3)},
		{"beside one that is to go", stands(t, c, 3, 1), []Stands{stands(t, b, 2, 1)}, Ring{}},
		{"sibling is gone", stands(t, a, 2, 2), nil, ringOf(t, 0, "32-66a9ee1b", 3)},
		{"sibling is gone, not small", stands(t, a, 2, 3), nil, Ring{}},
		{"cousin is gone", stands(t, c, 3, 1), []Stands{stands(t, a, 2, 6)}, ringOf(t, 0, b, 4)},
		{"the whole group", stands(t, "32-66a9ee1b", 1, 1), []Stands{stands(t, "32-0cdb16bf", 1, 1)}, Ring{}},
		{"two of the sibling's, in two generations", stands(t, a, 2, 1), []Stands{stands(t, b, 2, 6), stands(t, b, 3, 1)}, Ring{}},
		{"generations used up", stands(t, a, maxGeneration-1, 1), []Stands{stands(t, b, 2, 1)}, Ring{}},
	}
	for _, tt := range tests {
		s := carrier(t, tt.self, tt.near...)
		order, ok := s.merge(s.seats[1])
		if ok != (tt.want != Ring{}) || ok && order.Ring != tt.want {
			t.Errorf("%s: %s, %t, want %s", tt.name, order.Ring.Label(), ok, tt.want.Label())
		}
		if got := s.judge(s.seats[1]); got != (Order{}) {
			t.Errorf("%s: ordered at once, %+v", tt.name, got)
		}
		s.now += mergeSeconds
		if got := s.judge(s.seats[1]); (got != Order{}) != ok {
			t.Errorf("%s: ordered %+v after %d s", tt.name, got, mergeSeconds)
		}
	}
}

// TestMergeHesitates holds two small rings apart while those who were lost at once may come back.
func TestMergeHesitates(t *testing.T) {
	s := carrier(t, stands(t, "33-66a9ee1b0", 2, 1), stands(t, "33-66a9ee1b8", 2, 1))
	up := s.seats[1]
	s.step(Died{Ring: up.now.ring, Member: hostNamed("b")})
	s.now += hesitateSeconds - 1
	if order, ok := s.merge(up); ok {
		t.Errorf("ordered %+v %d s after half of its neighbours died", order, hesitateSeconds-1)
	}
	s.now++
	if _, ok := s.merge(up); !ok {
		t.Errorf("not merged %d s after half of its neighbours died", hesitateSeconds)
	}
}

// TestObey directs a base ring of "a" and others out of the way of rings that beat it.
func TestObey(t *testing.T) {
	s, base, _ := founded(t)
	s.step(View{Ring: base, Heard: true, Peers: peers("bcdefghijklm", func(string) Note { return Note{} })})
	own := s.key.prefix(40)
	var apart uint8 // bits that tell the nearest other member from own
	for _, p := range s.seats[0].now.members {
		apart = max(apart, p.key.common(own)+1)
	}
	tests := []struct {
		name string
		ring Ring
		want Move
	}{
		{"weaker", Ring{Prefix: base.Prefix, Generation: 1}, Move{}},
		{"covers all", Ring{Prefix: base.Prefix, Generation: 7}, Move{Len: groupBits, Generation: 7, Via: v4}},
		{"covers some", Ring{Prefix: own, Generation: 7}, Move{Len: apart, Generation: 7}},
		{"covers the half", Ring{Prefix: s.key.prefix(33), Generation: 7}, Move{Len: 33, Generation: 7, Via: v4}},
	}
	for _, tt := range tests {
		s.seats[0].move = Move{}
		if s.seats[0].obey(Order{Ring: tt.ring, Via: v4}); s.seats[0].move != tt.want {
			t.Errorf("%s: told of %s the ring is directed %+v, want %+v", tt.name, tt.ring.Label(), s.seats[0].move, tt.want)
		}
	}
}

func TestSplitWaitsForItsRoof(t *testing.T) {
	s, _, top := founded(t)
	many := func(n int) []Peer {
		return peers("bcdefghi"[:n], func(id string) Note {
			return Note{Stands: Stands{Ring: Ring{Prefix: KeyOf(id, "h").prefix(groupBits), Generation: 1}, Entry: addrNamed(id)}}
		})
	}
	s.seats[1].now.members = nil
	s.step(View{Ring: top, Heard: true, Peers: many(5)}) // 6 with itself: not too many
	if s.wait(20); s.seats[2] != nil || s.note[top].Move != (Move{}) {
		t.Error("a ring of full size splits")
	}
	s.step(View{Ring: top, Heard: true, Peers: many(8)})
	chair := s.seats[1].now.after(s.place()) == 0
	s.wait(splitSeconds - 1)
	if s.seats[2] != nil {
		t.Error("it founds a roof at once")
	}
	s.wait(5)
	if chair != (s.seats[2] != nil) || chair && s.note[top].Move.Generation != 2 {
		t.Errorf("chair %t: sits above %t and directs %+v", chair, s.seats[2] != nil, s.note[top].Move)
	}
}

func TestLocate(t *testing.T) {
	a, b := stands(t, "33-66a9ee1b0", 2, 5), stands(t, "33-66a9ee1b8", 2, 5)
	old := stands(t, "32-66a9ee1b", 1, 9)
	b.Entry = v6
	key := func(p string) Key { return Key(prefix(t, p).Bits) }
	tests := []struct {
		name  string
		near  []Stands
		level uint8
		key   Key
		want  Finding
		ring  string
		addr  netip.AddrPort
	}{
		{"beside it", []Stands{b}, 0, key("33-66a9ee1b8"), Found, "assim/2/0/33-66a9ee1b8/2", v6},
		{"of two the stronger", []Stands{old, b}, 0, key("33-66a9ee1b8"), Found, "assim/2/0/33-66a9ee1b8/2", v6},
		{"another group", []Stands{b}, 0, key("32-0cdb16bf"), Vacant, "assim/2/0/32-0cdb16bf/1", netip.AddrPort{}},
		{"the empty half", nil, 0, key("33-66a9ee1b8"), Vacant, "assim/2/0/33-66a9ee1b8/1", netip.AddrPort{}},
		{"the level above", []Stands{b}, 1, key("32-0cdb16bf"), Found, "assim/2/1/0-/1", addrNamed("a")},
		{"the level above that", []Stands{b}, 2, key("32-0cdb16bf"), Unknown, "", netip.AddrPort{}},
		{"no level", []Stands{b}, maxLevels, 0, Unknown, "", netip.AddrPort{}},
	}
	for _, tt := range tests {
		s := carrier(t, a, tt.near...)
		s.seats[0].now.ring = a.Ring
		s.seats[0].above = Above{}
		got := s.Locate(tt.level, tt.key)
		label := ""
		if got.Ring != (Ring{}) {
			label = got.Ring.Label()
		}
		if got.Finding != tt.want || label != tt.ring || tt.addr.IsValid() && got.Addrs[0] != tt.addr {
			t.Errorf("%s: %+v, want %d %s %s", tt.name, got, tt.want, tt.ring, tt.addr)
		}
	}
}

// TestDesk sends the second newcomer of a group to the first, and not too many to one ring at a time.
func TestDesk(t *testing.T) {
	s := carrier(t, stands(t, "32-66a9ee1b", 1, 5))
	q := Query{Key: KeyOf("dc7", "x"), Addr: addrNamed("x")}
	first := s.Answer(q)
	if again := s.Answer(q); first.Finding != Vacant || again.Finding != Vacant || again.Ring != first.Ring {
		t.Errorf("the first of a group is told %+v, then %+v", first, again)
	}
	second := s.Answer(Query{Key: KeyOf("dc7", "y"), Addr: addrNamed("y")})
	if second.Finding != Found || second.Ring != first.Ring || second.Addrs[0] != addrNamed("x") {
		t.Errorf("the second of a group is told %+v, want the ring of the first", second)
	}
	s.now += promiseSeconds
	if late := s.Answer(Query{Key: KeyOf("dc7", "z"), Addr: addrNamed("z")}); late.Finding != Vacant {
		t.Errorf("the first was not heard of since, and another is told %+v", late)
	}
	sent := 0
	for range 100 {
		if s.Answer(Query{Key: s.key, Addr: addrNamed("x")}).Finding == Found {
			sent++
		}
	}
	if sent != s.cfg.Base.Split/2 {
		t.Errorf("%d newcomers at once are sent to one ring, want %d", sent, s.cfg.Base.Split/2)
	}
}
