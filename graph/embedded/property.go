package embedded

import (
	"encoding/binary"
	"math"
)

// kind is the type of a property's value.
type kind uint8

const (
	absent kind = iota
	boolean
	integer
	float
	text
	list // of strings
)

// value is a property's value apart from its name. A list is kept in text, every string after its
// length, so that to compare values is to compare the fields.
type value struct {
	kind kind
	bits uint64 // of a boolean, an integer or a float
	text string
}

// valueOf makes a value of one of graph.Props.
func valueOf(v any) value {
	switch v := v.(type) {
	case bool:
		if v {
			return value{kind: boolean, bits: 1}
		}
		return value{kind: boolean}
	case int64:
		return value{kind: integer, bits: uint64(v)}
	case float64:
		return value{kind: float, bits: math.Float64bits(v)}
	case string:
		return value{kind: text, text: v}
	case []string:
		return value{kind: list, text: string(appendTexts(nil, v...))}
	}
	panic("embedded: a property that was not validated")
}

// goValue is the way back for numbers.
func goValue(k kind, bits uint64) any {
	switch k {
	case boolean:
		return bits == 1
	case integer:
		return int64(bits)
	case float:
		return math.Float64frombits(bits)
	}
	return nil
}

// goList is the way back for lists.
func goList(s string) []string {
	list := []string{}
	for r := newReader([]byte(s)); len(r.rest) > 0 && !r.failed; {
		list = append(list, r.text())
	}
	return list
}

func (v value) goValue() any {
	switch v.kind {
	case text:
		return v.text
	case list:
		return goList(v.text)
	}
	return goValue(v.kind, v.bits)
}

// property is a column of values: bits has the number of a text where the kind is text or list.
type property struct {
	kinds column[kind]
	bits  column[uint64]
}

// properties are columns by the number of their name, for nodes or for relationships.
type properties []property

// at returns the column of a name.
func (ps *properties) at(key uint32) *property {
	if missing := int(key) + 1 - len(*ps); missing > 0 {
		*ps = append(*ps, make([]property, missing)...)
	}
	return &(*ps)[key]
}

// get returns a value as queries see it, nil where there is none.
func (ps properties) get(key, id uint32, t *texts) any {
	if int(key) >= len(ps) {
		return nil
	}
	p := &ps[key]
	switch k := p.kinds.get(id); k {
	case absent:
		return nil
	case text:
		return t.values.get(uint32(p.bits.get(id)))
	case list:
		return goList(t.text(uint32(p.bits.get(id))))
	default:
		return goValue(k, p.bits.get(id))
	}
}

// value returns a value with what it says.
func (p *property) value(id uint32, t *texts) value {
	v := value{kind: p.kinds.get(id)}
	if v.kind == absent {
		return v // most properties of most elements
	}
	if v.bits = p.bits.get(id); v.kind == text || v.kind == list {
		v = value{kind: v.kind, text: t.text(uint32(v.bits))}
	}
	return v
}

// set puts a value in place of another, or nothing if v is zero.
func (p *property) set(id uint32, v value, t *texts, batch uint64) {
	bits := v.bits
	if v.kind == text || v.kind == list {
		bits = uint64(t.use(v.text, batch)) // before the old one is dropped, which may be the same
	}
	was := p.kinds.get(id)
	if was == text || was == list {
		t.drop(uint32(p.bits.get(id)), batch)
	}
	if was != v.kind {
		p.kinds.set(id, v.kind, batch)
	}
	p.bits.set(id, bits, batch)
}

// put puts a value where none is. Of a text, bits is the number, and the property one of its users.
func (p *property) put(id uint32, k kind, bits uint64, batch uint64) {
	p.kinds.set(id, k, batch)
	p.bits.set(id, bits, batch)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// appendTexts appends each with its length: no two lists of as many texts come out the same.
func appendTexts(b []byte, texts ...string) []byte {
	for _, s := range texts {
		b = appendText(b, s)
	}
	return b
}

// indexed returns what stands for a value in an index, equal for values that are equal in Cypher. It
// says false for those that no index holds: lists and null.
func (v value) indexed() (value, bool) {
	if v.kind == float {
		if f := math.Float64frombits(v.bits); f == math.Trunc(f) && math.Abs(f) < 1<<63 {
			return value{kind: integer, bits: uint64(int64(f))}, true // 80.0 = 80
		}
	}
	return v, v.kind != absent && v.kind != list
}

// queried makes a value of a query's, if an index may hold such.
func queried(v any) (value, bool) {
	switch v.(type) {
	case bool, int64, float64, string:
		return valueOf(v).indexed()
	}
	return value{}, false
}
