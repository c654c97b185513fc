package backbone

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// world is a fleet of Machines on a virtual clock of whole seconds. Memberlist is modelled as far as a
// Machine sees it: who joins one member gets to know the others within seconds, notes arrive late and
// each at its own time, a death is noticed after 6 to 10 s by each for itself, and who is found dead is
// never tried again. All that travels goes through its wire form.
type world struct {
	t       *testing.T
	rng     *rand.Rand
	now     int
	hosts   []*simHost
	byAddr  map[netip.AddrPort]*simHost
	byID    map[ring.HostID]*simHost
	due     map[int][]func()
	events  []ring.Event    // since the last incident
	lost    map[string]bool // the witnesses and incidents of rings that are told to be lost
	trace   []string
	healed  int  // when the last partition ended
	calm    bool // there is no partition, and not half the fleet dies
	actions int  // of all Readies since it was last set to 0
}

type simHost struct {
	*Machine
	w     *world
	self  ring.Member
	group string
	up    bool
	gone  bool // it took its leave
	side  int  // of a partition
	in    map[Ring]*simRing
	order []Ring // of in
}

// simRing is one host's memberlist in one ring.
type simRing struct {
	ring    Ring
	since   int
	seeds   []netip.AddrPort
	note    Note
	known   []*simHost
	notes   map[*simHost]Note
	missing map[*simHost]int // when its absence will be noticed
	heard   bool
	told    bool // a View said that it was heard
	changed bool
}

func simSizes() (base, above Sizes) {
	return Sizes{Split: 8, Merge: 3, MergeSum: 6}, Sizes{Split: 6, Merge: 3, MergeSum: 5}
}

func newWorld(t *testing.T, seed uint64) *world {
	return &world{
		t: t, rng: rand.New(rand.NewPCG(seed, 0)), due: map[int][]func(){},
		byAddr: map[netip.AddrPort]*simHost{}, byID: map[ring.HostID]*simHost{},
		lost: map[string]bool{},
	}
}

func simAddr(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 7946)
}

// add starts n more hosts of a group.
func (w *world) add(group string, n int) []*simHost {
	w.t.Helper()
	first := len(w.hosts)
	for range n {
		i := len(w.hosts)
		h := &simHost{w: w, group: group, self: ring.Member{
			ID: ring.HostID(fmt.Sprintf("h%03d", i)), Name: fmt.Sprint("host", i), Addr: simAddr(i).String(),
		}}
		w.hosts = append(w.hosts, h)
		w.byAddr[simAddr(i)], w.byID[h.self.ID] = h, h
		w.start(h)
	}
	return w.hosts[first:]
}

func (w *world) start(h *simHost) {
	w.t.Helper()
	h.self.Boot = uint64(w.now) + 1
	base, above := simSizes()
	m, err := New(Config{Self: h.self, Group: h.group, Base: base, Above: above, Seeds: w.seeds()})
	if err != nil {
		w.t.Fatal(err)
	}
	h.Machine, h.up, h.gone, h.in, h.order = m, true, false, map[Ring]*simRing{}, nil
}

// lookUp is how often, in seconds, the name of the seeds is looked up again.
const lookUp = 600

// seeds are the first three hosts that are up, as whoever keeps a list of seeds would see to.
func (w *world) seeds() []netip.AddrPort {
	var seeds []netip.AddrPort
	for i, h := range w.hosts {
		if h.up && len(seeds) < 3 {
			seeds = append(seeds, simAddr(i))
		}
	}
	return seeds
}

func (w *world) after(seconds int, do func()) {
	w.due[w.now+seconds] = append(w.due[w.now+seconds], do)
}

func (w *world) tick() {
	w.now++
	for _, do := range w.due[w.now] {
		do()
	}
	delete(w.due, w.now)
	for _, h := range w.hosts {
		if h.up {
			h.gossip()
		}
	}
	for _, h := range w.hosts {
		if h.up {
			if w.now%lookUp == 0 {
				h.SetSeeds(w.seeds())
			}
			h.views()
			h.Tick(1)
			h.act()
		}
	}
}

func (w *world) run(seconds int) {
	for range seconds {
		w.tick()
	}
}

// reaches reports whether two hosts hear each other.
func (h *simHost) reaches(o *simHost) bool { return h.up && o.up && h.side == o.side }

// meet lets two members of a ring exchange all they know.
func (h *simHost) meet(o *simHost, r Ring) {
	a, b := h.in[r], o.in[r]
	if h == o || a == nil || b == nil || !h.reaches(o) {
		return
	}
	a.learn(h, o)
	b.learn(o, h)
	for _, p := range slices.Clone(a.known) {
		b.learn(o, p)
	}
	for _, p := range slices.Clone(b.known) {
		a.learn(h, p)
	}
}

func (r *simRing) learn(self, o *simHost) {
	other := o.in[r.ring]
	if o == self || other == nil || !self.reaches(o) || slices.Contains(r.known, o) {
		return
	}
	r.known = append(r.known, o)
	r.notes[o] = other.note
	r.changed = true
}

// gossip is what memberlist does in a second.
func (h *simHost) gossip() {
	for _, r := range h.order {
		n := h.in[r]
		switch {
		case len(n.known) > 0:
			h.meet(n.known[h.w.rng.IntN(len(n.known))], r)
		case len(n.seeds) > 0 && (h.w.now-n.since)%3 == 0:
			for _, a := range n.seeds {
				if o := h.w.byAddr[a]; o != nil {
					h.meet(o, r)
				}
			}
		}
		n.known = slices.DeleteFunc(n.known, func(o *simHost) bool { return h.drops(n, o) })
	}
}

// drops reports whether h notices now that o is no longer in a ring.
func (h *simHost) drops(n *simRing, o *simHost) bool {
	there := h.reaches(o)
	if there && o.in[n.ring] != nil {
		n.heard = n.heard || slices.Contains(o.in[n.ring].known, h)
		delete(n.missing, o)
		return false
	}
	at, ok := n.missing[o]
	if !ok {
		at = h.w.now + h.w.rng.IntN(3)
		if !there && !o.gone {
			at = h.w.now + 6 + h.w.rng.IntN(5)
		}
		n.missing[o] = at
	}
	if h.w.now < at {
		return false
	}
	delete(n.missing, o)
	n.changed = true
	if !there && !o.gone {
		h.Step(Died{Ring: n.ring, Member: o.self})
	}
	return true
}

func (h *simHost) views() {
	for _, r := range h.order {
		n := h.in[r]
		if !n.changed && (!n.heard || n.told) {
			continue
		}
		n.changed, n.told = false, n.heard
		v := View{Ring: r, Heard: n.heard}
		for _, o := range n.known {
			v.Peers = append(v.Peers, Peer{Member: o.self, Note: n.notes[o]})
		}
		h.Step(v)
	}
}

// act carries out what h's Machine wants.
func (h *simHost) act() {
	w := h.w
	r := h.Ready()
	w.actions += len(r.Join) + len(r.Announce) + len(r.JoinAcross) + len(r.Leave) + len(r.Asks) + len(r.Pulls) + len(r.Probes)
	for _, j := range r.Join {
		h.log("joins %s by %v", j.Ring.Label(), j.Seeds)
		h.in[j.Ring] = &simRing{ring: j.Ring, since: w.now, seeds: j.Seeds, notes: map[*simHost]Note{}, missing: map[*simHost]int{}}
		h.order = append(h.order, j.Ring)
	}
	for _, a := range r.Announce {
		h.announce(a)
	}
	for _, a := range r.JoinAcross {
		h.log("joins across %s %v", a.Ring.Label(), a.Addrs)
		w.after(1, func() {
			for _, addr := range a.Addrs {
				h.meet(w.byAddr[addr], a.Ring)
			}
		})
	}
	for _, l := range r.Leave {
		h.log("leaves %s", l.Label())
		delete(h.in, l)
		h.order = slices.DeleteFunc(h.order, func(o Ring) bool { return o == l })
	}
	for _, a := range r.Asks {
		h.ask(a)
	}
	for _, p := range r.Pulls {
		h.pull(p)
	}
	for _, p := range r.Probes {
		answered := slices.ContainsFunc(p.Members, func(o ring.Member) bool { return h.reaches(w.byID[o.ID]) })
		h.later(2, Probed{Ring: p.Ring, Answered: answered})
	}
	for _, e := range r.Events {
		h.log("says %s %s %d", e.Kind, e.Ring, len(e.Members))
		w.judge(h, e)
	}
}

func (h *simHost) announce(a Announcement) {
	w := h.w
	note, err := ParseNote(AppendNote(nil, a.Note))
	if err != nil {
		w.t.Fatalf("note %+v: %v", a.Note, err)
	}
	n := h.in[a.Ring]
	if n == nil {
		w.fail("%s announces in %s, where it is not", h.self.ID, a.Ring.Label())
	}
	n.note = note
	for _, o := range w.hosts {
		if o != h && o.up {
			w.after(1+w.rng.IntN(4), func() {
				if m := o.in[a.Ring]; m != nil && h.in[a.Ring] == n && slices.Contains(m.known, h) && o.reaches(h) {
					m.notes[h], m.changed = n.note, true
				}
			})
		}
	}
}

// later hands in to h, unless it restarted meanwhile.
func (h *simHost) later(seconds int, in Input) {
	m := h.Machine
	h.w.after(seconds, func() {
		if h.up && h.Machine == m {
			h.Step(in)
			h.act()
		}
	})
}

func (h *simHost) ask(a Ask) {
	q, err := ParseQuery(AppendQuery(nil, a.Query))
	o := h.w.byAddr[a.To]
	if err != nil || o == h {
		h.w.t.Fatalf("%s asks %v: %v", h.self.ID, a, err)
	}
	if o == nil || !h.reaches(o) {
		h.later(3, Located{Number: a.Number})
		return
	}
	m := h.Machine
	h.w.after(1, func() {
		if o.up && h.Machine == m {
			answer, err := ParseAnswer(AppendAnswer(nil, o.Answer(q)))
			if err != nil {
				h.w.t.Fatal(err)
			}
			h.log("asks %s of %s for level %d: %+v", o.self.ID, q.Ring.Label(), q.Level, answer)
			h.Step(Located{Number: a.Number, Answer: answer})
			h.act()
		}
	})
}

func (h *simHost) pull(p Pull) {
	o := h.w.byAddr[p.From]
	if o == nil || !h.reaches(o) {
		return
	}
	if list, ok := o.List(p.Ring); ok {
		got, err := ParseList(AppendList(nil, list))
		if err != nil {
			h.w.t.Fatal(err)
		}
		h.later(1, Pulled{Ring: p.Ring, List: got})
	}
}

func (h *simHost) log(format string, args ...any) {
	h.w.trace = append(h.w.trace, fmt.Sprintf("%4d %s ", h.w.now, h.self.ID)+fmt.Sprintf(format, args...))
}
