package segment

import "encoding/binary"

// runs is a growing list of ascending numbers, each with how many times. Neighbours of equal times take
// no memory but that of the run's ends, which suits lines that nearly all hosts have.
type runs struct {
	closed      []byte // a run: gap since the end of the one before, length - 1, times; all uvarint
	end         uint32 // of the last closed run
	start, next uint32 // the open run, start..next-1
	times       uint32
}

// add appends n, which is above all before it, and returns how many bytes that took.
func (r *runs) add(n, times uint32) int {
	if n == r.next && times == r.times && r.next > r.start {
		r.next++
		return 0
	}
	before := cap(r.closed)
	r.close()
	r.start, r.next, r.times = n, n+1, times
	return cap(r.closed) - before
}

func (r *runs) close() {
	if r.next == r.start {
		return
	}
	r.closed = binary.AppendUvarint(r.closed, uint64(r.start-r.end))
	r.closed = binary.AppendUvarint(r.closed, uint64(r.next-r.start-1))
	r.closed = binary.AppendUvarint(r.closed, uint64(r.times))
	r.end, r.start = r.next, r.next
}

// all yields the numbers and their times in ascending order, and closes the open run.
func (r *runs) all(yield func(n, times uint32) bool) {
	r.close()
	in := input{b: r.closed}
	n := uint32(0)
	for len(in.b) > 0 {
		n += uint32(in.uvarint(1 << 32))
		last := n + uint32(in.uvarint(1<<32))
		times := uint32(in.uvarint(1 << 32))
		for ; n <= last; n++ {
			if !yield(n, times) {
				return
			}
		}
	}
}
