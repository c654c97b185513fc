package graphtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/graph"
)

// Two hosts: c on h1 is a client of what s on h2 serves.
const (
	client = `(c:Process {exe: 'curl'})-[:RUNS_ON]->(h1:Host), (c)-[:CONNECTS_TO]->(e:Endpoint {port: 80})`
	server = `(s:Process {exe: 'nginx'})-[:RUNS_ON]->(h2:Host), (e:Endpoint {port: 80})-[:PROVIDED_BY]->(s)`

	dependencies = "MATCH (c)-[d:DEPENDS_ON]->(s) RETURN c.key, s.key, d.endpoints ORDER BY c.key, s.key"
)

func testEitherOrder(t *testing.T, s graph.Store) {
	c, srv := facts(t, "h1", "tcp", 1, client), facts(t, "h2", "tcp", 1, server)
	gone1, gone2 := facts(t, "h1", "tcp", 2, ""), facts(t, "h2", "tcp", 2, "")
	again1, again2 := facts(t, "h1", "tcp", 3, client), facts(t, "h2", "tcp", 3, server)

	apply(t, s, c)
	applied(t, s, graph.Applied{NodesAdded: 2, RelsAdded: 3}, srv)
	rows(t, s, dependencies, `"c" "s" ["e"]`)
	apply(t, s, gone1, gone2)
	rows(t, s, keys)
	apply(t, s, again2)
	applied(t, s, graph.Applied{NodesAdded: 2, RelsAdded: 3}, again1)
	rows(t, s, dependencies, `"c" "s" ["e"]`)
}

// A dependency goes with the connection, with the listening socket, and with nothing else.
func testDissolved(t *testing.T, s graph.Store) {
	const (
		twoWays  = client + `, (c)-[:CONNECTS_TO]->(e2:Endpoint {port: 443})`
		twoPorts = server + `, (e2:Endpoint {port: 443})-[:PROVIDED_BY]->(s)`
	)
	apply(t, s, facts(t, "h1", "tcp", 1, twoWays), facts(t, "h2", "tcp", 1, twoPorts))
	rows(t, s, dependencies, `"c" "s" ["e","e2"]`)
	applied(t, s, graph.Applied{RelsRemoved: 1, RelsChanged: 1}, facts(t, "h2", "tcp", 2, server))
	rows(t, s, dependencies, `"c" "s" ["e"]`)
	applied(t, s, graph.Applied{NodesRemoved: 1, RelsRemoved: 1}, facts(t, "h1", "tcp", 2, client)) // e2
	rows(t, s, dependencies, `"c" "s" ["e"]`)
	applied(t, s, graph.Applied{RelsRemoved: 2},
		facts(t, "h1", "tcp", 3, `(c:Process {exe: 'curl'})-[:RUNS_ON]->(h1:Host), (e:Endpoint {port: 80})`))
	rows(t, s, dependencies)
	apply(t, s, facts(t, "h1", "tcp", 4, client))
	rows(t, s, dependencies, `"c" "s" ["e"]`)
	applied(t, s, graph.Applied{NodesRemoved: 2, RelsRemoved: 3}, facts(t, "h2", "tcp", 3, ""))
	rows(t, s, dependencies)
}

func testEvidence(t *testing.T, s graph.Store) {
	apply(t, s, facts(t, "h1", "tcp", 1, client), facts(t, "h3", "tcp", 1, "(e:Endpoint {port: 80})-[:PROVIDED_BY]->(s:Process {exe: 'nginx'})"))
	apply(t, s, facts(t, "h3", "tcp", 2, ""))
	rows(t, s, dependencies)
	apply(t, s, facts(t, "h1", "tcp", 2, client))
	before := time.Now().UnixMilli()
	latest := facts(t, "h1", "tcp", 3, client+", (h1)-[:HAS]->(:Package)") // says of the connection what it said
	latest.Source.Hash = "latest"
	apply(t, s, latest, facts(t, "h2", "tcp", 1, server))
	after := time.Now().UnixMilli()
	const evidence = "MATCH ()-[d:DEPENDS_ON]->() RETURN d.documents, d.since_ms, d.since"
	first := query(t, s, evidence).Rows[0]
	if got, want := fmt.Sprint(first[0]), "[h1/tcp@latest h2/tcp@abc]"; got != want {
		t.Errorf("documents %s, want %s", got, want)
	}
	since, ok := first[1].(int64)
	if !ok || since < before || since > after {
		t.Errorf("since_ms %v, want %d to %d", first[1], before, after)
	}
	if want := time.UnixMilli(since).UTC().Format("2006-01-02T15:04:05.000Z"); first[2] != want {
		t.Errorf("since %v, want %s", first[2], want)
	}

	newer := facts(t, "h1", "tcp", 4, client+`, (c)-[:CONNECTS_TO]->(e2:Endpoint)`)
	newer.Source.Hash = "def"
	apply(t, s, newer, facts(t, "h2", "tcp", 2, server+`, (e2:Endpoint)-[:PROVIDED_BY]->(s)`))
	rows(t, s, dependencies, `"c" "s" ["e","e2"]`)
	if again := query(t, s, evidence).Rows[0]; fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("with one more endpoint the evidence began as %v, want %v as before", again, first)
	}
}

func testNoDependency(t *testing.T, s graph.Store) {
	apply(t, s, facts(t, "h", "tcp", 1,
		`(p:Process)-[:CONNECTS_TO]->(own:Endpoint)-[:PROVIDED_BY]->(p),
		 (p)-[:CONNECTS_TO]->(far:Endpoint),
		 (p)-[:CONNECTS_TO]->(odd:Host)-[:PROVIDED_BY]->(q:Process)`))
	rows(t, s, dependencies) // neither of itself, nor of nobody, nor by way of what is no endpoint
	apply(t, s, facts(t, "h", "more", 1, "(p:Process)-[:CONNECTS_TO]->(e:Endpoint)-[:PROVIDED_BY]->(q:Process)"))
	rows(t, s, dependencies, `"p" "q" ["e"]`)
}

// A small document of which too much follows is refused, whether it brings both sides or one; nothing of
// it stays.
func testTooManyPaths(t *testing.T, s graph.Store) {
	const clients, servers = "(c%d:Process)-[:CONNECTS_TO]->(e:Endpoint)", "(e:Endpoint)-[:PROVIDED_BY]->(s%[1]d:Process)"
	crowd := func(host, pattern string) graph.Facts {
		var parts []string
		for i := range 710 { // above the root of graph.MaxPaths
			parts = append(parts, fmt.Sprintf(pattern, i))
		}
		return facts(t, host, "tcp", 1, strings.Join(parts, ", "))
	}
	refused := func(f graph.Facts) {
		t.Helper()
		const want = "more than 500000 pairs of CONNECTS_TO and PROVIDED_BY"
		if _, err := s.Apply(t.Context(), []graph.Facts{f}); !errors.Is(err, graph.ErrRefused) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %v: %s", f.Source.Host, err, graph.ErrRefused, want)
		}
	}
	refused(crowd("h1", clients+", "+servers))
	rows(t, s, keys)
	apply(t, s, crowd("h1", clients))
	refused(crowd("h2", servers))
	apply(t, s, facts(t, "h2", "tcp", 1, "(e:Endpoint)-[:PROVIDED_BY]->(s:Process)"))
	rows(t, s, "MATCH ()-[d:DEPENDS_ON]->() RETURN count(d)", "710")
}

// A query sees a batch whole or not at all.
func testConcurrent(t *testing.T, s graph.Store) {
	version := func(seq uint64) graph.Facts {
		var nodes []string
		for i := range 20 {
			nodes = append(nodes, fmt.Sprintf("(n%d:Host {v: %d})", i, seq))
		}
		return facts(t, "h", "os", seq, strings.Join(nodes, ", "))
	}
	apply(t, s, version(1))
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				res, err := s.Query(t.Context(), "MATCH (n:Host) RETURN count(n), count(DISTINCT n.v)", nil)
				if err != nil || len(res.Rows) != 1 || res.Rows[0][0] != int64(20) || res.Rows[0][1] != int64(1) {
					t.Errorf("a query saw %+v, %v; want 20 hosts of 1 version", res, err)
					return
				}
			}
		})
	}
	for seq := range uint64(40) {
		apply(t, s, version(2+seq))
	}
	close(done)
	readers.Wait()
}

func testReopen(t *testing.T, open func(t *testing.T) graph.Store) {
	s := open(t)
	apply(t, s, facts(t, "h1", "tcp", 1, client), facts(t, "h2", "tcp", 1, server))
	apply(t, s, facts(t, "h1", "one", 1, "(x:Host {v: 1, w: 9007199254740993})"), facts(t, "h2", "two", 1, "(x:Host:More {v: 2, f: 3.0, l: ['a', 'b']})"))
	apply(t, s, facts(t, "h1", "one", 2, "(x:Host {v: 3, w: 9007199254740993})"), facts(t, "h3", "gone", 7, ""))
	want, id, evidence := dump(t, s), s.ID(), fmt.Sprint(query(t, s, "MATCH ()-[d:DEPENDS_ON]->() RETURN d.documents, d.since").Rows)
	if id == "" {
		t.Error("a store without an id")
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Query(t.Context(), "RETURN 1", nil); err == nil {
			t.Error("a closed store answers")
		}
		if _, err := s.Apply(t.Context(), nil); err == nil {
			t.Error("a closed store applies")
		}
		s = open(t)
		if got := dump(t, s); got != want {
			t.Errorf("reopened\n%s\nwant\n%s", got, want)
		}
		if got := fmt.Sprint(query(t, s, "MATCH ()-[d:DEPENDS_ON]->() RETURN d.documents, d.since").Rows); got != evidence || s.ID() != id {
			t.Errorf("reopened with evidence %s and id %s, want %s and %s", got, s.ID(), evidence, id)
		}
	}
	rows(t, s, "MATCH (x:Host {key: 'x'}) RETURN x.v, x.w, x:More", `3 9007199254740993 true`)
	applied(t, s, graph.Applied{Stale: 1}, facts(t, "h3", "gone", 6, "(y:Host)"))
	applied(t, s, graph.Applied{NodesChanged: 1}, facts(t, "h1", "one", 3, ""))
	rows(t, s, "MATCH (x:More {key: 'x'}) RETURN x.v", "2")
	applied(t, s, graph.Applied{NodesRemoved: 2, RelsRemoved: 3}, facts(t, "h2", "tcp", 2, ""))
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

// However the documents of several hosts are interleaved and cut into batches, the graph comes out the
// same, and its dependencies are those that a search finds.
func testAnyOrder(t *testing.T, open func(t *testing.T) graph.Store) {
	for seed := range uint64(6) {
		rng := rand.New(rand.NewPCG(seed, 7))
		hosts := make([][]graph.Facts, 3)
		for h := range hosts {
			for seq := range uint64(6) {
				hosts[h] = append(hosts[h], randomFacts(t, rng, h, seq+1))
			}
		}
		var first string
		for order := range 3 {
			t.Run(fmt.Sprintf("seed=%d/order=%d", seed, order), func(t *testing.T) {
				s := open(t)
				defer s.Close()
				for _, batch := range interleave(rng, hosts) {
					apply(t, s, batch...)
				}
				got := dump(t, s)
				if order == 0 {
					first = got
				}
				if got != first {
					t.Errorf("the graph is\n%s\nand in another order\n%s", got, first)
				}
				rows(t, s, dependencies, lines(t, query(t, s, `MATCH (c)-[:CONNECTS_TO]->(e:Endpoint)-[:PROVIDED_BY]->(s) WHERE c <> s
					WITH c, s, e.key AS e ORDER BY e RETURN c.key, s.key, collect(e) ORDER BY c.key, s.key`))...)
			})
		}
	}
}

// randomFacts are a host's processes, which use endpoints that all hosts share and serve those of their own:
// of what several served, the order would decide who has it.
func randomFacts(t *testing.T, rng *rand.Rand, host int, seq uint64) graph.Facts {
	parts := []string{fmt.Sprintf("(h%d:Host {v: %d})", host, seq)}
	for range rng.IntN(8) {
		p, e := fmt.Sprintf("(p%d_%d:Process)", host, rng.IntN(3)), rng.IntN(4)
		if rng.IntN(2) == 0 {
			parts = append(parts, fmt.Sprintf("%s-[:CONNECTS_TO]->(e%d:Endpoint {port: %d})", p, e, e))
		} else {
			parts = append(parts, fmt.Sprintf("(e%d:Endpoint {port: %d})-[:PROVIDED_BY]->%s", host, host, p))
		}
	}
	f := facts(t, fmt.Sprint("h", host), fmt.Sprint("tcp", rng.IntN(2)), seq, strings.Join(parts, ", "))
	seen := map[graph.RelRef]bool{} // a draw may repeat
	rels := f.Rels[:0]
	for _, r := range f.Rels {
		if !seen[r.Ref()] {
			seen[r.Ref()] = true
			rels = append(rels, r)
		}
	}
	f.Rels = rels
	return f
}

// interleave deals the hosts' documents into one order that keeps each host's own, cut into batches.
func interleave(rng *rand.Rand, hosts [][]graph.Facts) (batches [][]graph.Facts) {
	next := make([]int, len(hosts))
	var batch []graph.Facts
	for {
		var left []int
		for h := range hosts {
			if next[h] < len(hosts[h]) {
				left = append(left, h)
			}
		}
		if len(left) == 0 {
			return append(batches, batch)
		}
		h := left[rng.IntN(len(left))]
		batch = append(batch, hosts[h][next[h]])
		next[h]++
		if rng.IntN(3) == 0 {
			batches, batch = append(batches, batch), nil
		}
	}
}
