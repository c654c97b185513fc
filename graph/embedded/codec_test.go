package embedded

import (
	"bytes"
	"math"
	"reflect"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

func TestSaying(t *testing.T) {
	var all []prop
	values := []any{true, false, int64(-1), int64(math.MaxInt64), int64(math.MinInt64), 0.5, 1e300, "", "text", []string{}, []string{"", "b"}}
	for i, v := range values {
		all = append(all, prop{key: uint32(i * 100), value: valueOf(v)})
	}
	for _, s := range []saying{
		{},
		{props: all},
		{isNode: true, key: "k"},
		{isNode: true, label: 300, key: "key", labels: []uint32{7, 1}, props: all},
	} {
		b := s.encode()
		if got, ok := decodeSaying(b); !ok || !reflect.DeepEqual(got, s) {
			t.Errorf("%+v comes back as %+v", s, got)
		}
		for n := range b {
			if _, ok := decodeSaying(b[:n]); ok {
				t.Errorf("%x was read though cut short to %d bytes", b, n)
			}
		}
	}
	for i, p := range all {
		if got := p.goValue(); !(graph.Props{"v": got}).Equal(graph.Props{"v": values[i]}) {
			t.Errorf("%#v comes back as %#v", values[i], got)
		}
	}
}

func TestRecord(t *testing.T) {
	rec := record{
		age: 1, boot: 1 << 60, seq: 3, hash: "abc", nodes: []sayID{1, 1 << 31},
		rels: []relRecord{{kind: 255, from: 1, to: 0, says: 9}, {kind: 0, from: 1, to: 1}},
	}
	b := rec.encode()
	if got, ok := decodeRecord(b); !ok || !reflect.DeepEqual(got, rec) {
		t.Errorf("%+v comes back as %+v", rec, got)
	}
	rec.rels[0].from = 2
	if _, ok := decodeRecord(rec.encode()); ok {
		t.Error("a relationship from the third of two nodes was read")
	}
}

// FuzzDecode sees that bytes from anywhere are refused, or read as something that can be written and read
// again.
func FuzzDecode(f *testing.F) {
	f.Add(saying{isNode: true, label: 1, key: "k", labels: []uint32{2}, props: []prop{{1, valueOf("x")}, {2, valueOf(2.5)}}}.encode())
	f.Add(record{age: 1, boot: 2, seq: 3, hash: "h", nodes: []sayID{4}, rels: []relRecord{{says: 5}}}.encode())
	f.Add(encodeLine(graph.Line{{Host: "a", Instance: "x"}, {Host: "b", Instance: "y"}}))
	slot := graph.Slot{Type: graph.On, From: graph.Ref{Label: graph.IP, Key: "k"}}
	f.Fuzz(func(t *testing.T, b []byte) {
		var l, again lineRead
		if readLine(&l, lineKey(slot), b) == nil {
			if err := readLine(&again, lineKey(l.slot), encodeLine(l.line)); err != nil || l.slot != slot || !reflect.DeepEqual(l, again) {
				t.Errorf("%x is read as %+v, and that as %+v, %v", b, l, again, err)
			}
		}
		if s, ok := decodeSaying(b); ok {
			if again, ok := decodeSaying(s.encode()); !ok || !bytes.Equal(again.encode(), s.encode()) {
				t.Errorf("%x is read as %+v, and that as %+v", b, s, again)
			}
		}
		if rec, ok := decodeRecord(b); ok {
			if again, ok := decodeRecord(rec.encode()); !ok || !bytes.Equal(again.encode(), rec.encode()) {
				t.Errorf("%x is read as %+v, and that as %+v", b, rec, again)
			}
		}
	})
}
