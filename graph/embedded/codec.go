package embedded

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// prop is a property by the number of its name.
type prop struct {
	key uint32
	value
}

// saying is what a document says of one node or relationship: the node's name, labels and properties,
// or the relationship's properties.
type saying struct {
	isNode bool
	label  uint32   // the first label
	key    string   // of the node
	labels []uint32 // further ones, by name
	props  []prop   // ascending by number of the name
}

// encode returns the saying as the file has it: equal sayings have equal bytes.
//
//	uvarint 1 + first label, text key, uvarint n, n × uvarint label      or 0 for a relationship
//	uvarint n, n × (uvarint key<<3 | kind, value)
//
// where a text is its length as uvarint and its bytes, and so is a list; a boolean or an integer is a
// varint (zigzag), a float 8 bytes, big-endian.
func (s saying) encode() (b []byte) {
	if s.isNode {
		b = binary.AppendUvarint(b, 1+uint64(s.label))
		b = appendText(b, s.key)
		b = appendNumbers(b, s.labels)
	} else {
		b = append(b, 0)
	}
	b = binary.AppendUvarint(b, uint64(len(s.props)))
	for _, p := range s.props {
		b = binary.AppendUvarint(b, uint64(p.key)<<3|uint64(p.kind))
		switch p.kind {
		case text, list:
			b = appendText(b, p.text)
		case float:
			b = binary.BigEndian.AppendUint64(b, p.bits)
		default:
			b = binary.AppendVarint(b, int64(p.bits))
		}
	}
	return b
}

// decodeSaying reads what encode wrote; false for what it can't have written.
func decodeSaying(b []byte) (s saying, ok bool) {
	ok = s.decode(b)
	return s, ok
}

// decode is decodeSaying into a saying that was used before, whose lists it uses again.
func (s *saying) decode(b []byte) bool {
	r := newReader(b)
	*s = saying{labels: s.labels[:0], props: s.props[:0]}
	if label := r.uvarint(); label > 0 {
		s.isNode, s.label, s.key = true, uint32(label-1), r.text()
		s.labels = appendRead(&r, s.labels)
	}
	for range r.count() {
		tag := r.uvarint()
		p := prop{key: uint32(tag >> 3), value: value{kind: kind(tag & 7)}}
		switch p.kind {
		case text, list:
			p.text = r.text()
		case float:
			p.bits = r.fixed()
		case boolean, integer:
			p.bits = uint64(r.varint())
		default:
			r.failed = true
		}
		s.props = append(s.props, p)
	}
	return r.ended()
}

// record is a document in the file.
type record struct {
	age       uint64 // the store's clock when the facts changed last
	boot, seq uint64
	hash      string
	nodes     []sayID     // what is said of its nodes
	rels      []relRecord // ends are indexes into nodes
}

type relRecord struct {
	kind, from, to uint32
	says           sayID // silent if nothing is said of it but that it is there
}

// encode writes three uvarints, the text hash, uvarint n and n sayings, uvarint m and m relationships
// of four uvarints each.
func (rec record) encode() []byte {
	b := make([]byte, 0, 32+len(rec.hash)+4*len(rec.nodes)+6*len(rec.rels))
	for _, v := range []uint64{rec.age, rec.boot, rec.seq} {
		b = binary.AppendUvarint(b, v)
	}
	b = appendText(b, rec.hash)
	b = appendNumbers(b, rec.nodes)
	b = binary.AppendUvarint(b, uint64(len(rec.rels)))
	for _, r := range rec.rels {
		for _, v := range []uint32{r.kind, r.from, r.to, uint32(r.says)} {
			b = binary.AppendUvarint(b, uint64(v))
		}
	}
	return b
}

// decodeRecord reads what encode wrote; false for what it can't have written.
func decodeRecord(b []byte) (rec record, ok bool) {
	ok = rec.decode(b)
	return rec, ok
}

// decode is decodeRecord into a record that was used before, whose lists it uses again.
func (rec *record) decode(b []byte) bool {
	r := newReader(b)
	nodes, rels := rec.nodes[:0], rec.rels[:0]
	*rec = record{age: r.uvarint(), boot: r.uvarint(), seq: r.uvarint(), hash: r.text()}
	rec.nodes = appendRead(&r, nodes)
	n := r.count()
	rec.rels = slices.Grow(rels, n)
	for range n {
		rel := relRecord{kind: r.number(), from: r.number(), to: r.number(), says: sayID(r.number())}
		if int(max(rel.from, rel.to)) >= len(rec.nodes) {
			r.failed = true
		}
		rec.rels = append(rec.rels, rel)
	}
	return r.ended()
}

func appendNumbers[T ~uint32](b []byte, numbers []T) []byte {
	b = binary.AppendUvarint(b, uint64(len(numbers)))
	for _, n := range numbers {
		b = binary.AppendUvarint(b, uint64(n))
	}
	return b
}

// reader reads from the front of rest. After what can't be right it is failed and gives zeros.
type reader struct {
	whole  string // texts are parts of it, which saves making each
	rest   []byte // its end
	failed bool
}

func newReader(b []byte) reader { return reader{whole: string(b), rest: b} }

func (r *reader) ended() bool { return !r.failed && len(r.rest) == 0 }

func (r *reader) skip(n int) {
	if r.failed = r.failed || n <= 0; r.failed {
		n = len(r.rest)
	}
	r.rest = r.rest[n:]
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

// number reads a uvarint of 32 bits.
func (r *reader) number() uint32 {
	v := r.uvarint()
	r.failed = r.failed || v != uint64(uint32(v))
	return uint32(v)
}

// count reads the number of elements that follow, each of a byte at least.
func (r *reader) count() int {
	v := r.uvarint()
	if r.failed = r.failed || v > uint64(len(r.rest)); r.failed {
		return 0
	}
	return int(v)
}

// appendRead reads what appendNumbers wrote.
func appendRead[T ~uint32](r *reader, numbers []T) []T {
	n := r.count()
	numbers = slices.Grow(numbers, n)
	for range n {
		numbers = append(numbers, T(r.number()))
	}
	return numbers
}

func (r *reader) fixed() uint64 {
	if len(r.rest) < 8 {
		r.failed = true
		return 0
	}
	v := binary.BigEndian.Uint64(r.rest)
	r.rest = r.rest[8:]
	return v
}

func (r *reader) text() string {
	n := r.count()
	s := r.whole[len(r.whole)-len(r.rest):][:n]
	r.rest = r.rest[n:]
	return s
}

func sortProps(props []prop) {
	slices.SortFunc(props, func(a, b prop) int { return cmp.Compare(a.key, b.key) })
}
