package lines

import (
	"bytes"
	"encoding/binary"
)

// minRun is how many bytes of the base a run has at least: one takes some 3 bytes to write, and time to
// read. It also bounds how many runs a text has.
const minRun = 16

// AppendDiff appends the difference of content from the base, and returns how many bytes of content are
// lines of the base. It appends nothing for content that has a NUL.
func (b *Base) AppendDiff(dst, content []byte) (diff []byte, common int) {
	if bytes.IndexByte(content, 0) >= 0 {
		return dst, 0
	}
	x, d := newIndex(b), draft{base: b}
	for at := 0; at < len(content); {
		first, count := x.find(content[at:], d.next)
		size := len(b.run(first, count))
		if size >= minRun {
			d.run(first, count)
			common += size
		} else {
			size = lineLen(content[at:])
			d.own(content[at : at+size])
		}
		at += size
	}
	return d.append(dst), common
}

// lineLen is the length of the first line, with its end if it has one.
func lineLen(text []byte) int {
	if i := bytes.IndexByte(text, '\n'); i >= 0 {
		return i + 1
	}
	return len(text)
}

// draft is a difference that is being written.
type draft struct {
	base               *Base
	runs, heads, rests []byte
	next               int    // the line of the base behind the last run
	owns               int    // own lines behind it
	last               []byte // the own line before, without its end
}

// own adds an own line. It begins as the line in whose place it is, where a value has changed, or as the
// one before it, where there are more of a kind than the base has.
func (d *draft) own(line []byte) {
	model := d.base.model(d.next + d.owns)
	same, head := commonPrefix(line, model), uint64(0)
	if n := commonPrefix(line, d.last); n > same {
		same, head = n, 1
	}
	d.heads = binary.AppendUvarint(d.heads, uint64(same)<<1|head)
	d.rests = append(d.rests, line[same:]...)
	d.owns++
	d.last = bytes.TrimSuffix(line, []byte{'\n'})
}

// run adds lines of the base.
func (d *draft) run(first, count int) {
	d.runs = binary.AppendUvarint(d.runs, uint64(d.owns))
	d.runs = binary.AppendVarint(d.runs, int64(first-d.next))
	d.runs = binary.AppendUvarint(d.runs, uint64(count))
	d.next, d.owns = first+count, 0
}

func (d *draft) append(dst []byte) []byte {
	dst = append(binary.AppendUvarint(dst, uint64(len(d.runs))), d.runs...)
	dst = append(binary.AppendUvarint(dst, uint64(len(d.heads))), d.heads...)
	return append(dst, d.rests...)
}

// commonPrefix is with how many equal bytes a and b begin.
func commonPrefix(a, b []byte) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}
