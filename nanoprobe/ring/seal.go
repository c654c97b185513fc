package ring

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
)

const (
	// version is what this package writes. A later one may append fields to a body and add kinds, and
	// say that version 2 can read it still.
	version = 2
	// MaxMessageBytes bounds a message: it goes in one datagram. The longest of version 2 has 226
	// bytes, or 384 with tallies; the rest is room for what later versions append.
	MaxMessageBytes = 512
	// MaxVerdictsBytes bounds a set of verdicts, which goes by stream: maxGone of the longest are
	// 20 KB.
	MaxVerdictsBytes = 32 << 10

	// signaturePrefix keeps a signature from being taken for one over something else by the same key.
	signaturePrefix = "assim ring message\x00"
)

// The reasons for which Open and Replays refuse a message, beside ErrStranger: its author is no
// member.
var (
	ErrMalformed   = errors.New("not a message of the ring")
	ErrVersion     = errors.New("of a version that can't be read")
	ErrUnknownKind = errors.New("of an unknown kind")
	ErrSignature   = errors.New("not signed by its author for this ring")
	ErrReplay      = errors.New("received before, or too old")
)

// Author is a host as the source of messages.
type Author struct {
	ID   HostID
	Boot uint64 // of the nanoprobe; larger at each start
	Key  ed25519.PrivateKey
}

// Sealer signs and numbers the messages of one host, in all of its rings. A message is good in the ring
// for which it was made and nowhere else: the ring's label is signed and not sent. It is safe for
// concurrent use.
type Sealer struct {
	author Author
	serial atomic.Uint64
}

// NewSealer returns the Sealer of a host since its boot. There may be only one: numbers are not used
// twice.
func NewSealer(a Author) (*Sealer, error) {
	if err := (Member{ID: a.ID, Boot: a.Boot}).validate(); err != nil {
		return nil, err
	}
	if len(a.Key) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("host %q: key of %d bytes, want %d", a.ID, len(a.Key), ed25519.PrivateKeySize)
	}
	return &Sealer{author: a}, nil
}

// Seal appends the wire form of msg, in the ring of that label, to b. It panics if msg is not from this
// host or has no wire form.
func (s *Sealer) Seal(b []byte, label string, msg Message) []byte {
	if msg.From != s.author.ID {
		panic(fmt.Sprintf("ring: %q seals a message of %q", s.author.ID, msg.From))
	}
	start := len(b)
	b = msg.appendBody(s.header(b, msg.Kind))
	return s.sign(b, start, label)
}

// SealVerdicts appends the wire form of what Verdicts returned, in the ring of that label, to b.
func (s *Sealer) SealVerdicts(b []byte, label string, verdicts []Message) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(s.header(b, verdictSet), uint16(len(verdicts))) // at most maxGone
	for _, v := range verdicts {
		b = v.appendBody(b)
	}
	return s.sign(b, start, label)
}

func (s *Sealer) header(b []byte, kind MessageKind) []byte {
	b = appendText(append(b, version, version, byte(kind)), s.author.ID)
	b = binary.BigEndian.AppendUint64(b, s.author.Boot)
	return binary.BigEndian.AppendUint64(b, s.serial.Add(1))
}

func (s *Sealer) sign(b []byte, start int, label string) []byte {
	return append(b, ed25519.Sign(s.author.Key, signed(label, b[start:]))...)
}

// signed is what a signature covers. A label has no zero byte, so it can't be taken for part of b.
func signed(label string, b []byte) []byte {
	return slices.Concat([]byte(signaturePrefix), []byte(label), []byte{0}, b)
}

// Open reads one message of the ring of that label. keyOf returns the key of a member, or nil. What it
// returns has not been held against earlier messages: Replays does that.
func Open(b []byte, label string, keyOf func(HostID) ed25519.PublicKey) (Message, error) {
	m, r, err := open(b, label, MaxMessageBytes, keyOf)
	if err != nil {
		return Message{}, err
	}
	if m.Kind == verdictSet || m.Kind == tallySet {
		return Message{}, fmt.Errorf("%w: kind %d in place of a single message", ErrMalformed, m.Kind)
	}
	if err := m.readBody(&r); err != nil {
		return Message{}, err
	}
	return m, nil
}

// OpenVerdicts reads what SealVerdicts wrote, at most maxGone verdicts. All of them have one serial:
// Replays takes any one of them, or the first message that is returned beside them.
func OpenVerdicts(b []byte, label string, keyOf func(HostID) ed25519.PublicKey) (set Message, verdicts []Message, err error) {
	set, r, err := open(b, label, MaxVerdictsBytes, keyOf)
	if err != nil {
		return Message{}, nil, err
	}
	if set.Kind != verdictSet {
		return Message{}, nil, fmt.Errorf("%w: kind %d in place of a set of verdicts", ErrMalformed, set.Kind)
	}
	n := int(r.Uint16())
	if n > maxGone {
		return Message{}, nil, fmt.Errorf("%w: %d verdicts, at most %d", ErrMalformed, n, maxGone)
	}
	for range n {
		v := set
		v.Kind = Verdict
		if err := v.readBody(&r); err != nil {
			return Message{}, nil, err
		}
		verdicts = append(verdicts, v)
	}
	if r.Bad {
		return Message{}, nil, fmt.Errorf("%w: cut short", ErrMalformed)
	}
	return set, verdicts, nil
}

// open checks the envelope and returns the message as far as its header says it, and its body.
func open(b []byte, label string, maxBytes int, keyOf func(HostID) ed25519.PublicKey) (Message, Reader, error) {
	refuse := func(err error) (Message, Reader, error) { return Message{}, Reader{}, err }
	if len(b) > maxBytes {
		return refuse(fmt.Errorf("%w: %d bytes, at most %d", ErrMalformed, len(b), maxBytes))
	}
	r := Reader{Rest: b}
	if by, oldest := r.Byte(), r.Byte(); !r.Bad && (by < version || oldest > version) {
		return refuse(fmt.Errorf("version %d, to be read by %d and later: %w", by, oldest, ErrVersion))
	}
	m := Message{Kind: MessageKind(r.Byte()), From: r.text(), FromBoot: r.Uint64(), Serial: r.Uint64()}
	if r.Bad || len(r.Rest) < ed25519.SignatureSize {
		return refuse(fmt.Errorf("%w: cut short, or no author", ErrMalformed))
	}
	key := keyOf(m.From)
	if len(key) != ed25519.PublicKeySize {
		return refuse(fmt.Errorf("message from %q: %w", m.From, ErrStranger))
	}
	at := len(b) - ed25519.SignatureSize
	if !ed25519.Verify(key, signed(label, b[:at]), b[at:]) {
		return refuse(fmt.Errorf("message from %q: %w", m.From, ErrSignature))
	}
	if m.Kind < Ask || m.Kind > tallySet {
		return refuse(fmt.Errorf("message from %q: kind %d: %w", m.From, m.Kind, ErrUnknownKind))
	}
	r.Rest = r.Rest[:len(r.Rest)-ed25519.SignatureSize]
	return m, r, nil
}
