package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// circle is a ring as it is drawn: its members in the order in which they watch each other.
type circle struct {
	label   string
	name    string
	level   int // 0: of hosts; above: of representatives
	said    int // members there are, as the members themselves say
	seats   []seat
	watches []watch // by from, to
}

// seat is a member of a circle.
type seat struct {
	id     string
	name   string
	status string // as the CMA says: up, dead, unknown, shutdown; empty if it says nothing
	office bool   // it represents the ring in the one above
	told   bool   // it has told the CMA whom it watches
}

// watchState is how it stands between two members that watch each other.
type watchState int

// From what is well to what is worst.
const (
	mutual  watchState = iota // each watches the other
	oneWay                    // from watches to, and to does not watch from
	trouble                   // one of the two can't reach the other, further members can
	gone                      // from watches to, which is not up
)

// watch joins two seats. For each pair there is one; if each watches the other, from is the lower.
type watch struct {
	from, to int
	back     bool // to watches from as well
	state    watchState
}

// sentence says how it stands between the two of w.
func (c circle) sentence(w watch) string {
	from, to := printable(c.seats[w.from].name), printable(c.seats[w.to].name)
	switch {
	case w.state == oneWay && !c.seats[w.to].told:
		return from + " watches " + to + ", which has not told whom it watches"
	case w.state == oneWay:
		return from + " watches " + to + ", which does not watch it"
	case w.state == trouble:
		return "the link between " + from + " and " + to + " fails, others reach both"
	case w.state == gone:
		return from + " watches " + to + ", which is gone"
	}
	return from + " and " + to + " watch each other"
}

// circlesOf arranges what the hosts tell of their rings: highest level first, then by name. status has
// what is known of hosts by id, and troubled the ids of pairs with a link that is down.
func circlesOf(views []api.RingView, status map[string]string, troubled map[[2]string]bool) []circle {
	a := arrangement{status: status, troubled: troubled, views: map[string]api.RingView{}}
	byLabel := map[string]*circle{}
	for _, v := range views {
		a.views[v.HostID] = v
		for _, m := range v.Rings {
			c := byLabel[m.Label]
			if c == nil {
				c = &circle{label: m.Label, name: m.Name, level: m.Level}
				byLabel[m.Label] = c
			}
			c.said = max(c.said, m.Members)
			c.seats = append(c.seats, seat{id: v.HostID, name: v.Host, status: cmp.Or(status[v.HostID], "up"), office: m.Office != "", told: true})
		}
	}
	var all []circle
	for _, c := range byLabel {
		a.seatOthers(c)
		a.join(c)
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b circle) int {
		return cmp.Or(cmp.Compare(b.level, a.level), cmp.Compare(a.name, b.name), cmp.Compare(a.label, b.label))
	})
	return all
}

// arrangement is what is known while circles are made.
type arrangement struct {
	views    map[string]api.RingView // by host id
	status   map[string]string
	troubled map[[2]string]bool
}

// seatOthers adds who is watched in a base ring and told nothing itself, and puts all in the order of
// the circle.
func (a arrangement) seatOthers(c *circle) {
	seated := map[string]bool{}
	for _, s := range c.seats {
		seated[s.id] = true
	}
	for _, s := range slices.Clone(c.seats) {
		for _, m := range a.views[s.id].Watching {
			id := string(m.ID)
			if _, told := a.views[id]; !told && !seated[id] && c.level == 0 {
				seated[id] = true
				c.seats = append(c.seats, seat{id: id, name: m.Name, status: a.status[id]})
			}
		}
	}
	slices.SortFunc(c.seats, func(a, b seat) int {
		placeA, placeB := sha256.Sum256([]byte(a.id)), sha256.Sum256([]byte(b.id)) // package ring's order
		return bytes.Compare(placeA[:], placeB[:])
	})
}

// join draws the watches between the seats of c.
func (a arrangement) join(c *circle) {
	at := map[string]int{}
	for i, s := range c.seats {
		at[s.id] = i
	}
	watches := map[[2]int]bool{}
	for from, s := range c.seats {
		for _, m := range a.views[s.id].Watching {
			if to, seated := at[string(m.ID)]; seated && a.watchedIn(*c, from, to) {
				watches[[2]int{from, to}] = true
			}
		}
	}
	for pair := range watches {
		from, to := pair[0], pair[1]
		w := watch{from: from, to: to, back: watches[[2]int{to, from}], state: oneWay}
		idFrom, idTo := c.seats[from].id, c.seats[to].id
		switch {
		case w.back && from > to:
			continue // the other way round it is the same
		case a.troubled[[2]string{idFrom, idTo}] || a.troubled[[2]string{idTo, idFrom}]:
			w.state = trouble
		case w.back:
			w.state = mutual
		case c.seats[to].status != "up" && c.seats[to].status != "":
			w.state = gone
		}
		c.watches = append(c.watches, w)
	}
	slices.SortFunc(c.watches, func(a, b watch) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
}

// watchedIn reports whether it is in c that one seat watches another. Hosts don't say in which ring they
// watch whom; two that meet in several do it where they are neighbours, at most 2 places apart.
func (a arrangement) watchedIn(c circle, from, to int) bool {
	common := 0
	for _, m := range a.views[c.seats[from].id].Rings {
		if slices.ContainsFunc(a.views[c.seats[to].id].Rings, func(o api.RingMember) bool { return o.Label == m.Label }) {
			common++
		}
	}
	apart := max(from-to, to-from)
	return common < 2 || min(apart, len(c.seats)-apart) <= 2
}

// complete reports whether every member has told whom it watches.
func (c circle) complete() bool {
	return len(c.seats) >= c.said && !slices.ContainsFunc(c.seats, func(s seat) bool { return !s.told })
}

// unwatched lists the seats that nobody watches, in order: none as long as somebody may watch them who
// has not told it, and none for a member that is alone.
func (c circle) unwatched() (seats []int) {
	if !c.complete() || len(c.seats) == 1 {
		return nil
	}
	watched := make([]bool, len(c.seats))
	for _, w := range c.watches {
		watched[w.to] = true
		if w.back {
			watched[w.from] = true
		}
	}
	for i := range c.seats {
		if !watched[i] {
			seats = append(seats, i)
		}
	}
	return seats
}

// troubledLinks are the pairs of witness and subject, by their ids, whose link was told to be down and
// not to be up again. events are in the order received.
func troubledLinks(events []api.EventRecord) map[[2]string]bool {
	down := map[[2]string]bool{}
	for _, e := range events {
		pair := [2]string{string(e.Witness), string(e.Subject.ID)}
		switch e.Kind {
		case ring.Link:
			down[pair] = true
		case ring.LinkUp:
			delete(down, pair)
		case ring.Dead, ring.Shutdown, ring.Alive, ring.Restarted: // with its subject went the link
			for p := range down {
				if p[1] == pair[1] {
					delete(down, p)
				}
			}
		}
	}
	return down
}
