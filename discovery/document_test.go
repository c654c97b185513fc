package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

var (
	testOrigin = Origin{Host: "db1", HostID: "6f1c", Boot: 7}
	testTime   = time.UnixMilli(1_760_000_000_000)
)

func TestSeal(t *testing.T) {
	agent := Agent{Name: "os", Description: "what runs here"}
	tests := []struct {
		name   string
		result any
		want   Envelope // Host is always the origin's
		err    string
	}{
		{"a value", map[string]int{"b": 1, "a": 2},
			Envelope{DiscoverType: "os", Description: "what runs here", Source: "os", Instance: "os", Data: []byte(`{"a":2,"b":1}`)}, ""},
		{"an envelope speaks for itself",
			Envelope{DiscoverType: "checksum", Description: "d", Source: "/s", Proxy: "docker/1", Instance: "_init", Host: "other", Data: []byte(` {} `)},
			Envelope{DiscoverType: "checksum", Description: "d", Source: "/s", Proxy: "docker/1", Instance: "_init", Data: []byte(`{}`)}, ""},
		{"a bad instance gives way", Envelope{DiscoverType: "x", Instance: "a#b", Data: []byte(`{}`)},
			Envelope{DiscoverType: "x", Description: "what runs here", Source: "os", Instance: "os", Data: []byte(`{}`)}, ""},
		{"no type", Envelope{Data: []byte(`{}`)}, Envelope{}, "discovertype is empty"},
		{"not JSON", Envelope{DiscoverType: "x", Data: []byte(`{`)}, Envelope{}, "not JSON: unexpected EOF"},
		{"not marshalable", func() {}, Envelope{}, "json: unsupported type: func()"},
		{"a control character for people", Envelope{DiscoverType: "x", Description: "\x1b[2J", Data: []byte(`{}`)}, Envelope{},
			`description "\x1b[2J" has a character that is not printable: '\x1b'`},
	}
	for _, tt := range tests {
		doc, err := Seal(agent, tt.result, testOrigin, 3, testTime)
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		tt.want.Host = "db1"
		want := Document{Envelope: tt.want, HostID: "6f1c", Boot: 7, Seq: 3, TimeMS: 1_760_000_000_000, Hash: Hash(tt.want.Data)}
		got, wanted := marshal(t, doc), marshal(t, want)
		if got != wanted {
			t.Errorf("%s: got %s, want %s", tt.name, got, wanted)
		}
		if err := doc.Validate(); err != nil {
			t.Errorf("%s: Validate: %v", tt.name, err)
		}
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestValidate(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Document)
		want   string // part of the error; empty: valid
	}{
		{"as sealed", func(*Document) {}, ""},
		{"the longest name", func(d *Document) { d.Instance = strings.Repeat("i", 255) }, ""},
		{"a name too long", func(d *Document) { d.Instance = strings.Repeat("i", 256) }, "instance has 256 bytes, at most 255"},
		{"no host", func(d *Document) { d.Host = "" }, "host is empty"},
		{"no host id", func(d *Document) { d.HostID = "" }, "host_id is empty"},
		{"a cache key's separator", func(d *Document) { d.Host = "a#b" }, `host "a#b" has a character that names may not have: '#'`},
		{"a glob", func(d *Document) { d.Host = "a*" }, `'*'`},
		{"an escape", func(d *Document) { d.DiscoverType = "a\x9b" }, "not printable"},
		{"invalid UTF-8", func(d *Document) { d.DiscoverType = "a\xff" }, "not printable"},
		{"a long description", func(d *Document) { d.Description = strings.Repeat("d", 1025) }, "description has 1025 bytes"},
		{"boot 0", func(d *Document) { d.Boot = 0 }, "both start at 1"},
		{"sequence 0", func(d *Document) { d.Seq = 0 }, "both start at 1"},
		{"not canonical", func(d *Document) { d.Data = []byte(`{ }`) }, "not in canonical form"},
		{"another's hash", func(d *Document) { d.Hash = Hash([]byte(`[]`)) }, "the hash is not that of its data"},
		{"no data", func(d *Document) { d.Data = nil }, "not JSON"},
	}
	for _, tt := range tests {
		doc, err := Seal(Agent{Name: "os"}, map[string]string{"k": "v"}, testOrigin, 1, testTime)
		if err != nil {
			t.Fatal(err)
		}
		tt.change(&doc)
		err = doc.Validate()
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: Validate: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestNewer(t *testing.T) {
	at := func(boot, seq uint64) Document { return Document{Boot: boot, Seq: seq} }
	tests := []struct {
		d, e Document
		want bool
	}{
		{at(1, 2), at(1, 1), true},
		{at(1, 1), at(1, 1), false},
		{at(1, 1), at(1, 2), false},
		{at(2, 1), at(1, 9), true},
		{at(1, 9), at(2, 1), false},
	}
	for _, tt := range tests {
		if got := tt.d.Newer(tt.e); got != tt.want {
			t.Errorf("(%d,%d).Newer(%d,%d) = %v", tt.d.Boot, tt.d.Seq, tt.e.Boot, tt.e.Seq, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	tests := []struct{ in, want string }{
		{`{"b":1,"a":{"d":[1, 2],"c":null}}`, `{"a":{"c":null,"d":[1,2]},"b":1}`},
		{" [ ] \n", `[]`},
		{`"<&>"`, `"<&>"`},
		{`"A\/é"`, `"A/é"`},
		{`{"a":1,"a":2}`, `{"a":2}`},
		{`[1.0,1e2,12345678901234567890,-0]`, `[1.0,1e2,12345678901234567890,-0]`},
		{`{"B":1,"a":2,"é":3,"Z":4}`, `{"B":1,"Z":4,"a":2,"é":3}`},
		{`"` + "\xff" + `"`, "\"\uFFFD\""},
		{`"]]]]"`, `"]]]]"`},
	}
	for _, tt := range tests {
		if got, err := Canonical([]byte(tt.in)); err != nil || string(got) != tt.want {
			t.Errorf("Canonical(%s) = %s, %v, want %s", tt.in, got, err, tt.want)
		}
	}
}

func TestCanonicalRefuses(t *testing.T) {
	text := func(n int) string { return `"` + strings.Repeat("x", n-2) + `"` }
	nested := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	tests := []struct {
		name, in string
		want     error  // nil: accepted, unless text is set
		text     string // part of the error
	}{
		{"as large as may be", text(MaxDocumentBytes), nil, ""},
		{"a byte larger", text(MaxDocumentBytes + 1), ErrTooLarge, "4194305 bytes, at most 4194304"},
		{"far larger", text(2*MaxDocumentBytes + 1), ErrTooLarge, "8388609 bytes"},
		{"white space goes", text(MaxDocumentBytes) + strings.Repeat(" ", MaxDocumentBytes), nil, ""},
		{"as deep as may be", nested(MaxDepth), nil, ""},
		{"a level deeper", nested(MaxDepth + 1), ErrTooDeep, "byte 64: more than 64 levels"},
		{"very deep", strings.Repeat(`{"a":`, 1<<20), ErrTooDeep, ""},
		{"brackets in a string", `"\"` + strings.Repeat("[", 100) + `"`, nil, ""},
		{"a trailing comma", `{"a":1,}`, nil, "not JSON"},
		{"two values", `{} {}`, nil, "more text after the value"},
		{"nothing", ``, nil, "not JSON"},
	}
	for _, tt := range tests {
		_, err := Canonical([]byte(tt.in))
		if tt.want == nil && tt.text == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: error %v, want %v, %q", tt.name, err, tt.want, tt.text)
		}
	}
}

// FuzzCanonical: the canonical form is its own, is JSON, keeps the bounds and means the same.
func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{`{"b":[1e400,-0],"a":"\u2028<\ud800"}`, `"` + "\xff" + `"`, ` [[],{}] `, `{"a":1,"a":{}}`, `1`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		once, err := Canonical(in)
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("Canonical(%q) = %q; again: %q, %v", in, once, twice, err)
		}
		if !json.Valid(once) || len(once) > MaxDocumentBytes {
			t.Errorf("Canonical(%q) = %q", in, once)
		}
	})
}

// FuzzValidate: no document panics it, and one that passes is the same after a journey.
func FuzzValidate(f *testing.F) {
	doc, err := Seal(Agent{Name: "os"}, map[string]int{"a": 1}, testOrigin, 1, testTime)
	if err != nil {
		f.Fatal(err)
	}
	seed, err := json.Marshal(doc)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, in []byte) {
		var d Document
		if json.Unmarshal(in, &d) != nil || d.Validate() != nil {
			return
		}
		var e Document
		if err := json.Unmarshal([]byte(marshal(t, d)), &e); err != nil {
			t.Fatal(err)
		}
		if err := e.Validate(); err != nil {
			t.Errorf("%s: valid, and after a journey: %v", in, err)
		}
	})
}
