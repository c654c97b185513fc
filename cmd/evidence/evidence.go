package evidence

import (
	"cmp"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// Relationship is what is to be shown. Endpoints and Documents are those of graph.Resolved, and empty for a
// relationship that documents assert by themselves.
type Relationship struct {
	graph.RelRef
	Endpoints []string // keys
	Documents []string // "HOSTID/INSTANCE@HASH"
}

// Document is one that shows a relationship.
type Document struct {
	HostID     string `json:"host_id"`
	Host       string `json:"host"` // its name; empty if nothing is held of it
	Instance   string `json:"instance"`
	Standing   string `json:"standing"`              // one of those below
	ReceivedMS int64  `json:"received_ms,omitempty"` // when the CMA got what it holds now, by its clock
	AgeMS      int64  `json:"age_ms,omitempty"`      // how long ago the CMA heard of the host
}

// Standings of a document.
const (
	Stands    = "stands"             // what is held says so
	Renewed   = "stands, changed"    // what is held says so too, but it has changed since it showed it first
	NoLonger  = "says so no more"    // what is held does not say so
	Withdrawn = "withdrawn"          // nothing is held under its name
	NotRead   = "changed, too large" // whether what is held says so, can't be told: its data did not come
)

// Hosts returns the ids of the hosts whose documents showed a relationship first, sorted.
func (r Relationship) Hosts() []string {
	var ids []string
	for _, name := range r.Documents {
		host, _, _ := parse(name)
		ids = append(ids, host)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Of returns the documents that show a relationship, sorted by host and instance. held is what the CMA holds
// of the hosts that can have a say in it, by their ids.
func Of(r Relationship, held map[string]api.HostDetail) []Document {
	halves := r.halves()
	var shown []Document
	for _, name := range r.Documents {
		id, instance, hash := parse(name)
		shown = append(shown, first(held, id, instance, hash, halves))
	}
	for id, host := range held {
		for _, d := range host.Sealed {
			known := slices.ContainsFunc(shown, func(s Document) bool { return s.HostID == id && s.Instance == d.Instance })
			if !known && asserts(host, d.Document, halves) {
				shown = append(shown, describe(host, d, Stands))
			}
		}
	}
	slices.SortFunc(shown, func(a, b Document) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.HostID, b.HostID), cmp.Compare(a.Instance, b.Instance))
	})
	return shown
}

// first is what has become of a document that showed a relationship first.
func first(held map[string]api.HostDetail, id, instance, hash string, halves []graph.RelRef) Document {
	host := held[id]
	i := slices.IndexFunc(host.Sealed, func(d api.DocumentState) bool { return d.Instance == instance })
	if i < 0 {
		return Document{HostID: id, Host: host.Name, Instance: instance, Standing: Withdrawn, AgeMS: host.AgeMS}
	}
	d := host.Sealed[i]
	switch {
	case d.Hash == hash:
		return describe(host, d, Stands)
	case len(d.Data) == 0 || string(d.Data) == "null":
		return describe(host, d, NotRead)
	case asserts(host, d.Document, halves):
		return describe(host, d, Renewed)
	}
	return describe(host, d, NoLonger)
}

func describe(host api.HostDetail, d api.DocumentState, standing string) Document {
	return Document{HostID: host.ID, Host: host.Name, Instance: d.Instance, Standing: standing, ReceivedMS: d.ReceivedMS, AgeMS: host.AgeMS}
}

// halves are the relationships that a document has to assert to show r.
func (r Relationship) halves() []graph.RelRef {
	if len(r.Documents) == 0 {
		return []graph.RelRef{r.RelRef}
	}
	var halves []graph.RelRef
	for _, resolved := range graph.Resolved() {
		if resolved.Type != r.Type {
			continue
		}
		for _, key := range r.Endpoints {
			middle := graph.Ref{Label: resolved.Middle, Key: key}
			halves = append(halves, graph.RelRef{Type: resolved.First, From: r.From, To: middle}, graph.RelRef{Type: resolved.Second, From: middle, To: r.To})
		}
	}
	return halves
}

// asserts reports whether a document that is held of a host says any of these. One that can't be derived
// says nothing.
func asserts(host api.HostDetail, doc discovery.Document, any []graph.RelRef) bool {
	facts, err := derive.Derive(doc, func(discoverType, proxy string) (newest discovery.Document, found bool) {
		for _, d := range host.Sealed {
			if d.DiscoverType == discoverType && derive.ProxyOf(d.Document) == proxy && (!found || d.Newer(newest)) {
				newest, found = d.Document, true
			}
		}
		return newest, found
	})
	return err == nil && slices.ContainsFunc(facts.Rels, func(r graph.Rel) bool { return slices.Contains(any, r.Ref()) })
}

// parse reads "HOSTID/INSTANCE@HASH".
func parse(name string) (host, instance, hash string) {
	host, rest, _ := strings.Cut(name, "/")
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		return host, rest[:i], rest[i+1:]
	}
	return host, rest, ""
}
