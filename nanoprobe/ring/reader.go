package ring

import "encoding/binary"

// Reader takes fields, big-endian, off the front of a message that anyone may have sent. What is not
// there is read as zero and makes the Reader Bad, and so may whoever finds a field out of its bounds:
// it is enough to look at Bad at the end.
type Reader struct {
	Rest []byte
	Bad  bool
}

// Take returns the next n bytes, which share Rest's memory. The caller bounds n: so much is allocated
// where Rest is shorter.
func (r *Reader) Take(n int) []byte {
	if len(r.Rest) < n {
		r.Bad, r.Rest = true, nil
		return make([]byte, n)
	}
	b := r.Rest[:n]
	r.Rest = r.Rest[n:]
	return b
}

// Byte takes one byte.
func (r *Reader) Byte() byte { return r.Take(1)[0] }

// Uint16 takes two bytes.
func (r *Reader) Uint16() uint16 { return binary.BigEndian.Uint16(r.Take(2)) }

// Uint32 takes four bytes.
func (r *Reader) Uint32() uint32 { return binary.BigEndian.Uint32(r.Take(4)) }

// Uint64 takes eight bytes.
func (r *Reader) Uint64() uint64 { return binary.BigEndian.Uint64(r.Take(8)) }
