package wire

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

var (
	oldKey = bytes.Repeat([]byte{1}, 32)
	newKey = bytes.Repeat([]byte{2}, 16) // memberlist allows AES-128 keys
)

func TestReadFrame(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     frame
		err      error // nil: any
	}{
		{"request and what follows", "\x01\x01\x00\x00\x00\x02abc", frame{requestFrame, []byte("ab")}, nil},
		{"refusal of a later version", "\x09\x03\x00\x00\x00\x01\x02", frame{refusalFrame, []byte{2}}, nil},
		{"request of a later version", "\x02\x01\xff\xff\xff\xff", frame{}, errVersion},
		{"nothing", "", frame{}, io.EOF},
		{"cut header", "\x01\x01\x00", frame{}, io.ErrUnexpectedEOF},
		{"cut content", "\x01\x01\x00\x00\x00\x02a", frame{}, io.ErrUnexpectedEOF},
	} {
		got, err := readFrame(strings.NewReader(tt.in))
		if !reflect.DeepEqual(got, tt.want) || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
}

func TestFrameBounds(t *testing.T) {
	longest := frame{answerFrame, make([]byte, maxContent)}.append(nil)
	if _, err := readFrame(bytes.NewReader(longest)); err != nil {
		t.Errorf("frame of %d bytes: %v", maxContent, err)
	}
	longer := frame{answerFrame, make([]byte, maxContent+1)}.append(nil)
	if _, err := readFrame(bytes.NewReader(longer)); err == nil {
		t.Errorf("frame of %d bytes is read, at most %d", maxContent+1, maxContent)
	}
}

func FuzzReadFrame(f *testing.F) {
	f.Add(frame{requestFrame, []byte("content")}.append(nil))
	f.Add(frame{refusalFrame, []byte{1}}.append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := readFrame(bytes.NewReader(b))
		if err != nil {
			return
		}
		if again, err := readFrame(bytes.NewReader(got.append(nil))); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%x is %v, and that is %v, %v", b, got, again, err)
		}
	})
}

// sealed is a frame, or the end of the test.
func sealed(t testing.TB, key, nonce []byte, body string) frame {
	t.Helper()
	f, err := seal(key, nonce, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSeal(t *testing.T) {
	keys := [][]byte{newKey, oldKey}
	request := sealed(t, oldKey, nil, "request")
	other := sealed(t, oldKey, nil, "request")
	if bytes.Equal(request.content, other.content) {
		t.Error("two requests are sealed alike")
	}
	answer := sealed(t, newKey, request.nonce(), "answer")
	for _, tt := range []struct {
		name  string
		keys  [][]byte
		nonce []byte
		f     frame
		want  string // "": it does not open
	}{
		{"request", keys, nil, request, "request"},
		{"request with an unknown key", keys[:1], nil, request, ""},
		{"request without keys", nil, nil, request, ""},
		{"answer", keys, request.nonce(), answer, "answer"},
		{"answer to another request", keys, other.nonce(), answer, ""},
		{"answer as a request", keys, nil, answer, ""},
		{"request said to be of another kind", keys, nil, frame{77, request.content}, ""},
		{"answer said to be a request", keys, nil, frame{requestFrame, answer.content}, ""},
		{"request as its own answer", keys, request.nonce(), frame{answerFrame, request.content}, ""},
	} {
		body, key, err := open(tt.keys, tt.nonce, tt.f)
		if string(body) != tt.want || (err != nil) != (tt.want == "") || err == nil && len(key) == 0 {
			t.Errorf("%s: %q, %v, want %q", tt.name, body, err, tt.want)
		}
	}
}

// TestFormat opens frames that a program in another language sealed, by the package comment.
func TestFormat(t *testing.T) {
	const (
		request = "010100000039000102030405060708090a0b0c0d0e0f101112131415161718191a1b" +
			"7640291235f24ac2558f59b8b69486e9f444fb75884c3ea2f8d7253011"
		answer = "0102000000336465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f" +
			"76815c5b8d443808c8ca0cbf3fd808995b7a8eb8dca0b0"
	)
	var nonce []byte
	for _, tt := range []struct{ travels, body string }{{request, "who is there?"}, {answer, "\x00nobody"}} {
		b, err := hex.DecodeString(tt.travels)
		if err != nil {
			t.Fatal(err)
		}
		f, err := readFrame(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		if body, _, err := open([][]byte{oldKey}, nonce, f); err != nil || string(body) != tt.body {
			t.Errorf("%s opens to %q, %v, want %q", tt.travels, body, err, tt.body)
		}
		nonce = f.nonce()
	}
}

// TestSealNoticesAnyChange changes each byte of an answer, and cuts it at each.
func TestSealNoticesAnyChange(t *testing.T) {
	keys := [][]byte{oldKey}
	nonce := sealed(t, oldKey, nil, "").nonce()
	answer := sealed(t, oldKey, nonce, "body")
	for i := range answer.content {
		changed := bytes.Clone(answer.content)
		changed[i] ^= 1
		if _, _, err := open(keys, nonce, frame{answerFrame, changed}); !errors.Is(err, errSeal) {
			t.Errorf("byte %d changed: %v, want %v", i, err, errSeal)
		}
		if _, _, err := open(keys, nonce, frame{answerFrame, answer.content[:i]}); !errors.Is(err, errSeal) {
			t.Errorf("cut to %d bytes: %v, want %v", i, err, errSeal)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(byte(requestFrame), sealed(f, newKey, nil, "x").content, []byte("request"))
	f.Add(byte(answerFrame), []byte{}, []byte{})
	f.Fuzz(func(t *testing.T, kind byte, content, body []byte) {
		if _, _, err := open([][]byte{oldKey}, nil, frame{frameKind(kind), content}); err == nil {
			t.Errorf("a forged request opens: %x", content)
		}
		request := sealed(t, oldKey, nil, string(body))
		if got, _, err := open([][]byte{newKey, oldKey}, nil, request); err != nil || !bytes.Equal(got, body) {
			t.Errorf("body %x comes as %x, %v", body, got, err)
		}
	})
}
