package ring

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

const (
	version      = 1
	maxTextBytes = 64
	// MaxMessageBytes bounds a message on the wire, so that it fits any datagram:
	// version and kind, two texts, and a verdict's 13 bytes.
	MaxMessageBytes = 2 + 2*(1+maxTextBytes) + 13
)

// ErrMessage is returned for bytes that are no message of this version.
var ErrMessage = errors.New("not a message of the ring")

// MessageKind tells messages apart.
type MessageKind uint8

// What members say to each other.
const (
	Ask     MessageKind = 1 // can you reach Subject?
	Answer  MessageKind = 2 // the answer to the ask of that number
	Verdict MessageKind = 3 // Subject, as of (Boot, Epoch), is gone
)

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
}

// stateCodes gives HostStates their bytes on the wire; 0 is none.
var stateCodes = [...]HostState{1: HostDead, 2: NanoprobeDown, 3: ShutDown}

// Append appends the wire form of m to b. It panics if m is not valid, which only its maker can be
// the cause of.
func (m Message) Append(b []byte) []byte {
	b = append(b, version, byte(m.Kind))
	b = appendText(b, m.From)
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

// Parse reads one message. It refuses whatever Append would not have written, with ErrMessage.
func Parse(b []byte) (Message, error) {
	m, rest, err := parse(b)
	if err == nil && len(rest) > 0 {
		err = fmt.Errorf("%w: %d bytes too many", ErrMessage, len(rest))
	}
	if err != nil {
		return Message{}, err
	}
	return m, nil
}

// parse reads the message that b begins with and returns what follows it.
func parse(b []byte) (Message, []byte, error) {
	r := reader{rest: b}
	if v := r.byte(); v != version {
		return Message{}, nil, fmt.Errorf("%w: version %d", ErrMessage, v)
	}
	m := Message{Kind: MessageKind(r.byte()), From: r.text(), Subject: r.text()}
	switch m.Kind {
	case Ask:
		m.Number = r.uint32()
	case Answer:
		m.Number = r.uint32()
		reached := r.byte()
		m.Reached = reached == 1
		r.bad = r.bad || reached > 1
	case Verdict:
		m.Boot, m.Epoch = r.uint64(), r.uint32()
		code := r.byte()
		if code == 0 || int(code) >= len(stateCodes) {
			return Message{}, nil, fmt.Errorf("%w: state %d", ErrMessage, code)
		}
		m.State = stateCodes[code]
		r.bad = r.bad || m.Epoch == math.MaxUint32 // its subject could not refute it
	default:
		return Message{}, nil, fmt.Errorf("%w: kind %d", ErrMessage, m.Kind)
	}
	if r.bad {
		return Message{}, nil, fmt.Errorf("%w: cut short, or a field out of its bounds", ErrMessage)
	}
	return m, r.rest, nil
}

// reader takes fields off the front of rest. What is not there is read as zero and makes it bad.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) take(n int) []byte {
	if len(r.rest) < n {
		r.bad, r.rest = true, nil
		return make([]byte, n) // n is at most maxTextBytes, or 255 from a bad length
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reader) byte() byte     { return r.take(1)[0] }
func (r *reader) uint32() uint32 { return binary.BigEndian.Uint32(r.take(4)) }
func (r *reader) uint64() uint64 { return binary.BigEndian.Uint64(r.take(8)) }

func (r *reader) text() HostID {
	n := int(r.byte())
	r.bad = r.bad || n == 0 || n > maxTextBytes
	return HostID(r.take(n))
}

// AppendVerdicts appends the wire form of verdicts, one after the other, to b.
func AppendVerdicts(b []byte, verdicts []Message) []byte {
	for _, v := range verdicts {
		b = v.Append(b)
	}
	return b
}

// ParseVerdicts reads what AppendVerdicts wrote, at most maxGone messages, all of them verdicts.
func ParseVerdicts(b []byte) ([]Message, error) {
	var verdicts []Message
	for len(b) > 0 {
		v, rest, err := parse(b)
		switch {
		case err != nil:
			return nil, err
		case v.Kind != Verdict:
			return nil, fmt.Errorf("%w: kind %d among verdicts", ErrMessage, v.Kind)
		case len(verdicts) == maxGone:
			return nil, fmt.Errorf("%w: more than %d verdicts", ErrMessage, maxGone)
		}
		verdicts, b = append(verdicts, v), rest
	}
	return verdicts, nil
}
