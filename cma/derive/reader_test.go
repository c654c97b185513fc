package derive

import (
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzMembers holds that reading an object gives what encoding/json makes of it; of a name that is there
// several times that takes the last.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, ` { "a" : 1 , "b":[1,{"c":"]}"}] } `, `{"a":"\"","b\"":"\\","c":{}}`, `{"":[],"x":[[]]}`,
		`{"\u0061":true,"a":false}`, "{\"\xff\":\"\xff\"}", `[1]`, `"text"`, `{"a":-1.5e3,"b":null}`, `{"a":"x","b":"y"`,
		`{"a":1,}`, `{,}`, `{"a":1 "b":2}`, `{"a"}`, `{"a" 1}`, `{"a":}`, `{"a":1}}`, `{}{}`, `{1:2}`, `{null:1}`, `{"a":tru}`, ``, ` `, `{`,
		`{"a":1]`, `{"a":[1}}`, `{"a":"b""c"}`, `{"a":1"b"}`, "{\"\x1f\":1}", `{"a\`, "{}\x00", `nul`, `nulls`, `null null`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(data, &want)
		got := map[string]json.RawMessage{}
		r, skipping := newReader(data), newReader(data)
		for name := range r.members() {
			var value json.RawMessage
			r.decode(&value)
			got[name] = value
		}
		for range skipping.members() {
		}
		err := r.end()
		if skipped := skipping.end(); (err == nil) != (wantErr == nil) || (skipped == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, its values passed over %v, want %v", data, err, skipped, wantErr)
		}
		if err == nil && !(len(got)+len(want) == 0 || reflect.DeepEqual(got, want)) {
			t.Errorf("%q: %q, want %q", data, got, want)
		}
	})
}

// FuzzTexts holds that strings and lists of strings are read as encoding/json reads them.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{
		`null`, `"x"`, ` "" `, `"\ud83d\ude00 \n"`, "\"\xff\"", "\"é\"", "\"\x7f\"", "\"a\nb\"", `"x`, `"x\`, `"\"`, `"x""y"`, `7`, `true`, `{"a":"b"}`,
		`[]`, `["a", "\\" ,null]`, `["a",1]`, `[["a"]]`, `["a",]`, `[,"a"]`, `["a" "b"]`, `["a"`, `[`, `["a"}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		same(t, data, (*reader).text)
		same(t, data, (*reader).texts)
	})
}

func same[T any](t *testing.T, data []byte, read func(*reader) T) {
	t.Helper()
	r := newReader(data)
	got := read(r)
	err := r.end()
	var want T
	wantErr := json.Unmarshal(data, &want)
	if (err == nil) != (wantErr == nil) || err == nil && !equalOrEmpty(got, want) {
		t.Errorf("%q: %v, %v, want %v, %v", data, got, err, want, wantErr)
	}
}

// equalOrEmpty takes an empty list for none.
func equalOrEmpty(a, b any) bool {
	x, xIs := a.([]string)
	y, yIs := b.([]string)
	return reflect.DeepEqual(a, b) || xIs && yIs && len(x)+len(y) == 0
}

// TestReaderErrors: the first error of a document is said, with the names of the members that lead there.
func TestReaderErrors(t *testing.T) {
	tests := []struct{ data, want string }{
		{`{"a":{"b":["x",7]}}`, `"a": "b": json: cannot unmarshal number into Go value of type string`},
		{`{"a":{"b":"x"}}`, `"a": "b": a string is not a list`},
		{`{"a":[]}`, `"a": a list is not an object`},
		{`{"a":{"b":["x"}}`, `"a": "b": byte 14: not JSON`},
		{`{"a":{},}`, `byte 8: not JSON`},
		{`{"a":{}} x`, `byte 9: not JSON`},
		{`{"a":{"b":[]},"a":7,"c":7}`, `"a": a number or boolean is not an object`},
	}
	for _, tt := range tests {
		r := newReader([]byte(tt.data))
		for range r.members() {
			for range r.members() {
				r.texts()
			}
		}
		if err := r.end(); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.data, err, tt.want)
		}
	}
}
