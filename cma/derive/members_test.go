package derive

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// FuzzMembers holds that walking over an object gives what encoding/json makes of it; of a name that is
// there several times it takes the last.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{
		`{}`, `null`, ` { "a" : 1 , "b":[1,{"c":"]}"}] } `, `{"a":"\"","b\"":"\\","c":{}}`, `{"":[],"x":[[]]}`,
		`{"\u0061":true,"a":false}`, "{\"\xff\":\"\xff\"}", `[1]`, `"text"`, `{"a":-1.5e3,"b":null}`, `{"a":"x","b":"y"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(data, &want)
		if err := checkJSON(data); err != nil {
			if wantErr == nil {
				t.Fatalf("%q: %v, want none", data, err)
			}
			return
		}
		all, err := members(data)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, want %v", data, err, wantErr)
		}
		if err != nil {
			return
		}
		got := map[string]string{}
		for name, value := range all {
			got[string(name)] = string(value)
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", data, got, want)
		}
		for name, value := range want {
			if got[name] != string(value) {
				t.Errorf("%q: member %q is %q, want %q", data, name, got[name], value)
			}
		}
	})
}

// FuzzScalars holds that strings, lists of strings and whole numbers are read as encoding/json reads them.
func FuzzScalars(f *testing.F) {
	for _, seed := range []string{
		`null`, `"x"`, `"\ud83d\ude00 \n"`, "\"\xff\"", `7`, `-9223372036854775808`, `9223372036854775808`, `1.0`, `1e3`, `true`,
		`[]`, `["a", "\\" ,null]`, `["a",1]`, `[["a"]]`, `{"a":"b"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if data = bytes.TrimSpace(data); checkJSON(data) != nil {
			return
		}
		text, err := textOf(data)
		same(t, data, text, err)
		texts, err := textsOf(data)
		same(t, data, texts, err)
		number, err := intOf(data)
		same(t, data, number, err)
	})
}

func same[T any](t *testing.T, data []byte, got T, err error) {
	t.Helper()
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
