package backbone

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	noteVersion = 1
	// MaxNoteBytes bounds a note: with key, boot, epoch and name it fits memberlist's 512 bytes.
	MaxNoteBytes = 200
	// MaxSegments and MaxSegmentBytes bound what a host says that it hangs on.
	MaxSegments     = 8
	MaxSegmentBytes = 64
	// maxAboveAddrs is how many members of the ring above a note names: the second serves when the
	// first died together with the representative.
	maxAboveAddrs = 2
)

// ErrNote is returned for bytes that are no note.
var ErrNote = errors.New("not a note of a ring's member")

// Note is what a member of a ring tells all others of it in its metadata. Rings organize themselves by
// nothing else: a host does what the notes of the present members ask for, so a note that is heard
// late or twice, or whose author dies, leaves nothing behind. The zero Note says nothing.
type Note struct {
	Office bool // it represents this ring in the ring above
	Free   bool // it could hold an office here, or be a deputy, and be in two rings at most

	Stands Stands // on a level above 0: the ring that it stands for
	Above  Above  // of a representative: where the ring above is
	Move   Move   // the members of this ring are to move; zero: they stay

	Appoints Appointment // in a base ring: who is to sit in a ring for the author
	Serves   Service     // in a base ring: for whom the author sits in a ring

	Segments []string // in a base ring: what the host hangs on, as many as fit
}

// Stands is a ring on behalf of which its representative sits in the ring above.
type Stands struct {
	Ring Ring
	Size uint16 // its members, some seconds ago
	// Stamp changes when the ring gets members that it did not have, so that whoever holds a list of
	// them knows when to ask for it again. Deaths don't change it.
	Stamp uint32
	Entry netip.AddrPort // a member of it
}

// Above is the ring above another, and members of it.
type Above struct {
	Ring  Ring
	Addrs []netip.AddrPort // at most 2
}

// Move directs the members of a ring, each to the ring whose prefix is the first Len bits of its own
// key. A Len longer than the ring's splits it, a shorter one merges it with others.
type Move struct {
	Len        uint8
	Generation uint32         // of the rings to move to; 0: no Move
	Via        netip.AddrPort // a member of one of them, if there is any
}

// Appointment sends a deputy up.
type Appointment struct {
	Deputy uint32 // place of the deputy in the base ring; see KeyOf
	Stands Stands // for what the deputy shall sit in the ring above it
	// Beside is in the same part of the ring above as the other representative's seat, if that part and
	// the deputy's are one.
	Beside netip.AddrPort
}

// Service is a deputy's answer.
type Service struct {
	Principal uint32 // place of the principal in the base ring; meaningless without Active
	Active    bool
	Seat      Ring           // where the deputy sits; zero until it does
	Guide     netip.AddrPort // a member of another ring that is represented there
	Order     Order          // to the ring that it stands for, as seen from above
}

// Order names a ring that overlaps another and beats it, or will when it is founded: all members of the
// other have to get there, or out of its way.
type Order struct {
	Ring Ring
	Via  netip.AddrPort // a member of Ring, if there is any
}

// Peer is another member of a ring.
type Peer struct {
	ring.Member
	Note Note
}

// Fields of a note's wire form: one byte of tag, one of length, and that many bytes. A reader skips
// tags that it does not know.
const (
	tagFlags    = 1 // 1 byte: 1 office, 2 free
	tagStands   = 2
	tagAbove    = 3 // ring, then up to 2 addresses
	tagMove     = 4
	tagAppoints = 5 // 4 bytes of place, then as tagStands, address
	tagServes   = 6 // 4 bytes of place, then perhaps seat and guide, order
	tagSegment  = 7 // may come up to 8 times
)

// AppendNote appends the wire form of n to b, with as many segments as fit into MaxNoteBytes. All else
// fits: who has a representative's fields has not a deputy's.
func AppendNote(b []byte, n Note) []byte {
	start := len(b)
	b = append(b, noteVersion)
	field := func(tag byte, put bool, value func([]byte) []byte) {
		if !put {
			return
		}
		at := len(b)
		b = value(append(b, tag, 0))
		b[at+1] = byte(len(b) - at - 2)
		if len(b)-start > MaxNoteBytes {
			b = b[:at]
		}
	}
	field(tagFlags, n.Office || n.Free, func(b []byte) []byte { return append(b, flags(n)) })
	field(tagStands, n.Stands.Ring.Generation > 0, func(b []byte) []byte { return appendStands(b, n.Stands) })
	field(tagMove, n.Move.Generation > 0, func(b []byte) []byte { return appendMove(b, n.Move) })
	field(tagServes, n.Serves.Active, func(b []byte) []byte { return appendService(b, n.Serves) })
	field(tagAppoints, n.Appoints.Stands.Ring.Generation > 0, func(b []byte) []byte {
		return appendAddr(appendStands(appendUint32(b, n.Appoints.Deputy), n.Appoints.Stands), n.Appoints.Beside)
	})
	field(tagAbove, n.Above.Ring.Generation > 0, func(b []byte) []byte {
		b = appendRing(b, n.Above.Ring)
		for _, a := range n.Above.Addrs[:min(len(n.Above.Addrs), maxAboveAddrs)] {
			b = appendAddr(b, a)
		}
		return b
	})
	for _, s := range n.Segments[:min(len(n.Segments), MaxSegments)] {
		field(tagSegment, len(s) > 0 && len(s) <= MaxSegmentBytes, func(b []byte) []byte { return append(b, s...) })
	}
	return b
}

const (
	flagOffice = 1
	flagFree   = 2
)

func flags(n Note) byte {
	var b byte
	if n.Office {
		b |= flagOffice
	}
	if n.Free {
		b |= flagFree
	}
	return b
}

// ParseNote reads a note. Fields that a later version added are skipped; one that is known must be in
// the form that AppendNote gives it, or be followed by what a later version added to it.
func ParseNote(b []byte) (Note, error) {
	if len(b) > MaxNoteBytes {
		return Note{}, fmt.Errorf("%w: %d bytes, at most %d", ErrNote, len(b), MaxNoteBytes)
	}
	r := reader{ring.Reader{Rest: b}}
	if version := r.Byte(); version == 0 {
		return Note{}, fmt.Errorf("%w: version 0", ErrNote)
	}
	var n Note
	for len(r.Rest) > 0 && !r.Bad {
		tag := r.Byte()
		value := reader{ring.Reader{Rest: r.Take(int(r.Byte()))}}
		n.read(tag, &value)
		if value.Bad || r.Bad {
			return Note{}, fmt.Errorf("%w: field %d is cut short or out of bounds", ErrNote, tag)
		}
	}
	return n, nil
}

// read takes one field.
func (n *Note) read(tag byte, r *reader) {
	switch tag {
	case tagFlags:
		b := r.Byte()
		n.Office, n.Free = b&flagOffice != 0, b&flagFree != 0
	case tagStands:
		n.Stands = r.stands()
	case tagAbove:
		n.Above = Above{Ring: r.ring()}
		for len(r.Rest) > 0 && len(n.Above.Addrs) < maxAboveAddrs {
			n.Above.Addrs = append(n.Above.Addrs, r.addr())
		}
	case tagMove:
		n.Move = r.move()
	case tagAppoints:
		n.Appoints = Appointment{Deputy: r.Uint32(), Stands: r.stands(), Beside: r.addr()}
	case tagServes:
		n.Serves = r.service()
	case tagSegment:
		if len(n.Segments) == MaxSegments || len(r.Rest) == 0 || len(r.Rest) > MaxSegmentBytes {
			r.Bad = true
			return
		}
		n.Segments = append(n.Segments, string(r.Rest))
	}
}
