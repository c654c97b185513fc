package mesh

import (
	"crypto/ed25519"
	"fmt"
	"hash/maphash"
	"testing"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// TestRecent: a letter is known again, unless very many came since.
func TestRecent(t *testing.T) {
	r := recent{seed: maphash.MakeSeed()}
	for i := range recentLetters {
		l := letter{bytes: fmt.Append(nil, i)}
		if r.has(l) {
			t.Errorf("letter %d known before it came", i)
		}
		r.add(l)
	}
	first := letter{bytes: fmt.Append(nil, 0)}
	if !r.has(first) {
		t.Errorf("a letter is forgotten after %d others", recentLetters-1)
	}
	r.add(letter{bytes: []byte("one more")})
	if r.has(first) {
		t.Errorf("a letter is remembered after %d others", recentLetters)
	}
}

// intruder has the ring's key and sends what it likes to a member, in the name of another.
type intruder struct {
	f  *fleet
	to *host
	by *membership // through which it sends
}

// say sends a verdict on subject, signed with key, as from, and returns what is refused for it.
func (in intruder) say(from ring.HostID, key ed25519.PrivateKey, boot uint64, subject ring.Member) map[string]uint64 {
	sealer, err := ring.NewSealer(ring.Author{ID: from, Boot: boot, Key: key})
	if err != nil {
		in.f.t.Fatal(err)
	}
	return in.send(sealer.Seal(nil, in.by.label, ring.Message{Kind: ring.Verdict, From: from, Subject: subject.ID,
		Boot: subject.Boot, Epoch: subject.Epoch, State: ring.HostDead}))
}

func (in intruder) send(b []byte) map[string]uint64 {
	before := in.to.Stats().Refused
	addr, _ := address(wire.Message, in.to.Self())
	if err := in.by.memberlist.SendToAddress(addr, b); err != nil {
		in.f.t.Fatal(err)
	}
	time.Sleep(time.Second)
	refused := in.to.Stats().Refused
	for reason, n := range before {
		if refused[reason] -= n; refused[reason] == 0 {
			delete(refused, reason)
		}
	}
	return refused
}

// TestForged: verdicts that are forged, replayed, of strangers or of another start of their author are
// refused and counted, and nobody dies of them.
func TestForged(t *testing.T) {
	inFleet(t, 6, func(f *fleet) {
		in := intruder{f: f, to: f.hosts[0], by: f.hosts[1].base()}
		victim := f.hosts[3].Self()
		two, stranger := hostKey("host2"), hostKey("stranger")
		for _, tt := range []struct {
			want string
			got  map[string]uint64
		}{
			{"signature", in.say("id-2", stranger, 1, victim)},
			{"stranger", in.say("id-9", stranger, 1, victim)},
			{"stranger", in.say("id-2", two, 2, victim)},
			{"malformed", in.send([]byte{2, 2, 1})},
			{"version", in.send([]byte{9, 9, 1, 2, 3})},
			{"malformed", in.send(make([]byte, 600))},
		} {
			if len(tt.got) != 1 || tt.got[tt.want] != 1 {
				t.Errorf("refused %v, want 1 for %q", tt.got, tt.want)
			}
		}
		time.Sleep(20 * time.Second)
		if len(f.events) > 0 || len(f.hosts[0].Members()) != 6 {
			t.Errorf("events %v, members %v; want nobody to have died", f.events, f.hosts[0].Members())
		}
	})
}

// TestReplayed: what comes again after much else has come is refused as a replay.
func TestReplayed(t *testing.T) {
	inFleet(t, 6, func(f *fleet) {
		in := intruder{f: f, to: f.hosts[0], by: f.hosts[1].base()}
		seal := func() []byte {
			return f.hosts[2].sealer.Seal(nil, in.by.label, ring.Message{Kind: ring.Answer, From: "id-2", Subject: "id-3"})
		}
		first := seal()
		if refused := in.send(first); len(refused) > 0 {
			t.Errorf("refused at first: %v", refused)
		}
		if refused := in.send(first); len(refused) > 0 {
			t.Errorf("refused a repetition: %v, want it passed over", refused)
		}
		for range recentLetters {
			in.send(seal())
		}
		if refused := in.send(first); refused["replay"] != 1 {
			t.Errorf("refused %v, want a replay", refused)
		}
	})
}
