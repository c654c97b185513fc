package indexing

import (
	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// counters are what is told of an indexer besides who holds the lease.
var counters = []struct {
	name, help string
	of         func(cache.IndexerStats) int
}{
	{"rounds", "Looks at all paths of the server.", func(s cache.IndexerStats) int { return s.Rounds }},
	{"built", "Segments made of all rows of a path.", func(s cache.IndexerStats) int { return s.Built }},
	{"extended", "Segments made of the rows of a path that changed.", func(s cache.IndexerStats) int { return s.Extended }},
	{"merged", "Segments made of other segments.", func(s cache.IndexerStats) int { return s.Merged }},
	{"dropped", "Paths that are indexed no longer.", func(s cache.IndexerStats) int { return s.Dropped }},
	{"dictionaries", "Dictionaries published.", func(s cache.IndexerStats) int { return s.Dictionaries }},
	{"pruned_rows", "Rows taken out of indexes because they had expired.", func(s cache.IndexerStats) int { return s.Pruned }},
	{"failures", "Attempts that ended with an error.", func(s cache.IndexerStats) int { return s.Failed }},
}

// Metrics are what the indexers have done since Run began, by site and server.
func (x *Indexers) Metrics() []promtext.Family {
	holding := promtext.Family{Name: "assim_indexer_holding", Type: promtext.Gauge,
		Help: "Whether this process is the one that indexes the server now."}
	counted := make([]promtext.Family, len(counters))
	for i, c := range counters {
		counted[i] = promtext.Family{Name: "assim_indexer_" + c.name + "_total", Type: promtext.Counter, Help: c.help}
	}
	for _, one := range x.all {
		labels := []promtext.Label{{Name: "site", Value: one.site}, {Name: "server", Value: one.server}}
		stats := one.Stats()
		held := 0.0
		if stats.Holding {
			held = 1
		}
		holding.Add(held, labels...)
		for i, c := range counters {
			counted[i].Add(float64(c.of(stats)), labels...)
		}
	}
	return append(counted, holding)
}
