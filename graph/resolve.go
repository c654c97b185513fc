package graph

import (
	"maps"
	"slices"
	"time"
)

// Newest returns the newest facts of every document in a batch, in the order of the batch, and how many
// are older than others before them.
func Newest(batch []Facts) (newest []Facts, stale int) {
	type document struct{ host, instance string }
	last := make(map[document]int, len(batch))
	for i, f := range batch {
		d := document{f.Source.Host, f.Source.Instance}
		if j, ok := last[d]; ok && f.Source.Older(batch[j].Source) {
			stale++
			continue
		}
		last[d] = i
	}
	for i, f := range batch {
		if last[document{f.Source.Host, f.Source.Instance}] == i {
			newest = append(newest, f)
		}
	}
	return newest, stale
}

// Evidence returns the properties of a resolved relationship (see Resolved): was is those it has had,
// nil for a new one, which alone takes up documents and now. Without a middle it is nil: nothing shows
// the relationship. It may sort what it is given.
func Evidence(was Props, middles, documents []string, now time.Time) Props {
	if len(middles) == 0 {
		return nil
	}
	slices.Sort(middles)
	if was != nil { // it keeps its beginning
		is := maps.Clone(was)
		is["endpoints"] = middles
		return is
	}
	slices.Sort(documents)
	return Props{
		"endpoints": middles,
		"documents": slices.Compact(documents),
		"since_ms":  now.UnixMilli(),
		"since":     now.UTC().Format("2006-01-02T15:04:05.000Z"),
	}
}
