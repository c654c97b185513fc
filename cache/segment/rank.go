package segment

import "math/bits"

const (
	// rankStep is between the ranks of neighbouring lines of the first file. Lines that other files have
	// between the two share that room; halving it 24 times is deeper than files are found to nest.
	rankStep = 1 << 24
	// maxRank is where ranks end: 2^18 times the longest file, put end to end.
	maxRank = 1 << 62
)

// between ranks pending lines, which follow a line of rank from in a file, and are before one of rank to,
// if that is larger: a file whose order is another one says nothing about to. Steps are powers of two,
// because such ranks take few bits when packed. Without room, neighbours get equal ranks.
func between(pending []*record, from, to uint64) {
	if len(pending) == 0 {
		return
	}
	if to <= from {
		to = min(from+rankStep, maxRank)
	}
	n := uint64(len(pending)) + 1
	if step := (to - from) / n; step > 0 {
		step = 1 << (bits.Len64(step) - 1)
		for i, r := range pending {
			r.rank = from + uint64(i+1)*step
		}
		return
	}
	for i, r := range pending {
		r.rank = from + uint64(i+1)*(to-from)/n
	}
}

// after ranks pending lines, which follow a line of rank from at the end of a file.
func after(pending []*record, from uint64) {
	for i, r := range pending {
		r.rank = min(from+uint64(i+1)*rankStep, maxRank)
	}
}
