package backbone

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	messageVersion = 1
	maxAddrs       = 3 // in an answer
	maxIDBytes     = 64
	maxNameBytes   = 64
	maxAddrBytes   = 64
	// MaxMessageBytes bounds a query, an answer or a list, so that it fits one call.
	MaxMessageBytes = 60 << 10
)

// ErrMessage is returned for bytes that are no query, answer or list of a version known here.
var ErrMessage = errors.New("not a message of the backbone")

// Query asks which ring of a level holds a key.
type Query struct {
	Level uint8
	Key   Key
	Ring  Ring           // where the asker is on this level, if anywhere: it may be news to the asked
	Addr  netip.AddrPort // of the asker
}

// Finding says what an Answer holds.
type Finding uint8

// What may come of a Query.
const (
	Silent   Finding = iota // no answer came
	Found                   // Ring, and Addrs in it
	Redirect                // Addrs that know better
	Vacant                  // no ring holds the key; Ring is the one to found
	Busy                    // ask again in a few seconds
	Unknown                 // neither the ring nor who could know
)

// Answer is what a host knows about a Query.
type Answer struct {
	Finding Finding
	Ring    Ring
	Addrs   []netip.AddrPort // at most 3
}

// List is who is in a ring.
type List struct {
	Ring    Ring
	Group   string        // of a base ring
	Members []ring.Member // as many as fit
}

// Messages begin with a version, 1. Later versions append, and raise it when a reader of version 1
// would be wrong to go on; forms of the fields are listed above appendUint32.
//
//	query   1 byte level, 8 bytes key, addr, 1 byte: 1 a ring follows
//	answer  1 byte finding, 1 byte number of addrs, these, 1 byte: 1 a ring follows
//	list    ring, text group, 2 bytes number of members; of each: text id, text name, text address,
//	        8 bytes boot, 4 bytes epoch

// AppendQuery appends the wire form of q to b.
func AppendQuery(b []byte, q Query) []byte {
	b = append(b, messageVersion, q.Level)
	b = appendUint64(b, uint64(q.Key))
	return appendOptionalRing(appendAddr(b, q.Addr), q.Ring)
}

// ParseQuery reads what AppendQuery wrote.
func ParseQuery(b []byte) (Query, error) {
	r, err := readMessage(b)
	if err != nil {
		return Query{}, err
	}
	q := Query{Level: r.Byte(), Key: Key(r.Uint64()), Addr: r.addr(), Ring: r.optionalRing()}
	if r.Bad || q.Level >= maxLevels {
		return Query{}, fmt.Errorf("%w: query cut short or out of bounds", ErrMessage)
	}
	return q, nil
}

// AppendAnswer appends the wire form of a to b.
func AppendAnswer(b []byte, a Answer) []byte {
	addrs := a.Addrs[:min(len(a.Addrs), maxAddrs)]
	b = append(b, messageVersion, byte(a.Finding), byte(len(addrs)))
	for _, addr := range addrs {
		b = appendAddr(b, addr)
	}
	return appendOptionalRing(b, a.Ring)
}

// ParseAnswer reads what AppendAnswer wrote.
func ParseAnswer(b []byte) (Answer, error) {
	r, err := readMessage(b)
	if err != nil {
		return Answer{}, err
	}
	a := Answer{Finding: Finding(r.Byte())}
	n := r.Byte()
	r.Bad = r.Bad || n > maxAddrs || a.Finding > Unknown
	for range min(n, maxAddrs) {
		a.Addrs = append(a.Addrs, r.addr())
	}
	a.Ring = r.optionalRing()
	if r.Bad || (a.Finding == Found || a.Finding == Vacant) != (a.Ring != Ring{}) {
		return Answer{}, fmt.Errorf("%w: answer cut short or out of bounds", ErrMessage)
	}
	return a, nil
}

// AppendList appends the wire form of l to b, with as many members as fit into MaxMessageBytes.
func AppendList(b []byte, l List) []byte {
	start := len(b)
	b = appendRing(append(b, messageVersion), l.Ring)
	b = appendText(b, l.Group, maxNameBytes)
	at, n := len(b), 0
	b = append(b, 0, 0)
	for _, m := range l.Members[:min(len(l.Members), ring.MaxMembers)] {
		size := len(b)
		b = appendText(b, string(m.ID), maxIDBytes)
		b = appendText(b, m.Name, maxNameBytes)
		b = appendText(b, m.Addr, maxAddrBytes)
		b = appendUint32(appendUint64(b, m.Boot), m.Epoch)
		if len(b)-start > MaxMessageBytes {
			b = b[:size]
			break
		}
		n++
	}
	b[at], b[at+1] = byte(n>>8), byte(n)
	return b
}

// ParseList reads what AppendList wrote.
func ParseList(b []byte) (List, error) {
	r, err := readMessage(b)
	if err != nil {
		return List{}, err
	}
	l := List{Ring: r.ring(), Group: r.text(maxNameBytes)}
	n := r.Uint16()
	r.Bad = r.Bad || n > ring.MaxMembers
	for i := uint16(0); i < n && !r.Bad; i++ {
		m := ring.Member{ID: ring.HostID(r.text(maxIDBytes)), Name: r.text(maxNameBytes), Addr: r.text(maxAddrBytes)}
		m.Boot, m.Epoch = r.Uint64(), r.Uint32()
		r.Bad = r.Bad || m.ID == ""
		l.Members = append(l.Members, m)
	}
	if r.Bad {
		return List{}, fmt.Errorf("%w: list cut short or out of bounds", ErrMessage)
	}
	return l, nil
}

// readMessage begins to read b.
func readMessage(b []byte) (*reader, error) {
	r := &reader{ring.Reader{Rest: b}}
	if len(b) > MaxMessageBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrMessage, len(b), MaxMessageBytes)
	}
	if v := r.Byte(); v != messageVersion {
		return nil, fmt.Errorf("%w: version %d", ErrMessage, v)
	}
	return r, nil
}
