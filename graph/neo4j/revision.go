package neo4j

import "github.com/assim-mesh/assim/graph"

// revision is a document whose record is to be written.
type revision struct {
	document
	oldAge uint64 // 0 when the store did not know the document
	change graph.Change
}

// revise compares a batch with the documents that are held, by sourceKey. It returns what is to be
// written, the clock after that, and how many facts are older than others.
func revise(batch []graph.Facts, held map[string]document, clock uint64) (revisions []revision, now uint64, stale int) {
	newest, stale := graph.Newest(batch)
	for _, f := range newest {
		was, known := held[sourceKey(f.Source)]
		if known && f.Source.Older(was.Source) {
			stale++
			continue
		}
		r := revision{document: document{Facts: f, age: was.age}, oldAge: was.age, change: graph.Diff(was.Facts, f)}
		switch {
		case !r.change.Empty():
			clock++
			r.age = clock
		case known && f.Source == was.Source:
			continue // nothing to write
		}
		revisions = append(revisions, r)
	}
	return revisions, clock, stale
}
