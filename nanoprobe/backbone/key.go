package backbone

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	keyBits = 64
	// groupBits is the part of a key that all hosts of a group share: a base ring holds no others.
	groupBits = 32
)

// ErrPrefix is returned for a text that is no prefix.
var ErrPrefix = errors.New("not a prefix of keys")

// Key is a host's place among all hosts: 32 bits of its group's hash, then 32 of its own.
type Key uint64

// KeyOf returns the key of a host in a group. The half that is the host's own puts the members of a
// ring in the same order as package ring does, but for ties in these 32 bits.
func KeyOf(group string, id ring.HostID) Key {
	return Key(uint64(hash32(group))<<groupBits | uint64(hash32(string(id))))
}

func hash32(s string) uint32 {
	sum := sha256.Sum256([]byte(s))
	return binary.BigEndian.Uint32(sum[:])
}

// Prefix is all keys that begin with the same Len bits.
type Prefix struct {
	Bits uint64 // from the top; those after Len are 0
	Len  uint8  // 0, all keys, to 64, one key
}

// prefix returns the first n bits of k.
func (k Key) prefix(n uint8) Prefix {
	return Prefix{Bits: uint64(k) &^ (1<<(keyBits-min(n, keyBits)) - 1), Len: n}
}

// Holds reports whether k begins with p.
func (p Prefix) Holds(k Key) bool { return k.prefix(p.Len) == p }

// Covers reports whether all keys of q are keys of p.
func (p Prefix) Covers(q Prefix) bool { return p.Len <= q.Len && p.Holds(Key(q.Bits)) }

// Overlaps reports whether a key can begin with both.
func (p Prefix) Overlaps(q Prefix) bool { return p.Covers(q) || q.Covers(p) }

// Child is the half of p whose next bit is bit, 0 or 1. The prefix of one key has no halves.
func (p Prefix) Child(bit uint8) Prefix {
	return Prefix{Bits: p.Bits | uint64(bit&1)<<(keyBits-1-p.Len), Len: p.Len + 1}
}

// Parent is the prefix that p is a half of; that of all keys has none.
func (p Prefix) Parent() Prefix { return Key(p.Bits).prefix(p.Len - 1) }

// Sibling is the other half of p's parent.
func (p Prefix) Sibling() Prefix {
	return Prefix{Bits: p.Bits ^ 1<<(keyBits-p.Len), Len: p.Len}
}

// common is how many bits p and q begin with alike.
func (p Prefix) common(q Prefix) uint8 {
	return min(p.Len, q.Len, uint8(bits.LeadingZeros64(p.Bits^q.Bits)))
}

// valid reports whether p is in the one form that a prefix has.
func (p Prefix) valid() bool { return p.Len <= keyBits && Key(p.Bits).prefix(p.Len) == p }

// binary spells the bits from the given one on.
func (p Prefix) binary(from uint8) string {
	var b strings.Builder
	for i := from; i < p.Len; i++ {
		b.WriteByte('0' + byte(p.Bits>>(keyBits-1-i)&1))
	}
	return b.String()
}

// String is LEN-HEXBITS, with as many digits as hold LEN bits: "0-", "34-9f86d0818".
func (p Prefix) String() string {
	digits := (int(p.Len) + 3) / 4
	return fmt.Sprintf("%d-%s", p.Len, fmt.Sprintf("%016x", p.Bits)[:digits])
}

// ParsePrefix reads what String wrote and nothing else.
func ParsePrefix(s string) (Prefix, error) {
	head, digits, _ := strings.Cut(s, "-")
	n, err := strconv.ParseUint(head, 10, 8)
	if err == nil && n <= keyBits && len(digits) <= keyBits/4 {
		value, _ := strconv.ParseUint("0"+digits, 16, 64)
		p := Prefix{Bits: value << (keyBits - 4*len(digits)), Len: uint8(n)}
		if p.valid() && p.String() == s {
			return p, nil
		}
	}
	return Prefix{}, fmt.Errorf("%w: %q", ErrPrefix, s)
}
