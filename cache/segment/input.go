package segment

import "encoding/binary"

// input reads numbers from bytes that can be anything. What goes wrong sets bad and empties it, so that
// one test after several reads is enough.
type input struct {
	b   []byte
	bad bool
}

func (in *input) fail() {
	in.b, in.bad = nil, true
}

// uvarint reads a number of at most limit; 0 if it is bad.
func (in *input) uvarint(limit uint64) uint64 {
	if len(in.b) > 0 && in.b[0] < 0x80 && uint64(in.b[0]) <= limit { // most numbers are small
		v := in.b[0]
		in.b = in.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(in.b)
	if n <= 0 || v > limit {
		in.fail()
		return 0
	}
	in.b = in.b[n:]
	return v
}

// take reads n bytes; nil if there are not so many.
func (in *input) take(n int) []byte {
	if n > len(in.b) {
		in.fail()
		return nil
	}
	taken := in.b[:n:n]
	in.b = in.b[n:]
	return taken
}
