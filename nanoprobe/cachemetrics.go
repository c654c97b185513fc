package nanoprobe

import (
	"time"

	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// metrics tell of each cache server what the last writes to it took.
func (f *cacheFeeds) metrics() []promtext.Family {
	took := family("cache_write_seconds", promtext.Gauge, "How long the last writes to a cache server took, at most 50.")
	writes := family("cache_write_samples", promtext.Gauge, "How many writes that is.")
	bytes := family("cache_write_bytes", promtext.Gauge, "Content that these carried, as stored.")
	full := family("cache_full_total", promtext.Counter, "Snapshots that a cache server did not take for want of memory and that are tried again.")
	for _, feed := range f.running() {
		server, t := label("server", feed.client.Name()), feed.client.Times()
		for _, s := range []struct {
			stat  string
			value time.Duration
		}{{"mean", t.Mean}, {"median", t.Median}, {"deviation", t.Deviation}, {"min", t.Min}, {"max", t.Max}} {
			took.Add(s.value.Seconds(), server, label("stat", s.stat))
		}
		writes.Add(float64(t.N), server)
		bytes.Add(float64(t.Bytes), server)
		full.Add(float64(feed.full.Load()), server)
	}
	return []promtext.Family{took, writes, bytes, full}
}
