package wire

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestAnswerBody(t *testing.T) {
	long := strings.Repeat("é", maxErrorText) // twice as many bytes
	for _, tt := range []struct {
		name   string
		answer []byte
		err    error
		want   error
	}{
		{"empty", nil, nil, nil},
		{"longest", make([]byte, MaxCall), nil, nil},
		{"too long", make([]byte, MaxCall+1), nil, ErrTooLarge},
		{"error", []byte("ignored"), errors.New("no such ring"), RemoteError("no such ring")},
		{"long error", nil, errors.New(long), RemoteError(long[:maxErrorText])},
		{"error cut within a character", nil, errors.New("x" + long), RemoteError("x" + long[:maxErrorText-2])},
	} {
		body := answerBody(tt.answer, tt.err)
		if tt.err != nil && (len(body) > 1+maxErrorText || !utf8.Valid(body)) {
			t.Errorf("%s: %q travels, %d bytes", tt.name, body, len(body))
		}
		answer, err := parseAnswerBody(body)
		if !errors.Is(err, tt.want) || err == nil && !bytes.Equal(answer, tt.answer) {
			t.Errorf("%s: %d bytes, %v, want %d bytes, %v", tt.name, len(answer), err, len(tt.answer), tt.want)
		}
	}
}

func FuzzParseAnswerBody(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{byte(busy)})
	f.Add([]byte{byte(tooLarge), 'x'})
	f.Add([]byte("\x01error\xff"))
	f.Add([]byte("\x00answer"))
	f.Fuzz(func(t *testing.T, body []byte) {
		answer, err := parseAnswerBody(body)
		if err == nil && !bytes.Equal(answerBody(answer, nil), body) {
			t.Errorf("%x is answer %x, and that another body", body, answer)
		}
		var remote RemoteError
		if errors.As(err, &remote) && (len(remote) > maxErrorText || !utf8.ValidString(string(remote))) {
			t.Errorf("%x is an error of %d bytes, %q", body, len(remote), remote)
		}
	})
}
