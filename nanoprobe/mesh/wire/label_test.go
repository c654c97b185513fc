package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/hashicorp/memberlist"
)

func TestReadLabel(t *testing.T) {
	long := strings.Repeat("l", 255)
	for _, tt := range []struct {
		name, in, label string
		err             error
	}{
		{"label and what follows", "\xf4\x01abc", "a", nil},
		{"longest", "\xf4\xff" + long, long, nil},
		{"nothing", "", "", io.EOF},
		{"mark alone", "\xf4", "", io.ErrUnexpectedEOF},
		{"cut before the label", "\xf4\x03", "", io.ErrUnexpectedEOF},
		{"cut within the label", "\xf4\x03ab", "", io.ErrUnexpectedEOF},
		{"empty label", "\xf4\x00a", "", errNoLabel},
		{"no label", "GET / HTTP/1.1", "", errNoLabel},
	} {
		label, err := readLabel(strings.NewReader(tt.in))
		if label != tt.label || !errors.Is(err, tt.err) || err != nil && errors.Is(err, io.EOF) != (tt.err == io.EOF) {
			t.Errorf("%s: %q, %v, want %q, %v", tt.name, label, err, tt.label, tt.err)
		}
	}
}

// FuzzLabel holds both ways of reading a label to memberlist's, and to appendLabel.
func FuzzLabel(f *testing.F) {
	f.Add(appendLabel(nil, "assim/2/0/32-0a0b0c0d/1"))
	f.Add([]byte{labelMark, 0})
	f.Add([]byte{labelMark, 255, 'a'})
	f.Fuzz(func(t *testing.T, b []byte) {
		wantPayload, want, wantErr := memberlist.RemoveLabelHeaderFromPacket(b)
		none := wantErr != nil || want == ""
		label, payload, err := cutLabel(b)
		if none != (err != nil) || !none && (string(label) != want || !bytes.Equal(payload, wantPayload)) {
			t.Errorf("datagram %x: label %q, payload %x, %v; memberlist: %q, %x, %v", b, label, payload, err, want, wantPayload, wantErr)
		}
		r := bytes.NewReader(b)
		streamLabel, err := readLabel(r)
		if none != (err != nil) || !none && (streamLabel != want || r.Len() != len(wantPayload)) {
			t.Errorf("stream %x: label %q, %d bytes left, %v; memberlist: %q, %x, %v", b, streamLabel, r.Len(), err, want, wantPayload, wantErr)
		}
		if !none && !bytes.Equal(append(appendLabel(nil, want), wantPayload...), b) {
			t.Errorf("label %q makes another header than that of %x", want, b)
		}
	})
}
