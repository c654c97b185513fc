package ring

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
)

const (
	// MaxTallies bounds the segments of one message.
	MaxTallies = 8
	// maxTalliesBytes bounds what this version writes: a message rides on packets of which package mesh
	// keeps 400 bytes for such. It has room for three segments at least, and for one at the longest names.
	maxTalliesBytes = 384
)

// Tally is what a representative counts, in its base ring, of the hosts that hang on one segment.
type Tally struct {
	Segment string // 1 to 64 bytes
	Up      uint16 // hosts that are up
	Died    uint16 // hosts that died lately
	Lowest  Member // ID, Boot and Epoch of the lowest host that died; without meaning if none did
	Told    bool   // the deaths were told as one event, which has its name from Lowest
}

const tallyTold = 1

// SealTallies appends a message of as many of the tallies, from the first, as fit, in the ring of that label,
// to b. It returns how many these are, at least one, and panics like Seal.
func (s *Sealer) SealTallies(b []byte, label string, tallies []Tally) ([]byte, int) {
	start := len(b)
	b = append(s.header(b, tallySet), 0)
	count, n := len(b)-1, 0
	for ; n < min(len(tallies), MaxTallies); n++ {
		end := len(b)
		b = tallies[n].append(b)
		if n > 0 && len(b)-start+ed25519.SignatureSize > maxTalliesBytes {
			b = b[:end]
			break
		}
	}
	b[count] = byte(n)
	return s.sign(b, start, label), n
}

func (t Tally) append(b []byte) []byte {
	b = appendText(b, HostID(t.Segment))
	b = binary.BigEndian.AppendUint16(b, t.Up)
	b = binary.BigEndian.AppendUint16(b, t.Died)
	if t.Died == 0 {
		return b
	}
	flags := byte(0)
	if t.Told {
		flags = tallyTold
	}
	b = appendText(append(b, flags), t.Lowest.ID)
	b = binary.BigEndian.AppendUint64(b, t.Lowest.Boot)
	return binary.BigEndian.AppendUint32(b, t.Lowest.Epoch)
}

// HasTallies reports whether b, which anyone may have sent, says that it is a message for OpenTallies.
func HasTallies(b []byte) bool { return len(b) > 2 && MessageKind(b[2]) == tallySet }

// OpenTallies reads what SealTallies wrote, as Open does; the message that is returned beside the tallies is
// for Replays.
func OpenTallies(b []byte, label string, keyOf func(HostID) ed25519.PublicKey) (Message, []Tally, error) {
	m, r, err := open(b, label, MaxMessageBytes, keyOf)
	if err != nil {
		return Message{}, nil, err
	}
	if m.Kind != tallySet {
		return Message{}, nil, fmt.Errorf("%w: kind %d in place of tallies", ErrMalformed, m.Kind)
	}
	n := int(r.Byte())
	if n > MaxTallies {
		return Message{}, nil, fmt.Errorf("%w: %d tallies, at most %d", ErrMalformed, n, MaxTallies)
	}
	tallies := make([]Tally, n)
	for i := range tallies {
		tallies[i].read(&r)
	}
	if r.Bad {
		return Message{}, nil, fmt.Errorf("%w: tallies cut short, or a field out of its bounds", ErrMalformed)
	}
	return m, tallies, nil
}

func (t *Tally) read(r *Reader) {
	t.Segment, t.Up, t.Died = string(r.text()), r.Uint16(), r.Uint16()
	if t.Died > 0 {
		t.Told = r.Byte()&tallyTold != 0 // other flags are for later versions
		t.Lowest = Member{ID: r.text(), Boot: r.Uint64(), Epoch: r.Uint32()}
	}
}
