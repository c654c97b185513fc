package ring

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
)

// hostKey is a key that each test run makes again.
func hostKey(id HostID) ed25519.PrivateKey {
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	copy(seed, id)
	return ed25519.NewKeyFromSeed(seed)
}

// keyOf knows the members a, b and c.
func keyOf(id HostID) ed25519.PublicKey {
	if id != "a" && id != "b" && id != "c" {
		return nil
	}
	return hostKey(id).Public().(ed25519.PublicKey)
}

func newSealer(t testing.TB, id HostID) *Sealer {
	t.Helper()
	s, err := NewSealer(Author{ID: id, Boot: 0x0102, Key: hostKey(id)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// forge signs what may be no message at all with a's key.
func forge(unsigned string) []byte {
	return append([]byte(unsigned), ed25519.Sign(hostKey("a"), signed(testLabel, []byte(unsigned)))...)
}

const (
	testLabel     = "assim/2/0/32-0/1"
	askHeader     = "\x02\x02\x01\x01a\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01"
	answerHeader  = "\x02\x02\x02" + "\x01a\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01"
	verdictHeader = "\x02\x02\x03" + "\x01a\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01"
	setHeader     = "\x02\x02\x04" + "\x01a\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x00\x00\x00\x01"
	deadB         = "\x01b\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x06\x01"
)

func someMessages() []Message {
	return []Message{
		{Kind: Ask, From: "a", Subject: "b", Number: 7},
		{Kind: Answer, From: "c", Subject: "b", Number: 7, Reached: true},
		{Kind: Answer, From: "c", Subject: "b", Number: 1 << 31},
		{Kind: Verdict, From: "a", Subject: HostID(strings.Repeat("b", maxTextBytes)), Boot: 1 << 40, Epoch: 3, State: HostDead},
		{Kind: Verdict, From: "b", Subject: "b", Boot: 1, State: ShutDown},
		{Kind: Verdict, From: "b", Subject: "b", Boot: 1, State: Moved},
	}
}

// TestWireForm holds the bytes of the package comment.
func TestWireForm(t *testing.T) {
	m := Message{Kind: Verdict, From: "a", Subject: "bb", Boot: 0x0102, Epoch: 5, State: NanoprobeDown}
	want := forge(verdictHeader + "\x02bb\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x05\x02")
	if got := newSealer(t, "a").Seal(nil, testLabel, m); !bytes.Equal(got, want) {
		t.Errorf("%+v: %q, want %q", m, got, want)
	}
	for _, want := range someMessages() {
		s := newSealer(t, want.From)
		s.Seal(nil, testLabel, want)
		b := s.Seal([]byte("before"), testLabel, want)[len("before"):]
		want.FromBoot, want.Serial = 0x0102, 2
		if got, err := Open(b, testLabel, keyOf); err != nil || got != want {
			t.Errorf("Open(%q) = %+v, %v; want %+v", b, got, err, want)
		}
	}
}

// TestLaterVersion: what a later version appends is ignored if it says that it may be.
func TestLaterVersion(t *testing.T) {
	want := Message{Kind: Verdict, From: "a", Subject: "b", Boot: 5, Epoch: 6, State: HostDead, FromBoot: 0x0102, Serial: 1}
	if got, err := Open(forge("\x07"+verdictHeader[1:]+deadB+"more"), testLabel, keyOf); err != nil || got != want {
		t.Errorf("Open = %+v, %v; want %+v", got, err, want)
	}
	set := forge("\x07" + setHeader[1:] + "\x00\x01" + deadB + "more")
	if _, got, err := OpenVerdicts(set, testLabel, keyOf); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("OpenVerdicts = %+v, %v; want %+v", got, err, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	question := "\x01b\x00\x00\x00\x01"
	longText := "\x41" + strings.Repeat("b", 65)
	flipped := forge(askHeader + question)
	flipped[30] ^= 1
	other := forge(askHeader + question)
	other[4] = 'b'
	stranger := forge(askHeader + question)
	stranger[4] = 'z'
	for name, tt := range map[string]struct {
		b    []byte
		want error
	}{
		"nothing":            {nil, ErrMalformed},
		"no signature":       {[]byte(askHeader + question), ErrMalformed},
		"oversize":           {forge(askHeader + question + strings.Repeat("x", MaxMessageBytes)), ErrMalformed},
		"the first version":  {forge("\x01" + askHeader[1:] + question), ErrVersion},
		"too late a version": {forge("\x03\x03" + askHeader[2:] + question), ErrVersion},
		"unknown kind":       {forge("\x02\x02\x06" + askHeader[3:] + question), ErrUnknownKind},
		"kind 0":             {forge("\x02\x02\x00" + askHeader[3:] + question), ErrUnknownKind},
		"empty author":       {forge("\x02\x02\x01\x00" + askHeader[5:] + question), ErrMalformed},
		"a stranger":         {stranger, ErrStranger},
		"another's name":     {other, ErrSignature},
		"a flipped bit":      {flipped, ErrSignature},
		"cut short":          {forge(askHeader + question[:5]), ErrMalformed},
		"no subject":         {forge(askHeader + "\x00\x00\x00\x00\x01"), ErrMalformed},
		"subject of 65":      {forge(askHeader + longText + "\x00\x00\x00\x01"), ErrMalformed},
		"subject not text":   {forge(askHeader + "\x01\xff\x00\x00\x00\x01"), ErrMalformed},
		"neither yes nor no": {forge(answerHeader + question + "\x02"), ErrMalformed},
		"state 0":            {forge(verdictHeader + deadB[:len(deadB)-1] + "\x00"), ErrMalformed},
		"state 5":            {forge(verdictHeader + deadB[:len(deadB)-1] + "\x05"), ErrMalformed},
		"last epoch":         {forge(verdictHeader + "\x01b\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\x01"), ErrMalformed},
		"a set, alone":       {forge(setHeader + "\x00\x00"), ErrMalformed},
		"tallies":            {forge(tallyHeader + "\x00"), ErrMalformed},
	} {
		if m, err := Open(tt.b, testLabel, keyOf); !errors.Is(err, tt.want) {
			t.Errorf("%s: Open(%q) = %+v, %v; want %v", name, tt.b, m, err, tt.want)
		}
	}
}

// TestOtherRing: what is good in one ring is nothing in another.
func TestOtherRing(t *testing.T) {
	s, next := newSealer(t, "a"), testLabel[:len(testLabel)-1]+"2"
	msg := Message{Kind: Verdict, From: "a", Subject: "b", Boot: 1, State: HostDead}
	for _, label := range []string{next, "", testLabel + "1"} {
		if _, err := Open(s.Seal(nil, testLabel, msg), label, keyOf); !errors.Is(err, ErrSignature) {
			t.Errorf("message of %q in %q: %v, want ErrSignature", testLabel, label, err)
		}
		if _, _, err := OpenVerdicts(s.SealVerdicts(nil, testLabel, []Message{msg}), label, keyOf); !errors.Is(err, ErrSignature) {
			t.Errorf("verdicts of %q in %q: %v, want ErrSignature", testLabel, label, err)
		}
	}
}

func TestOpenVerdicts(t *testing.T) {
	s := newSealer(t, "a")
	many := make([]Message, maxGone+1)
	for i := range many {
		many[i] = Message{Kind: Verdict, From: "a", Subject: HostID(strings.Repeat("b", maxTextBytes)), Boot: 1, State: HostDead}
	}
	set, got, err := OpenVerdicts(s.SealVerdicts(nil, testLabel, many[1:]), testLabel, keyOf)
	if err != nil || len(got) != maxGone || got[0].Subject != many[0].Subject || set.Serial != 1 || got[9].Serial != 1 {
		t.Errorf("OpenVerdicts of %d = %+v, %d verdicts, %v", maxGone, set, len(got), err)
	}
	if set, got, err := OpenVerdicts(s.SealVerdicts(nil, testLabel, nil), testLabel, keyOf); err != nil || len(got) != 0 || set.From != "a" || set.Serial != 2 {
		t.Errorf("OpenVerdicts of none = %+v, %d verdicts, %v", set, len(got), err)
	}
	for name, b := range map[string][]byte{
		"too many":           s.SealVerdicts(nil, testLabel, many),
		"not a set":          s.Seal(nil, testLabel, many[0]),
		"fewer than it says": forge(setHeader + "\x00\x02" + deadB),
		"no count":           forge(setHeader + "\x00"),
		"oversize":           forge(setHeader + "\x00\x00" + strings.Repeat("x", MaxVerdictsBytes)),
		"garbage":            []byte("x"),
	} {
		if _, _, err := OpenVerdicts(b, testLabel, keyOf); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func TestNewSealerRefuses(t *testing.T) {
	for _, a := range []Author{{}, {ID: "a", Boot: 1}, {ID: "a", Key: hostKey("a")}, {Boot: 1, Key: hostKey("a")}} {
		if _, err := NewSealer(a); err == nil {
			t.Errorf("NewSealer(%+v) took it", a)
		}
	}
}

// TestReplays: each number of a boot is taken once, in whatever order as long as it is not far behind.
func TestReplays(t *testing.T) {
	var r Replays
	for _, tt := range []struct {
		boot, serial uint64
		fresh        bool
	}{
		{5, 1, true}, {5, 1, false}, {5, 3, true}, {5, 2, true}, {5, 2, false}, {5, 3, false},
		{5, 3 + windowBits, true}, {5, 3, false}, {5, 4, true}, {5, 4, false}, {5, 3 + windowBits, false},
		{4, 1000, false}, {5, 1 << 40, true}, {5, 1<<40 - windowBits + 1, true}, {5, 1<<40 - windowBits, false},
		{6, 1, true}, {6, 1, false}, {5, 1<<40 + 1, false}, {6, 64, true}, {6, 65, true}, {6, 65 + 64, true}, {6, 66, true},
		{7, 1<<64 - 1, true}, {7, 1<<64 - 1, false},
	} {
		err := r.Admit(Message{From: "a", FromBoot: tt.boot, Serial: tt.serial})
		if fresh := err == nil; fresh != tt.fresh || err != nil && !errors.Is(err, ErrReplay) {
			t.Errorf("message %d of boot %d: %v, want it taken: %v", tt.serial, tt.boot, err, tt.fresh)
		}
	}
	if err := r.Admit(Message{From: "b", FromBoot: 1, Serial: 1}); err != nil {
		t.Errorf("another author: %v", err)
	}
	for i := range 2 * maxAuthors {
		r.Admit(Message{From: simID(i), FromBoot: 1, Serial: 1})
		r.Admit(Message{From: "a", FromBoot: 8, Serial: uint64(i + 1)})
	}
	if len(r.windows) != maxAuthors || r.Admit(Message{From: "a", FromBoot: 8, Serial: 9}) == nil {
		t.Errorf("%d windows, at most %d, and a, which spoke all the time, must be among them", len(r.windows), maxAuthors)
	}
}

// FuzzOpen: nothing that is not signed is opened, and what is signed comes out as it went in.
func FuzzOpen(f *testing.F) {
	for _, m := range someMessages() {
		f.Add(newSealer(f, m.From).Seal(nil, testLabel, m))
	}
	f.Add([]byte(askHeader + "\x01b\x00\x00\x00\x01"))
	f.Add([]byte(verdictHeader + deadB))
	f.Add([]byte(setHeader + "\x00\x01" + deadB))
	f.Fuzz(func(t *testing.T, b []byte) {
		b = b[:len(b):len(b)]
		if m, err := Open(forge(string(b)), testLabel, keyOf); err == nil {
			again := m.appendBody(append(b[:0:0], b[:3+1+len(m.From)+16]...))
			if !bytes.HasPrefix(b, again) {
				t.Errorf("Open(%q) = %+v, which is written %q", b, m, again)
			}
		}
		if _, vs, err := OpenVerdicts(forge(string(b)), testLabel, keyOf); err == nil && len(vs) > maxGone {
			t.Errorf("OpenVerdicts(%q) = %d verdicts", b, len(vs))
		}
	})
}

// FuzzStep throws whatever opens at a machine: it must neither panic nor be made to hold more than
// its bounds allow.
func FuzzStep(f *testing.F) {
	f.Add([]byte(askHeader+"\x01b\x00\x00\x00\x01"), uint8(9))
	f.Add([]byte(answerHeader+"\x01b\x00\x00\x00\x01\x01"), uint8(4))
	f.Add([]byte(verdictHeader+deadB), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, ticks uint8) {
		msg, err := Open(forge(string(b)), testLabel, keyOf)
		if err != nil {
			return
		}
		msg.From = "c" // the machine is a
		m := newMachine(t, "a", "b", "c")
		for range 40 {
			m.Step(Received{msg})
			m.Step(Synced{[]Message{msg}})
			m.Tick(int(ticks % 16))
		}
		if len(m.asked) > maxAsked || len(m.watches) > 4 {
			t.Errorf("%+v: %d questions and %d watches", msg, len(m.asked), len(m.watches))
		}
	})
}

// TestEventSignature: an event is its witness's word for word, also after a way as JSON.
func TestEventSignature(t *testing.T) {
	key := hostKey("a")
	public := key.Public().(ed25519.PublicKey)
	e := Event{Kind: SwitchDown, Subject: member("b"), Witness: "a", Segment: "switch:<&\u2028\ufffd>", Number: 3,
		SecondedBy: []HostID{}, Members: []Member{member("c")}, Incident: "i"}.Sign(key)
	if !roundTrip(t, e).Verify(public) || !roundTrip(t, e.Sign(key)).Verify(public) {
		t.Errorf("%+v is not verified", e)
	}
	for i, spoil := range []func(*Event){
		func(e *Event) { e.Number++ }, func(e *Event) { e.Witness = "b" }, func(e *Event) { e.Members[0].Boot++ },
		func(e *Event) { e.Signature = nil }, func(e *Event) { e.Signature[3] ^= 4 },
	} {
		bad := roundTrip(t, e)
		if spoil(&bad); bad.Verify(public) {
			t.Errorf("%d: %+v is verified", i, bad)
		}
	}
	if e.Verify(keyOf("b")) || e.Verify(nil) {
		t.Error("verified by another key, or none")
	}
}
