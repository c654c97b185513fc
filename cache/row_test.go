package cache

import (
	"errors"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// zeros returns n zero bytes as zstd, which are few.
func zeros(t testing.TB, n int) string {
	t.Helper()
	enc, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer enc.Close()
	return string(enc.EncodeAll(make([]byte, n), nil))
}

// offline returns a decoder that has the dictionary of testDict and no server.
func offline(t testing.TB) *decoder {
	c := Dial(Server{}, Config{})
	t.Cleanup(func() { c.Close() })
	c.dicts.kept = []namedDict{{dictName(testDict()), testDict()}}
	return c.newDecoder()
}

// testDict is what hosts have in common.
func testDict() []byte { return []byte(strings.Repeat("PermitRootLogin no\nPort 22\n", 50)) }

func TestEncode(t *testing.T) {
	for _, tt := range []struct{ content, enc string }{
		{"", ""}, {strings.Repeat("a", plainBelow-1), ""}, {strings.Repeat("a", plainBelow), "zstd"},
	} {
		if p := encode([]byte(tt.content), nil); p.enc != tt.enc || len(p.c) > len(tt.content) {
			t.Errorf("%d bytes: %q with %d bytes, want %q", len(tt.content), p.enc, len(p.c), tt.enc)
		}
	}
}

func TestUnpack(t *testing.T) {
	dec := offline(t)
	defer dec.close()
	full := strings.Repeat("\x00", maxStoredBytes)
	p := encode(testDict(), testDict())
	common, withDict := string(p.c), p.enc
	tests := []struct {
		name string
		in   packed
		want string
		err  string
	}{
		{"plain", packed{"x", "", hexSHA256([]byte("x"))}, "x", ""},
		{"largest", packed{zeros(t, maxStoredBytes), "zstd", hexSHA256([]byte(full))}, full, ""},
		{"two frames", packed{zeros(t, 2) + zeros(t, 1), "zstd", hexSHA256([]byte(full[:3]))}, full[:3], ""},
		{"one byte too large", packed{zeros(t, maxStoredBytes+1), "zstd", ""}, "", "zstd"},
		{"two frames too large", packed{zeros(t, maxStoredBytes) + zeros(t, 1), "zstd", ""}, "", "zstd"},
		{"plain too large", packed{full + "x", "", ""}, "", "at most"},
		{"no zstd", packed{"x", "zstd", ""}, "", "zstd"},
		{"with a dictionary", packed{common, withDict, hexSHA256(testDict())}, string(testDict()), ""},
		{"no name of a dictionary", packed{common, "zstd:x", ""}, "", "no name"},
		{"encoding", packed{"x", strings.Repeat("lzma", 100), ""}, "", "and 320 bytes more is not known"},
		{"hash", packed{"x", "", hexSHA256([]byte("y"))}, "", "the row says"},
	}
	for _, tt := range tests {
		got, err := dec.unpack(t.Context(), tt.in)
		if tt.err == "" && (err != nil || string(got) != tt.want) {
			t.Errorf("%s: %d bytes, %v, want %d, nil", tt.name, len(got), err, len(tt.want))
		}
		if tt.err != "" && (!errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), tt.err)) {
			t.Errorf("%s: %v, want ErrDamaged and %q", tt.name, err, tt.err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("content", "", hexSHA256([]byte("content")))
	f.Add(zeros(f, 3000), "zstd", hexSHA256(make([]byte, 3000)))
	f.Add(zeros(f, maxStoredBytes+1), "zstd", "")
	f.Add("\x28\xb5\x2f\xfd", "zstd", "")
	p := encode(testDict(), testDict())
	f.Add(string(p.c), p.enc, hexSHA256(testDict()))
	dec := offline(f)
	f.Cleanup(dec.close)
	f.Fuzz(func(t *testing.T, c, enc, sum string) {
		if strings.HasPrefix(enc, encDict) {
			enc = p.enc // there is no other
		}
		content, err := dec.unpack(t.Context(), packed{c, enc, sum})
		switch {
		case err != nil && !errors.Is(err, ErrDamaged):
			t.Errorf("%v is not ErrDamaged", err)
		case err == nil && (len(content) > maxStoredBytes || hexSHA256(content) != sum):
			t.Errorf("%d bytes with hash %s, the row says %q", len(content), hexSHA256(content), sum)
		}
	})
}

// FuzzRow has a row read that anyone may have written.
func FuzzRow(f *testing.F) {
	dec := offline(f)
	f.Add("x", hexSHA256([]byte("x")), "2026-01-02T03:04:05Z", "1", "2")
	f.Fuzz(func(t *testing.T, c, sum, changed, boot, seq string) {
		read := record{names: []string{fieldContent, fieldSHA256, fieldChanged, fieldBoot, fieldSeq, fieldWrite},
			values: []string{c, sum, changed, boot, seq, "1"}}
		row, err := dec.row(t.Context(), read, WithContent|WithMeta)
		if err == nil && string(row.Content) != c || err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("got %+v, %v", row, err)
		}
	})
}

func TestWordCount(t *testing.T) {
	for text, want := range map[string]string{
		"": "0 0 0", "\n": "1 0 1", "a": "0 1 1", "a b\n\tc  d\n": "2 4 10", " a": "0 1 2", "a\r\n": "1 1 3",
	} {
		if got := wordCount([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
