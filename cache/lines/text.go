package lines

// Text is a text as its difference says: lines of its own, and between them lines of a base.
type Text struct {
	Own   []byte // its own lines, one after the other
	Parts []Part // what it is made of; none if all of it is Own
	Base  *Base  // nil: all of it is Own
	Size  int    // bytes of the whole text
}

// Part is so many own lines, those that follow the part before, and then Count lines of the base from
// First on, numbered from 0.
type Part struct{ OwnBytes, OwnLines, First, Count uint32 }

// Whole is a text that has nothing to do with a base. It keeps content, in which anything may stand.
func Whole(content []byte) Text { return Text{Own: content, Size: len(content)} }

// Append appends the whole text to dst.
func (t Text) Append(dst []byte) []byte {
	own := t.Own
	for _, p := range t.Parts {
		dst = append(dst, own[:p.OwnBytes]...)
		dst = append(dst, t.Base.run(int(p.First), int(p.Count))...)
		own = own[p.OwnBytes:]
	}
	return append(dst, own...)
}
