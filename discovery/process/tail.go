package process

import "strings"

// Tail keeps the last Limit bytes that are written to it, and discards what came before.
type Tail struct {
	Limit int // above 0
	buf   []byte
}

// Write never fails.
func (t *Tail) Write(p []byte) (int, error) {
	n := len(p)
	if over := n - t.Limit; over > 0 {
		p = p[over:]
	}
	if over := len(t.buf) + len(p) - t.Limit; over > 0 {
		t.buf = append(t.buf[:0], t.buf[over:]...)
	}
	t.buf = append(t.buf, p...)
	return n, nil
}

// String is what is kept, without white space around it.
func (t *Tail) String() string { return strings.TrimSpace(string(t.buf)) }
