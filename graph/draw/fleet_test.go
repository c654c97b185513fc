package draw

import (
	"fmt"
	"math/rand/v2"
)

// fleetOf is a made fleet of n hosts in three tiers, by chance from a seed: proxies, web servers,
// applications, databases that replicate in a circle, resolvers that all use, and hosts of which nothing
// depends. Some hosts are dead, shut down, unknown or at risk.
func fleetOf(n int, seed uint64) Picture {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := Picture{
		Title:  fmt.Sprintf("Services of %d hosts", n),
		Legend: []Look{{Text: "depends on"}, {Text: "one of several that do", Dashed: true}},
	}
	tiers := []struct {
		name     string
		share    int // in 20 of the hosts
		services []string
		port     string
	}{
		{"proxy", 1, []string{"haproxy :443", "sshd :22"}, ":443"},
		{"web", 8, []string{"nginx :8080", "sshd :22"}, ":8080"},
		{"app", 5, []string{"java :9000", "filebeat", "sshd :22"}, ":9000"},
		{"db", 2, []string{"postgres :5432", "redis-server :6379"}, ":5432"},
		{"dns", 1, []string{"unbound :53"}, ":53"},
		{"build", 3, []string{"sshd :22", "cron"}, ""},
	}
	var ids [6][]string
	for t, tier := range tiers {
		for i := range max(1, n*tier.share/20) {
			b := Box{ID: fmt.Sprintf("%s%d", tier.name, i+1), Title: fmt.Sprintf("%s%d", tier.name, i+1), Details: []string{"Debian GNU/Linux 12 (bookworm)", "192.0.2.17"}}
			if rng.IntN(12) == 0 {
				b.State = State(rng.IntN(5))
			}
			for _, s := range tier.services {
				r := Row{Kind: Service, Label: s, Root: s == "sshd :22", Details: []string{"/usr/sbin/" + s}}
				if s == "filebeat" || s == "cron" {
					r.Kind = Client
				}
				b.Rows = append(b.Rows, r)
			}
			p.Boxes = append(p.Boxes, b)
			ids[t] = append(ids[t], b.ID)
		}
	}
	join := func(from, to, many int) {
		for _, id := range ids[from] {
			for range many {
				p.Edges = append(p.Edges, Edge{From: End{id, 1}, To: End{ids[to][rng.IntN(len(ids[to]))], 1}, Look: p.Legend[0], Label: tiers[to].port})
			}
		}
	}
	join(0, 1, 4)
	join(1, 2, 2)
	join(2, 3, 1)
	for i, id := range ids[3] {
		p.Edges = append(p.Edges, Edge{From: End{id, 1}, To: End{id, 2}, Look: p.Legend[0], Label: ":6379"},
			Edge{From: End{id, 2}, To: End{ids[3][(i+1)%len(ids[3])], 2}, Look: p.Legend[0], Label: ":6379"})
	}
	for _, id := range ids[2] {
		p.Edges = append(p.Edges, Edge{From: End{Box: id}, To: End{ids[4][0], 1}, Look: p.Legend[1], Label: "resolvers"})
	}
	return p
}
