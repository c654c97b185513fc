package main

import (
	"cmp"
	"slices"

	"github.com/assim-mesh/assim/cma/api"
)

// place is a host in its rings, as --json shows it. Watches and WatchedBy are those of its ring of hosts.
type place struct {
	Host      string      `json:"host"`
	HostID    string      `json:"host_id"`
	Status    string      `json:"status"`
	Watches   []string    `json:"watches"`
	WatchedBy []string    `json:"watched_by"`
	Rings     []ringPlace `json:"rings"`
	Segments  []string    `json:"segments"`
}

// ringPlace is a host in one of its rings.
type ringPlace struct {
	Ring       string   `json:"ring"`
	Level      int      `json:"level"`
	Members    int      `json:"members"`    // as they say
	Represents bool     `json:"represents"` // it represents the ring in the one above
	Watches    []string `json:"watches"`
	WatchedBy  []string `json:"watched_by"`
}

// placesOf turns circles into the places of hosts, sorted by name.
func placesOf(circles []circle, views []api.RingView) []place {
	segments := map[string][]string{}
	for _, v := range views {
		segments[v.HostID] = v.Segments
	}
	byID := map[string]*place{}
	for _, c := range slices.Backward(circles) { // lowest level first
		for i, s := range c.seats {
			p := byID[s.id]
			if p == nil {
				p = &place{Host: s.name, HostID: s.id, Status: s.status, Watches: []string{}, WatchedBy: []string{}, Segments: segments[s.id]}
				byID[s.id] = p
			}
			r := ringPlace{Ring: c.name, Level: c.level, Members: max(c.said, len(c.seats)), Represents: s.office}
			r.Watches, r.WatchedBy = c.watchesOf(i)
			if c.level == 0 {
				p.Watches, p.WatchedBy = r.Watches, r.WatchedBy
			}
			p.Rings = append(p.Rings, r)
		}
	}
	places := []place{}
	for _, p := range byID {
		p.Segments = append([]string{}, p.Segments...) // none is [], not null
		places = append(places, *p)
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.HostID, b.HostID)) })
	return places
}

// watchesOf names whom a seat watches and who watches it, both sorted.
func (c circle) watchesOf(at int) (watches, watchedBy []string) {
	watches, watchedBy = []string{}, []string{} // none is [], not null
	for _, w := range c.watches {
		if w.from == at || w.to == at && w.back {
			watches = append(watches, c.seats[w.from+w.to-at].name)
		}
		if w.to == at || w.from == at && w.back {
			watchedBy = append(watchedBy, c.seats[w.from+w.to-at].name)
		}
	}
	slices.Sort(watches)
	slices.Sort(watchedBy)
	return watches, watchedBy
}
