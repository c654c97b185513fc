package ring

import (
	"encoding/binary"
	"fmt"
	"math"
	"unicode/utf8"
)

const maxTextBytes = 64

// MessageKind tells messages apart.
type MessageKind uint8

// What members say to each other.
const (
	Ask     MessageKind = 1 // can you reach Subject?
	Answer  MessageKind = 2 // the answer to the ask of that number
	Verdict MessageKind = 3 // Subject, as of (Boot, Epoch), is gone

	verdictSet MessageKind = 4 // what SealVerdicts writes; no Message has it
	tallySet   MessageKind = 5 // likewise SealTallies
)

// String is the name of the kind.
func (k MessageKind) String() string {
	switch k {
	case Ask:
		return "ask"
	case Answer:
		return "answer"
	case Verdict:
		return "verdict"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Message is what one member says to another about a third, or of itself.
type Message struct {
	Kind    MessageKind
	From    HostID
	Subject HostID
	Number  uint32    // of an Ask, repeated by its Answer
	Reached bool      // of an Answer
	Boot    uint64    // of a Verdict
	Epoch   uint32    // of a Verdict
	State   HostState // of a Verdict

	// Set by Open, for Replays; the machine neither sets nor reads them.
	FromBoot uint64 // boot of the author
	Serial   uint64 // number of the message among the author's since that boot
}

// stateCodes gives HostStates their bytes on the wire; 0 is none.
var stateCodes = [...]HostState{1: HostDead, 2: NanoprobeDown, 3: ShutDown, 4: Moved}

// appendBody appends what follows the header. It panics if m is not valid, which only its maker can be
// the cause of.
func (m Message) appendBody(b []byte) []byte {
	b = appendText(b, m.Subject)
	switch m.Kind {
	case Ask:
		return binary.BigEndian.AppendUint32(b, m.Number)
	case Answer:
		reached := byte(0)
		if m.Reached {
			reached = 1
		}
		return append(binary.BigEndian.AppendUint32(b, m.Number), reached)
	case Verdict:
		b = binary.BigEndian.AppendUint64(b, m.Boot)
		b = binary.BigEndian.AppendUint32(b, m.Epoch)
		for code, state := range stateCodes {
			if code > 0 && state == m.State {
				return append(b, byte(code))
			}
		}
	}
	panic(fmt.Sprintf("ring: message %+v has no wire form", m))
}

func appendText(b []byte, id HostID) []byte {
	if id == "" || len(id) > maxTextBytes {
		panic(fmt.Sprintf("ring: host id of %d bytes, 1 to %d", len(id), maxTextBytes))
	}
	return append(append(b, byte(len(id))), id...)
}

// readBody reads what appendBody wrote, and leaves in r what a later version appended to it.
func (m *Message) readBody(r *Reader) error {
	m.Subject = r.text()
	switch m.Kind {
	case Ask:
		m.Number = r.Uint32()
	case Answer:
		m.Number = r.Uint32()
		reached := r.Byte()
		m.Reached = reached == 1
		r.Bad = r.Bad || reached > 1
	case Verdict:
		m.Boot, m.Epoch = r.Uint64(), r.Uint32()
		code := int(r.Byte())
		if code == 0 || code >= len(stateCodes) {
			r.Bad = true
			break
		}
		m.State = stateCodes[code]
		r.Bad = r.Bad || m.Epoch == math.MaxUint32 // its subject could not refute it
	}
	if r.Bad {
		return fmt.Errorf("%w: %v cut short, or a field out of its bounds", ErrMalformed, m.Kind)
	}
	return nil
}

// text takes one byte of length and that many bytes.
func (r *Reader) text() HostID {
	n := int(r.Byte())
	text := r.Take(n)
	r.Bad = r.Bad || n == 0 || n > maxTextBytes || !utf8.Valid(text)
	return HostID(text)
}
