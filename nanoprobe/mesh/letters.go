package mesh

import (
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"sync"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// read opens letters, and returns those for the ring's machine. What is forged, replayed, of a stranger or
// unreadable is counted and left out.
func (s *membership) read(letters []letter) []ring.Input {
	var inputs []ring.Input
	for _, l := range letters {
		if s.recent.has(l) {
			continue
		}
		var in ring.Input
		var err error
		if ring.HasTallies(l.bytes) {
			err = s.readTallies(l)
		} else {
			in, err = s.unseal(l)
		}
		if err != nil {
			s.mesh.refused.count(err)
			s.logger.Debug("message refused", "err", err)
			continue
		}
		s.recent.add(l)
		if in != nil {
			inputs = append(inputs, in)
		}
	}
	return inputs
}

// recentLetters is how many letters are told from their repetitions.
const recentLetters = 64

// recent remembers letters that were read: a broadcast comes again with each heartbeat for a while,
// and need not be opened each time to be refused as a replay. Two letters that have one hash by chance
// are a lost datagram in 10^17.
type recent struct {
	seed   maphash.Seed
	hashes [recentLetters]uint64
	next   int
}

func (r *recent) has(l letter) bool {
	return slices.Contains(r.hashes[:], maphash.Bytes(r.seed, l.bytes))
}

func (r *recent) add(l letter) {
	r.hashes[r.next] = maphash.Bytes(r.seed, l.bytes)
	r.next = (r.next + 1) % recentLetters
}

func (s *membership) unseal(l letter) (ring.Input, error) {
	var msg ring.Message
	var in ring.Input
	var err error
	if l.set {
		var verdicts []ring.Message
		msg, verdicts, err = ring.OpenVerdicts(l.bytes, s.label, s.roll.key)
		in = ring.Synced{Verdicts: verdicts}
	} else {
		msg, err = ring.Open(l.bytes, s.label, s.roll.key)
		in = ring.Received{Message: msg}
	}
	if err != nil {
		return nil, err
	}
	return in, s.admit(msg)
}

// admit refuses what was opened before. A second host with the key of a member, cloned with it, must not
// speak for it.
func (s *membership) admit(msg ring.Message) error {
	if msg.FromBoot != s.roll.member(msg.From).Boot {
		return fmt.Errorf("message of boot %d from %q: %w", msg.FromBoot, msg.From, ring.ErrStranger)
	}
	return s.mesh.replays.Admit(msg)
}

// reasons are why something is refused, and what it is counted under.
var reasons = [...]struct {
	err  error
	name string
}{
	{ring.ErrMalformed, "malformed"}, {ring.ErrVersion, "version"}, {ring.ErrUnknownKind, "kind"},
	{ring.ErrSignature, "signature"}, {ring.ErrReplay, "replay"}, {ring.ErrStranger, "stranger"},
	{ring.ErrFull, "full"}, {errOtherKey, "key"}, {errMetadata, "metadata"}, {backbone.ErrMessage, "call"},
	{errCall, "call"},
}

// tally counts what was refused, by reason. It is safe for concurrent use.
type tally struct {
	mu sync.Mutex
	by map[string]uint64
}

func (t *tally) count(err error) {
	name := "other"
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			name = r.name
			break
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.by == nil {
		t.by = map[string]uint64{}
	}
	t.by[name]++
}
