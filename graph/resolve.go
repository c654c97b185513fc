package graph

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Newest returns the newest facts of every document in a batch, in the order of the batch, and how many
// are older than others before them.
func Newest(batch []Facts) (newest []Facts, stale int) {
	last := make(map[Claimant]int, len(batch))
	for i, f := range batch {
		d := f.Source.Claimant()
		if j, ok := last[d]; ok && f.Source.Older(batch[j].Source) {
			stale++
			continue
		}
		last[d] = i
	}
	for i, f := range batch {
		if last[f.Source.Claimant()] == i {
			newest = append(newest, f)
		}
	}
	return newest, stale
}

// MaxPaths bounds the paths by which a batch may make or unmake resolved relationships (see Resolved): a
// client and a server that meet at an endpoint are one. A server that 250,000 clients use may still move to
// another host. A thousand clients and a thousand servers of one endpoint are too many: the document that
// says so is small, and what follows from it takes gigabytes.
const MaxPaths = 500_000

// CheckPaths returns ErrRefused for more paths than MaxPaths. What both ends of a path bring may be counted
// twice.
func (r Resolution) CheckPaths(paths int) error {
	if paths <= MaxPaths {
		return nil
	}
	return fmt.Errorf("%w: more than %d pairs of %s and %s at nodes of label %q", ErrRefused, MaxPaths, r.First, r.Second, r.Middle)
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
