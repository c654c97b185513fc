package neo4j

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

func TestDocumentSurvivesNeo4j(t *testing.T) {
	f := facts(t, "h", math.MaxUint64, "(a:Host:More {n: 9007199254740993, f: 2.0, l: ['x', 'y']})-[:HAS {b: true}]->(p:Package)")
	f.Source.Boot = 1 << 63
	c := newCodec(1 << 20)
	want := document{Facts: f, age: 7}
	props, err := c.encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.decode(props)
	if err != nil {
		t.Fatal(err)
	}
	if !graph.Diff(want.Facts, got.Facts).Empty() || got.Source != want.Source || got.age != want.age {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestDocumentTooLarge(t *testing.T) {
	const limit = 200
	c := newCodec(limit)
	long := func(bytes int) document {
		return document{Facts: facts(t, "h", 1, "(a:Host {v: '"+strings.Repeat("x", bytes)+"'})")}
	}
	if _, err := c.encode(long(50)); err != nil {
		t.Error(err)
	}
	if _, err := c.encode(long(limit)); !errors.Is(err, ErrTooLarge) || !errors.Is(err, graph.ErrRefused) || !strings.Contains(err.Error(), `document "tcp" of host "h"`) {
		t.Errorf("got %v, want %v of the document", err, ErrTooLarge)
	}
}

// Whatever a document's node holds, it is a document or an error.
func FuzzDecodeDocument(f *testing.F) {
	c := newCodec(1 << 20)
	f.Add(c.enc.EncodeAll([]byte(`{"nodes": [{"l": "Host", "k": "h"}], "rels": null}`), nil), "1")
	f.Add(c.enc.EncodeAll([]byte(`{"nodes": 1}`), nil), "1")
	f.Add([]byte("no zstd"), "")
	f.Add([]byte{}, "-1")
	f.Fuzz(func(t *testing.T, packed []byte, boot string) {
		d, err := c.decode(map[string]any{"facts": packed, "boot": boot, "sequence": "1", "host": "h", "instance": "i"})
		if err != nil && !reflect.DeepEqual(d, document{}) {
			t.Errorf("%+v along with %v", d, err)
		}
	})
}

// Whatever text a mixture has, it is an element or an error.
func FuzzDecodeElement(f *testing.F) {
	f.Add(`{"runs": [{"documents": 1, "since": 0, "props": {"v": 1}}]}`)
	f.Add(`{"resolved": {"l": ["a"]}}`)
	f.Add(`{"runs": 1}`)
	f.Fuzz(func(t *testing.T, text string) {
		e, err := decodeElement(nil, map[string]any{mixedProp: text})
		if err != nil {
			return
		}
		united, _ := e.united()
		if _, err := e.encode(united); err != nil {
			t.Errorf("%s is read, but not written: %v", text, err)
		}
	})
}
