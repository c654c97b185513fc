package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// MaxCall is the bytes of the longest request, and of the longest answer.
const MaxCall = 64 << 10

const (
	formatVersion = 1
	headerBytes   = 6
	// maxContent is an answer's: nonce, tag and status beside MaxCall bytes.
	maxContent = nonceBytes + tagBytes + 1 + MaxCall
)

// frameKind is the byte that says what a frame is.
type frameKind byte

const (
	requestFrame frameKind = 1
	answerFrame  frameKind = 2
	refusalFrame frameKind = 3
)

// refusal is the content of a refusal.
type refusal byte

const (
	unknownKey     refusal = 1
	unknownVersion refusal = 2
)

var errVersion = errors.New("unknown version")

// frame is one message of a call, as it travels.
type frame struct {
	kind    frameKind
	content []byte
}

// header is what precedes content of n bytes.
func header(kind frameKind, n int) [headerBytes]byte {
	h := [headerBytes]byte{formatVersion, byte(kind)}
	binary.BigEndian.PutUint32(h[2:], uint32(n))
	return h
}

func (f frame) append(b []byte) []byte {
	h := header(f.kind, len(f.content))
	return append(append(b, h[:]...), f.content...)
}

// readFrame reads one frame and no byte more. errVersion comes before the content is read, unless it is
// a refusal, which every version understands.
func readFrame(r io.Reader) (frame, error) {
	var h [headerBytes]byte
	if _, err := io.ReadFull(r, h[:]); err != nil {
		return frame{}, err
	}
	kind, n := frameKind(h[1]), binary.BigEndian.Uint32(h[2:])
	switch {
	case h[0] != formatVersion && kind != refusalFrame:
		return frame{}, fmt.Errorf("%w %d", errVersion, h[0])
	case n > maxContent:
		return frame{}, fmt.Errorf("frame of %d bytes, at most %d", n, maxContent)
	}
	content := make([]byte, n)
	if _, err := io.ReadFull(r, content); err != nil {
		return frame{}, err
	}
	return frame{kind, content}, nil
}
