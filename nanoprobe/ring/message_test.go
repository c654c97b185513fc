package ring

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func someMessages() []Message {
	return []Message{
		{Kind: Ask, From: "a", Subject: "b", Number: 7},
		{Kind: Answer, From: "c", Subject: "b", Number: 7, Reached: true},
		{Kind: Answer, From: "c", Subject: "b", Number: 1 << 31},
		{Kind: Verdict, From: "a", Subject: HostID(strings.Repeat("b", maxTextBytes)), Boot: 1 << 40, Epoch: 3, State: HostDead},
		{Kind: Verdict, From: "b", Subject: "b", Boot: 1, State: ShutDown},
	}
}

// TestWireForm holds the bytes of the package comment.
func TestWireForm(t *testing.T) {
	m := Message{Kind: Verdict, From: "a", Subject: "bb", Boot: 0x0102, Epoch: 5, State: NanoprobeDown}
	want := []byte("\x01\x03\x01a\x02bb\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00\x05\x02")
	if got := m.Append(nil); !bytes.Equal(got, want) {
		t.Errorf("%+v: %q, want %q", m, got, want)
	}
	for _, m := range someMessages() {
		b := m.Append(nil)
		if got, err := Parse(b); err != nil || got != m {
			t.Errorf("Parse(%q) = %+v, %v; want %+v", b, got, err, m)
		}
		if len(b) > MaxMessageBytes {
			t.Errorf("%+v has %d bytes, at most %d", m, len(b), MaxMessageBytes)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	long := "\x01\x01\x41" + strings.Repeat("a", 65) + "\x01b\x00\x00\x00\x01"
	for name, b := range map[string]string{
		"nothing":            "",
		"another version":    "\x02\x01\x01a\x01b\x00\x00\x00\x01",
		"unknown kind":       "\x01\x04\x01a\x01b\x00\x00\x00\x01",
		"cut short":          "\x01\x01\x01a\x01b\x00\x00\x00",
		"a byte too many":    "\x01\x01\x01a\x01b\x00\x00\x00\x01\x00",
		"empty sender":       "\x01\x01\x00\x01b\x00\x00\x00\x01",
		"sender of 65 bytes": long,
		"neither yes nor no": "\x01\x02\x01a\x01b\x00\x00\x00\x01\x02",
		"state 0":            "\x01\x03\x01a\x01b\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00",
		"state 4":            "\x01\x03\x01a\x01b\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x04",
		"last epoch":         "\x01\x03\x01a\x01b\x00\x00\x00\x00\x00\x00\x00\x01\xff\xff\xff\xff\x01",
	} {
		if m, err := Parse([]byte(b)); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: Parse(%q) = %+v, %v; want ErrMessage", name, b, m, err)
		}
	}
}

func TestParseVerdicts(t *testing.T) {
	verdicts := someMessages()[3:]
	got, err := ParseVerdicts(AppendVerdicts(nil, verdicts))
	if err != nil || len(got) != 2 || got[0] != verdicts[0] || got[1] != verdicts[1] {
		t.Errorf("ParseVerdicts = %+v, %v; want %+v", got, err, verdicts)
	}
	many := make([]Message, maxGone+1)
	for i := range many {
		many[i] = verdicts[1]
	}
	if _, err := ParseVerdicts(AppendVerdicts(nil, many[1:])); err != nil {
		t.Errorf("%d verdicts: %v", maxGone, err)
	}
	for name, b := range map[string][]byte{
		"too many":      AppendVerdicts(nil, many),
		"not a verdict": someMessages()[0].Append(nil),
		"garbage":       []byte("x"),
	} {
		if _, err := ParseVerdicts(b); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v, want ErrMessage", name, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, m := range someMessages() {
		f.Add(m.Append(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if m, err := Parse(b); err == nil && !bytes.Equal(m.Append(nil), b) {
			t.Errorf("Parse(%q) = %+v, which is written %q", b, m, m.Append(nil))
		}
		if vs, err := ParseVerdicts(b); err == nil && !bytes.Equal(AppendVerdicts(nil, vs), b) {
			t.Errorf("ParseVerdicts(%q) = %+v, which is written otherwise", b, vs)
		}
	})
}

// FuzzStep throws whatever parses at a machine: it must neither panic nor be made to hold more than
// its bounds allow.
func FuzzStep(f *testing.F) {
	for _, m := range someMessages() {
		f.Add(m.Append(nil), uint8(9))
	}
	f.Fuzz(func(t *testing.T, b []byte, ticks uint8) {
		m := newMachine(t, "a", "b", "c")
		msg, err := Parse(b)
		if err != nil {
			return
		}
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
