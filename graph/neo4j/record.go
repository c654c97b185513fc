package neo4j

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/graph"
)

// Names of what the store keeps for itself.
const (
	ownPrefix   = "assim."
	ownLabel    = ownPrefix + "own"
	ownQuoted   = "`" + ownLabel + "`"
	storeKey    = "store" // of the one node; the keys of documents and lines have a 0x00
	claimsProp  = ownPrefix + "claims"
	mixedProp   = ownPrefix + "mixed"
	sourcesProp = ownPrefix + "sources"
)

// maxFactsBytes bounds the JSON of what one document asserts. A document has at most 4 MiB, and
// deriving repeats the names of its nodes.
const maxFactsBytes = 64 << 20

// mixture is what mixedProp holds.
type mixture struct {
	Resolved graph.Props `json:"resolved,omitempty"`
	Runs     []run       `json:"runs"`
}

// decodeElement reads an element from what Neo4j has of it: its further labels, and properties.
func decodeElement(labels []string, props map[string]any) (element, error) {
	var e element
	if list := listOf(props[sourcesProp]); len(list) > 0 {
		e.sources = list
	}
	if text, ok := props[mixedProp].(string); ok {
		var m mixture
		if err := json.Unmarshal([]byte(text), &m); err != nil {
			return element{}, fmt.Errorf("property %q: %w", mixedProp, err)
		}
		e.resolved, e.runs = m.Resolved, m.Runs
		return e, nil
	}
	content := assertion{Labels: slices.Sorted(slices.Values(labels)), Props: graph.Props{}}
	for name, v := range props {
		if name == graph.KeyProp || strings.HasPrefix(name, ownPrefix) {
			continue
		}
		if list, ok := v.([]any); ok {
			v = listOf(list)
		}
		content.Props[name] = v
	}
	claims, ok := props[claimsProp].(int64)
	switch {
	case !ok:
		e.runs = []run{{assertion: content, Documents: 1}}
	case claims > 0:
		e.runs = []run{{assertion: content, Documents: int(claims)}}
	default:
		e.resolved = content.Props
	}
	return e, nil
}

// encode returns the properties of a united element as Neo4j is to have them.
func (e *element) encode(united assertion) (map[string]any, error) {
	props := map[string]any{}
	for name, v := range united.Props {
		props[name] = v
	}
	switch {
	case e.mixed():
		text, err := json.Marshal(mixture{e.resolved, e.runs})
		if err != nil {
			return nil, err
		}
		props[mixedProp] = string(text)
	case len(e.runs) == 0:
		props[claimsProp] = int64(0)
	case e.runs[0].Documents > 1:
		props[claimsProp] = int64(e.runs[0].Documents)
	}
	if len(e.sources) > 0 {
		props[sourcesProp] = e.sources
	}
	return props, nil
}

// listOf returns the strings of a list.
func listOf(v any) []string {
	values, _ := v.([]any)
	list := make([]string, 0, len(values))
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// document is what the store holds of a document.
type document struct {
	graph.Facts
	age uint64 // the store's clock when the facts changed last
}

func sourceKey(s graph.Source) string { return claimantKey(s.Claimant()) }

// codec turns documents into the properties of their nodes and back. It is safe for concurrent use.
type codec struct {
	maxBytes int // of a document's facts as JSON
	enc      *zstd.Encoder
	dec      *zstd.Decoder
}

func newCodec(maxBytes int) codec {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		panic("neo4j: zstd options: " + err.Error())
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(maxBytes)))
	if err != nil {
		panic("neo4j: zstd options: " + err.Error())
	}
	return codec{maxBytes, enc, dec}
}

// encode returns the properties of a document's node. A document that is too large is ErrTooLarge.
func (c codec) encode(d document) (map[string]any, error) {
	facts, err := json.Marshal(graph.Facts{Nodes: d.Nodes, Rels: d.Rels})
	if err != nil {
		return nil, err
	}
	if len(facts) > c.maxBytes {
		return nil, fmt.Errorf("%w of document %q of host %q: %w: %d bytes, at most %d",
			graph.ErrRefused, d.Source.Instance, d.Source.Host, ErrTooLarge, len(facts), c.maxBytes)
	}
	return map[string]any{
		graph.KeyProp: sourceKey(d.Source), "host": d.Source.Host, "instance": d.Source.Instance,
		"boot": strconv.FormatUint(d.Source.Boot, 10), "sequence": strconv.FormatUint(d.Source.Seq, 10),
		"hash": d.Source.Hash, "age": int64(d.age), "facts": c.enc.EncodeAll(facts, nil),
	}, nil
}

// decode reads a document from the properties of its node.
func (c codec) decode(props map[string]any) (document, error) {
	var d document
	packed, _ := props["facts"].([]byte)
	facts, err := c.dec.DecodeAll(packed, nil)
	if err == nil {
		err = json.Unmarshal(facts, &d.Facts)
	}
	if err == nil {
		d.Source, err = decodeSource(props)
	}
	if err != nil {
		return document{}, fmt.Errorf("document %q: %w", props[graph.KeyProp], err)
	}
	age, _ := props["age"].(int64)
	d.age = uint64(age)
	return d, nil
}

// decodeSource reads what names a version of a document. Numbers are text, since those of Neo4j have a
// sign.
func decodeSource(props map[string]any) (s graph.Source, err error) {
	text := func(name string) string { t, _ := props[name].(string); return t }
	s.Host, s.Instance, s.Hash = text("host"), text("instance"), text("hash")
	if s.Boot, err = strconv.ParseUint(text("boot"), 10, 64); err != nil {
		return s, err
	}
	s.Seq, err = strconv.ParseUint(text("sequence"), 10, 64)
	return s, err
}
