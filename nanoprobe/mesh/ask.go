package mesh

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// maxAbreast bounds the members that are asked at a time.
	maxAbreast = 64
	// MaxRequest bounds a request: with what is signed around it, it fits one call of 64 KiB.
	MaxRequest = 60 << 10
	askPrefix  = "assim mesh ask\x00" // of what is signed
)

var (
	// ErrNoRing is returned for a ring that this host is not in.
	ErrNoRing = errors.New("this host is not in that ring")
	// ErrTooLarge is returned for a request of more than MaxRequest bytes.
	ErrTooLarge = fmt.Errorf("request of more than %d bytes", MaxRequest)

	errNotForUs = errors.New("the request is for another host")
	errNoAnswer = errors.New("this host answers no requests")
)

// Answer answers a request of another member, which is who it says it is and whose request comes for
// the first time. It is called by several goroutines at a time, and its ctx ends after 10 s. With an
// error there is no answer: the asker names this host as missing, and logs the text.
type Answer func(ctx context.Context, from ring.HostID, request []byte) ([]byte, error)

// asker numbers this host's requests, and refuses those of others that came before.
type asker struct {
	serial  atomic.Uint64
	replays ring.Replays
}

// Ask has all members of a ring that this host is in answer a request of at most MaxRequest bytes,
// this host among them. Whoever gave no answer is named as missing, in the order of the ids, as are
// members that the ring holds to be dead. It takes as long as the slowest, 10 s at most for every 64
// of them, or until ctx is done; those not asked by then are missing.
func (m *Mesh) Ask(ctx context.Context, r backbone.Ring, request []byte) (answers map[ring.HostID][]byte, missing []ring.HostID, err error) {
	if len(request) > MaxRequest {
		return nil, nil, ErrTooLarge
	}
	s := m.membership(r)
	if s == nil {
		return nil, nil, fmt.Errorf("ring %s: %w", r.Label(), ErrNoRing)
	}
	present, gone := s.everyone()
	got := m.askAll(ctx, s, present, request)
	answers = map[ring.HostID][]byte{}
	for i, o := range present {
		if got[i] != nil {
			answers[o.ID] = got[i]
		} else {
			missing = append(missing, o.ID)
		}
	}
	for _, o := range gone {
		missing = append(missing, o.ID)
	}
	slices.Sort(missing)
	return answers, missing, ctx.Err()
}

// askAll returns the answer of each of members, nil if there is none.
func (m *Mesh) askAll(ctx context.Context, s *membership, members []ring.Member, request []byte) [][]byte {
	serial := m.asker.serial.Add(1)
	got := make([][]byte, len(members))
	slots := make(chan struct{}, maxAbreast)
	var work sync.WaitGroup
	for i, o := range members {
		slots <- struct{}{} // held for no longer than a call takes
		work.Go(func() {
			defer func() { <-slots }()
			answer, err := m.askOne(ctx, s, o, serial, request)
			if err != nil {
				s.logger.Debug("request not answered", "host_id", o.ID, "err", err)
				return
			}
			got[i] = append([]byte{}, answer...) // an empty answer is one
		})
	}
	work.Wait()
	return got
}

func (m *Mesh) askOne(ctx context.Context, s *membership, to ring.Member, serial uint64, request []byte) ([]byte, error) {
	if to.ID == m.cfg.HostID {
		return m.reply(ctx, to.ID, request)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	addr, err := netip.ParseAddrPort(to.Addr)
	if err != nil {
		return nil, err
	}
	a := ask{ring: s.ring.Label(), from: m.cfg.HostID, to: to.ID, boot: m.cfg.Boot, serial: serial, request: request}
	return m.call(ctx, addr, callAsk, a.sign(m.cfg.Key))
}

func (m *Mesh) reply(ctx context.Context, from ring.HostID, request []byte) ([]byte, error) {
	if m.cfg.Answer == nil {
		return nil, errNoAnswer
	}
	return m.cfg.Answer(ctx, from, request)
}

// answerAsk answers a request that was signed by a member of a common ring for this host alone.
func (m *Mesh) answerAsk(ctx context.Context, b []byte) ([]byte, error) {
	a, err := parseAsk(b)
	if err != nil {
		return nil, err
	}
	r, err := backbone.ParseLabel(a.ring)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCall, err)
	}
	s := m.membership(r)
	switch {
	case s == nil:
		return nil, fmt.Errorf("ring %s: %w", a.ring, ErrNoRing)
	case a.to != m.cfg.HostID:
		return nil, fmt.Errorf("%w: %q", errNotForUs, a.to)
	case s.roll.key(a.from) == nil:
		return nil, fmt.Errorf("request of %q: %w", a.from, ring.ErrStranger)
	case !a.signedBy(s.roll.key(a.from), b):
		return nil, fmt.Errorf("request of %q: %w", a.from, ring.ErrSignature)
	case a.boot != s.roll.member(a.from).Boot:
		return nil, fmt.Errorf("request of boot %d from %q: %w", a.boot, a.from, ring.ErrStranger)
	}
	if err := m.asker.replays.Admit(ring.Message{From: a.from, FromBoot: a.boot, Serial: a.serial}); err != nil {
		return nil, err
	}
	return m.reply(ctx, a.from, a.request)
}

// ask is a request of one member to another.
type ask struct {
	ring     string // label
	from, to ring.HostID
	boot     uint64 // of from
	serial   uint64 // of the request among from's since that boot; the same to all members
	request  []byte
}

// sign returns the wire form:
//
//	text      label of the ring, one byte of length and that many bytes
//	text      host id of the author
//	text      host id of the host that is to answer
//	8 bytes   boot of the author, big-endian
//	8 bytes   number of the request among its author's since that boot, big-endian
//	the rest  the request, but for the last 64 bytes, a signature over "assim mesh ask", a byte 0, and
//	          all before it
func (a ask) sign(key ed25519.PrivateKey) []byte {
	var b []byte
	for _, text := range []string{a.ring, string(a.from), string(a.to)} {
		b = append(append(b, byte(len(text))), text...)
	}
	b = binary.BigEndian.AppendUint64(b, a.boot)
	b = binary.BigEndian.AppendUint64(b, a.serial)
	b = append(b, a.request...)
	return append(b, ed25519.Sign(key, append([]byte(askPrefix), b...))...)
}

// signedBy reports whether the owner of key signed b, which a was read from.
func (a ask) signedBy(key ed25519.PublicKey, b []byte) bool {
	at := len(b) - ed25519.SignatureSize
	return ed25519.Verify(key, append([]byte(askPrefix), b[:at]...), b[at:])
}

// parseAsk reads what sign wrote. The signature is not looked at.
func parseAsk(b []byte) (ask, error) {
	var texts [3]string
	rest := b
	for i := range texts {
		text, after, ok := cutText(rest)
		if !ok {
			return ask{}, fmt.Errorf("%w: cut short", errCall)
		}
		texts[i], rest = string(text), after
	}
	if len(rest) < 8+8+ed25519.SignatureSize {
		return ask{}, fmt.Errorf("%w: cut short", errCall)
	}
	return ask{
		ring: texts[0], from: ring.HostID(texts[1]), to: ring.HostID(texts[2]),
		boot: binary.BigEndian.Uint64(rest), serial: binary.BigEndian.Uint64(rest[8:]),
		request: rest[16 : len(rest)-ed25519.SignatureSize],
	}, nil
}
