package graphtest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// An address that two hosts have, a service on it, and a client of that.
const (
	placed = "MATCH (n)-[r:ON|PROVIDED_BY]->(m) RETURN n.key, type(r), m.key ORDER BY n.key, m.key"
	vip    = "(ip:IP {address: '192.0.2.9'})"
)

func hasAddress(t *testing.T, host string, seq uint64, more string) graph.Facts {
	t.Helper()
	return facts(t, host, "net", seq, fmt.Sprintf("%s-[:ON]->(eth_%s:NIC)%s", vip, host, more))
}

func serves(t *testing.T, host string, seq uint64, more string) graph.Facts {
	t.Helper()
	return facts(t, host, "tcp", seq, fmt.Sprintf("(e:Endpoint {port: 80})-[:PROVIDED_BY]->(s_%s:Process)%s", host, more))
}

// An address goes to the host that said last that it has it, the services on it go with it, and both come
// back when that host takes it back.
func testFailover(t *testing.T, s graph.Store) {
	apply(t, s, facts(t, "c", "tcp", 1, "(c:Process)-[:CONNECTS_TO]->(e:Endpoint {port: 80})"))
	apply(t, s, hasAddress(t, "a", 1, ""), serves(t, "a", 1, ""))
	rows(t, s, dependencies, `"c" "s_a" ["e"]`)

	applied(t, s, graph.Applied{NodesAdded: 2, RelsAdded: 3, RelsRemoved: 3, Moves: moved("a", "b")},
		hasAddress(t, "b", 1, ""), serves(t, "b", 1, ""))
	onB := []string{`"e" "PROVIDED_BY" "s_b"`, `"ip" "ON" "eth_b"`}
	rows(t, s, placed, onB...)
	rows(t, s, dependencies, `"c" "s_b" ["e"]`)

	applied(t, s, graph.Applied{}, hasAddress(t, "a", 1, ""), serves(t, "a", 1, "")) // derived anew
	applied(t, s, graph.Applied{NodesAdded: 1}, hasAddress(t, "a", 2, ", (eth1:NIC)"))
	applied(t, s, graph.Applied{NodesAdded: 1, RelsAdded: 1}, serves(t, "a", 2, ", (e2:Endpoint)-[:PROVIDED_BY]->(s_a)"))
	rows(t, s, placed, onB[0], `"e2" "PROVIDED_BY" "s_a"`, onB[1])

	applied(t, s, graph.Applied{NodesRemoved: 2, RelsAdded: 3, RelsRemoved: 3, Moves: moved("b", "a")},
		facts(t, "b", "net", 2, ""), facts(t, "b", "tcp", 2, ""))
	rows(t, s, placed, `"e" "PROVIDED_BY" "s_a"`, `"e2" "PROVIDED_BY" "s_a"`, `"ip" "ON" "eth_a"`)
	rows(t, s, dependencies, `"c" "s_a" ["e"]`)
	applied(t, s, graph.Applied{NodesRemoved: 4, RelsRemoved: 4, Moves: moved("a", "")},
		facts(t, "a", "net", 3, ""), facts(t, "a", "tcp", 3, "(s_a:Process)"))
	rows(t, s, placed)
}

// Who has lost an address may say so, or take another interface for it, and who has it last need not be
// who came first.
func testLine(t *testing.T, s graph.Store) {
	apply(t, s, hasAddress(t, "a", 1, ""))
	apply(t, s, hasAddress(t, "b", 1, ""))
	apply(t, s, hasAddress(t, "c", 1, ""))
	applied(t, s, graph.Applied{NodesRemoved: 1}, facts(t, "b", "net", 2, "(ip:IP {address: '192.0.2.9'})")) // eth_b
	rows(t, s, placed, `"ip" "ON" "eth_c"`)
	apply(t, s, facts(t, "b", "net", 3, vip+"-[:ON]->(bond0:NIC)"))
	apply(t, s, facts(t, "a", "net", 2, vip+"-[:ON]->(bond1:NIC)"))
	rows(t, s, placed, `"ip" "ON" "bond1"`)
	apply(t, s, facts(t, "a", "net", 3, ""))
	rows(t, s, placed, `"ip" "ON" "bond0"`)
	apply(t, s, facts(t, "b", "net", 4, ""))
	rows(t, s, placed, `"ip" "ON" "eth_c"`)

	// Within one batch the last document counts, and a host that hands over moves it once.
	done := apply(t, s, hasAddress(t, "d", 1, ""), hasAddress(t, "e", 1, ""), facts(t, "c", "net", 2, ""))
	if want := moved("c", "e"); !reflect.DeepEqual(done.Moves, want) {
		t.Errorf("moves %+v, want %+v", done.Moves, want)
	}
	rows(t, s, placed, `"ip" "ON" "eth_e"`)
}

// One host may have an address on several interfaces, and several processes behind one endpoint, whichever
// of its documents say so.
func testOneHost(t *testing.T, s graph.Store) {
	const two = "(e:Endpoint {port: 80})-[:PROVIDED_BY]->(s1:Process), (e)-[:PROVIDED_BY]->(s2:Process)"
	own := []string{`"e" "PROVIDED_BY" "s1"`, `"e" "PROVIDED_BY" "s2"`, `"e" "PROVIDED_BY" "s3"`}
	apply(t, s, facts(t, "a", "tcp", 1, two), facts(t, "a", "tcp2", 1, "(e:Endpoint {port: 80})-[:PROVIDED_BY]->(s3:Process), (e)-[:PROVIDED_BY]->(s1:Process)"))
	rows(t, s, placed, own...)
	applied(t, s, graph.Applied{NodesAdded: 1, RelsAdded: 1, RelsRemoved: 3}, serves(t, "b", 1, ""))
	rows(t, s, placed, `"e" "PROVIDED_BY" "s_b"`)
	applied(t, s, graph.Applied{NodesRemoved: 1, RelsAdded: 3, RelsRemoved: 1}, facts(t, "b", "tcp", 2, ""))
	rows(t, s, placed, own...)
	applied(t, s, graph.Applied{NodesRemoved: 1, RelsRemoved: 1}, facts(t, "a", "tcp", 2, "")) // tcp2 says the rest
	rows(t, s, placed, own[0], own[2])
}

// Who gives up an address before another has it leaves it to nobody, of which two batches tell and one
// does not.
func testVacated(t *testing.T, s graph.Store) {
	without := func(host string, seq uint64) graph.Facts {
		return facts(t, host, "net", seq, fmt.Sprintf("(eth_%s:NIC)", host))
	}
	applied(t, s, graph.Applied{NodesAdded: 2, RelsAdded: 1, Moves: moved("", "a")}, hasAddress(t, "a", 1, ""))
	applied(t, s, graph.Applied{NodesRemoved: 1, RelsRemoved: 1, Moves: moved("a", "")}, without("a", 2))
	applied(t, s, graph.Applied{NodesAdded: 2, RelsAdded: 1, Moves: moved("", "b")}, hasAddress(t, "b", 1, ""))
	applied(t, s, graph.Applied{RelsAdded: 1, RelsRemoved: 1, Moves: moved("b", "a")}, without("b", 2), hasAddress(t, "a", 3, ""))
	applied(t, s, graph.Applied{}, without("b", 3))
	applied(t, s, graph.Applied{}, without("a", 4), hasAddress(t, "a", 5, "")) // the last of them alone counts
	rows(t, s, placed, `"ip" "ON" "eth_a"`)
}

func moved(from, to string) []graph.Move { return []graph.Move{{IP: "ip", From: from, To: to}} }

func testReopenLine(t *testing.T, open func(t *testing.T) graph.Store) {
	s := open(t)
	for _, host := range []string{"c", "a", "b"} {
		apply(t, s, hasAddress(t, host, 1, ""), serves(t, host, 1, ""))
	}
	for _, want := range []string{"b", "a", "c"} {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		s = open(t)
		rows(t, s, placed, fmt.Sprintf(`"e" "PROVIDED_BY" "s_%s"`, want), fmt.Sprintf(`"ip" "ON" "eth_%s"`, want))
		apply(t, s, facts(t, want, "net", 2, ""), facts(t, want, "tcp", 2, ""))
	}
	rows(t, s, placed)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// Whatever documents come in whatever order, who has what is what a plain account of who came last says.
func testContests(t *testing.T, open func(t *testing.T) graph.Store) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 11))
			hosts := make([][]graph.Facts, 3)
			for h := range hosts {
				for seq := range uint64(10) {
					hosts[h] = append(hosts[h], rivalFacts(t, rng, h, seq+1))
				}
			}
			s, want := open(t), newAccount()
			defer s.Close()
			for i, batch := range interleave(rng, hosts) {
				done, moves := apply(t, s, batch...), want.apply(batch)
				if got := lines(t, query(t, s, placed)); !slices.Equal(got, want.placed()) {
					t.Fatalf("batch %d: got\n\t%s\nwant\n\t%s", i, strings.Join(got, "\n\t"), strings.Join(want.placed(), "\n\t"))
				}
				slices.SortFunc(done.Moves, func(a, b graph.Move) int { return strings.Compare(a.IP, b.IP) })
				if !slices.Equal(done.Moves, moves) {
					t.Fatalf("batch %d: moves %v, want %v", i, done.Moves, moves)
				}
			}
			rows(t, s, dependencies, lines(t, query(t, s, `MATCH (c)-[:CONNECTS_TO]->(e:Endpoint)-[:PROVIDED_BY]->(s) WHERE c <> s
				WITH c, s, e.key AS e ORDER BY e RETURN c.key, s.key, collect(e) ORDER BY c.key, s.key`))...)
		})
	}
}

// rivalFacts are what one of two documents of a host says of addresses and endpoints that all claim.
func rivalFacts(t *testing.T, rng *rand.Rand, host int, seq uint64) graph.Facts {
	said := map[string]bool{}
	for range rng.IntN(5) {
		node, target := rng.IntN(2), fmt.Sprintf("%d_%d", host, rng.IntN(2))
		switch rng.IntN(4) {
		case 0:
			said[fmt.Sprintf("(p%s:Process)-[:CONNECTS_TO]->(e%d:Endpoint)", target, node)] = true
		case 1:
			said[fmt.Sprintf("(ip%d:IP)-[:ON]->(n%s:NIC)", node, target)] = true
		case 2:
			said[fmt.Sprintf("(e%d:Endpoint)-[:PROVIDED_BY]->(p%s:Process)", node, target)] = true
		default: // what another host says too
			said[fmt.Sprintf("(e%d:Endpoint)-[:PROVIDED_BY]->(p0_0:Process)", node)] = true
		}
	}
	return facts(t, fmt.Sprint("h", host), fmt.Sprint("doc", rng.IntN(2)), seq, strings.Join(slices.Sorted(maps.Keys(said)), ", "))
}

// account is the rule of graph.Exclusive in the plainest words: all that documents assert, and when each
// host last came to assert anything of a slot.
type account struct {
	clock int
	says  map[graph.Claimant]map[graph.RelRef]bool
	came  map[graph.Slot]map[string]int
}

func newAccount() *account {
	return &account{says: map[graph.Claimant]map[graph.RelRef]bool{}, came: map[graph.Slot]map[string]int{}}
}

// apply returns the moves, by address.
func (a *account) apply(batch []graph.Facts) (moves []graph.Move) {
	was := map[graph.Slot]string{}
	for slot := range a.came {
		was[slot] = a.holder(slot)
	}
	newest, _ := graph.Newest(batch)
	for _, f := range newest {
		a.clock++
		says := map[graph.RelRef]bool{}
		for _, rel := range f.Rels {
			slot, exclusive := rel.Ref().Slot()
			if !exclusive {
				continue
			}
			if says[rel.Ref()] = true; !a.says[f.Source.Claimant()][rel.Ref()] {
				if a.came[slot] == nil {
					a.came[slot] = map[string]int{}
				}
				a.came[slot][f.Source.Host] = a.clock
			}
		}
		a.says[f.Source.Claimant()] = says
	}
	for slot := range a.came {
		from, to := was[slot], a.holder(slot)
		if slot.Type == graph.On && from != to {
			moves = append(moves, graph.Move{IP: slot.From.Key, From: from, To: to})
		}
	}
	slices.SortFunc(moves, func(a, b graph.Move) int { return strings.Compare(a.IP, b.IP) })
	return moves
}

// holder is the host that came last of those that still assert something.
func (a *account) holder(slot graph.Slot) (host string) {
	last := 0
	for d, says := range a.says {
		for rel := range says {
			if of, _ := rel.Slot(); of == slot && a.came[slot][d.Host] > last {
				host, last = d.Host, a.came[slot][d.Host]
			}
		}
	}
	return host
}

// placed are the rows of the query placed.
func (a *account) placed() []string {
	in := map[string]bool{}
	for d, says := range a.says {
		for rel := range says {
			if slot, _ := rel.Slot(); a.holder(slot) == d.Host {
				in[fmt.Sprintf("%q %q %q", rel.From.Key, rel.Type, rel.To.Key)] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(in))
}
