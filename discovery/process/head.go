package process

import (
	"bytes"
	"errors"
)

// ErrFull is what a Head with Full refuses further bytes with.
var ErrFull = errors.New("more output than is kept")

// Head keeps the first Limit bytes that are written to it. Of what comes after it calls Full and
// refuses it, or without Full discards it.
type Head struct {
	Limit int
	Full  func()
	buf   bytes.Buffer
}

func (h *Head) Write(p []byte) (int, error) {
	fits := min(len(p), h.Limit-h.buf.Len())
	h.buf.Write(p[:fits])
	if fits < len(p) && h.Full != nil {
		h.Full()
		return fits, ErrFull
	}
	return len(p), nil
}

// Bytes is what is kept, until the next Write.
func (h *Head) Bytes() []byte { return h.buf.Bytes() }
