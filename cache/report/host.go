package report

import (
	"fmt"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// maxHostBytes bounds the contents of one host that are held at the same time.
const maxHostBytes = 64 << 20

// Place is a host of an answer, and how old the news of it is.
type Place struct {
	Site  string `json:"site"`
	Host  string `json:"host"`
	AgeMS int64  `json:"age_ms"` // since the host was last seen, by the cache server's clock
	Stale bool   `json:"stale,omitempty"`
}

// Age is the time since the host was last seen.
func (p Place) Age() time.Duration { return time.Duration(p.AgeMS) * time.Millisecond }

// Host is what the cache has of one host, of what a report asked for.
type Host struct {
	Place
	Files   map[string][]byte // contents by path
	Notices map[string]string // by path, why there is no content
	bytes   int               // of all contents
}

func (h *Host) add(r cache.Row) {
	switch {
	case r.Notice != "":
		h.Notices[r.Path] = r.Notice
	case h.bytes+len(r.Content) > maxHostBytes:
		h.Notices[r.Path] = fmt.Sprintf("left out: a report holds %d bytes of a host", maxHostBytes)
	default:
		h.Files[r.Path] = r.Content
		h.bytes += len(r.Content)
	}
}

// Gatherer makes hosts of rows. Sites may have hosts of the same name.
type Gatherer struct {
	take  func(*Host)
	hosts []*Host // of one name, each of another site, of which all rows have not come yet
}

// NewGatherer returns a Gatherer that calls take with each host when all its rows have come.
func NewGatherer(take func(*Host)) *Gatherer { return &Gatherer{take: take} }

// Add takes the next row; rows come in the order of host names.
func (g *Gatherer) Add(r cache.Row) {
	if len(g.hosts) > 0 && g.hosts[0].Host != r.Host {
		g.End()
	}
	for _, h := range g.hosts {
		if h.Site == r.Site {
			h.add(r)
			return
		}
	}
	h := &Host{
		Place: Place{Site: r.Site, Host: r.Host, AgeMS: r.Age.Milliseconds(), Stale: r.Stale},
		Files: map[string][]byte{}, Notices: map[string]string{},
	}
	h.add(r)
	g.hosts = append(g.hosts, h)
}

// End passes on what has no successor.
func (g *Gatherer) End() {
	for _, h := range g.hosts {
		g.take(h)
	}
	g.hosts = nil
}
