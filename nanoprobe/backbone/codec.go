package backbone

import (
	"encoding/binary"
	"net/netip"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Forms shared by notes and messages. All integers are big-endian.
//
//	ring     1 byte level, 1 byte prefix length, as many bytes as hold the prefix, 4 bytes generation
//	addr     1 byte length of the IP address, 4 or 16 or, for no address, 0; that and 2 bytes of port
//	stands   ring, 2 bytes size, 4 bytes stamp, addr
//	move     1 byte prefix length, 4 bytes generation, addr
//	service  4 bytes place, 1 byte: 1 a seat follows, 2 an order, 3 both; each is ring, addr
//	text     1 byte length, and that many bytes

func appendUint32(b []byte, v uint32) []byte { return binary.BigEndian.AppendUint32(b, v) }

func appendUint64(b []byte, v uint64) []byte { return binary.BigEndian.AppendUint64(b, v) }

func appendRing(b []byte, r Ring) []byte {
	var bits [8]byte
	binary.BigEndian.PutUint64(bits[:], r.Prefix.Bits)
	b = append(b, r.Level, r.Prefix.Len)
	b = append(b, bits[:(r.Prefix.Len+7)/8]...)
	return appendUint32(b, r.Generation)
}

func appendAddr(b []byte, a netip.AddrPort) []byte {
	if !a.IsValid() {
		return append(b, 0)
	}
	ip := a.Addr().Unmap().AsSlice()
	b = append(append(b, byte(len(ip))), ip...)
	return binary.BigEndian.AppendUint16(b, a.Port())
}

func appendStands(b []byte, s Stands) []byte {
	b = binary.BigEndian.AppendUint16(appendRing(b, s.Ring), s.Size)
	return appendAddr(appendUint32(b, s.Stamp), s.Entry)
}

func appendMove(b []byte, m Move) []byte {
	return appendAddr(appendUint32(append(b, m.Len), m.Generation), m.Via)
}

func appendService(b []byte, s Service) []byte {
	b = appendUint32(b, s.Principal)
	at := len(b)
	b = append(b, 0)
	if s.Seat != (Ring{}) {
		b[at] |= 1
		b = appendAddr(appendRing(b, s.Seat), s.Guide)
	}
	if s.Order != (Order{}) {
		b[at] |= 2
		b = appendAddr(appendRing(b, s.Order.Ring), s.Order.Via)
	}
	return b
}

// appendText cuts what does not fit.
func appendText(b []byte, s string, limit int) []byte {
	s = s[:min(len(s), limit)]
	return append(append(b, byte(len(s))), s...)
}

// reader takes the fields of this package's messages.
type reader struct{ ring.Reader }

func (r *reader) ring() Ring {
	v := Ring{Level: r.Byte()}
	v.Prefix.Len = r.Byte()
	if v.Prefix.Len > keyBits {
		r.Bad = true
		return Ring{}
	}
	var bits [8]byte
	copy(bits[:], r.Take(int(v.Prefix.Len+7)/8))
	v.Prefix.Bits = binary.BigEndian.Uint64(bits[:])
	v.Generation = r.Uint32()
	r.Bad = r.Bad || !v.valid()
	return v
}

func (r *reader) addr() netip.AddrPort {
	switch n := int(r.Byte()); n {
	case 0:
		return netip.AddrPort{}
	case 4, 16:
		ip, _ := netip.AddrFromSlice(r.Take(n))
		r.Bad = r.Bad || ip.Is4In6()
		return netip.AddrPortFrom(ip, r.Uint16())
	default:
		r.Bad = true
		return netip.AddrPort{}
	}
}

func (r *reader) stands() Stands {
	return Stands{Ring: r.ring(), Size: r.Uint16(), Stamp: r.Uint32(), Entry: r.addr()}
}

func (r *reader) move() Move {
	m := Move{Len: r.Byte(), Generation: r.Uint32(), Via: r.addr()}
	r.Bad = r.Bad || m.Len > keyBits || m.Generation == 0 || m.Generation >= maxGeneration
	return m
}

func (r *reader) service() Service {
	s := Service{Principal: r.Uint32(), Active: true}
	has := r.Byte()
	if has&1 != 0 {
		s.Seat, s.Guide = r.ring(), r.addr()
	}
	if has&2 != 0 {
		s.Order = Order{Ring: r.ring(), Via: r.addr()}
	}
	return s
}

// text reads one of at most limit bytes.
func (r *reader) text(limit int) string {
	n := int(r.Byte())
	r.Bad = r.Bad || n > limit
	return string(r.Take(n))
}

func appendOptionalRing(b []byte, r Ring) []byte {
	if r == (Ring{}) {
		return append(b, 0)
	}
	return appendRing(append(b, 1), r)
}

func (r *reader) optionalRing() Ring {
	if r.Byte() == 0 {
		return Ring{}
	}
	return r.ring()
}
