package cache

import (
	"bytes"
	"encoding/binary"
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

// offline returns a decoder that has the dictionaries of testDict and binaryDict, and no server.
func offline(t testing.TB) *decoder {
	c := Dial(Server{}, Config{})
	t.Cleanup(func() { c.Close() })
	c.dicts.kept = []*dictionary{newDictionary(testDict()), newDictionary(binaryDict())}
	return c.newDecoder()
}

// testDict is what hosts have in common.
func testDict() []byte { return []byte(strings.Repeat("PermitRootLogin no\nPort 22\n", 50)) }

// binaryDict is none that has lines.
func binaryDict() []byte { return append(testDict(), 0) }

// testHost is what one of them has.
func testHost() string { return strings.Replace(string(testDict()), "Port 22\n", "Port 2222\n", 1) }

// over is the difference of a text of more than so many bytes: all of testDict again and again.
func over(most int) []byte {
	count := bytes.Count(testDict(), []byte{'\n'})
	var runs []byte
	for n, pass := 0, 0; n <= most/len(testDict()); n, pass = n+1, -count {
		runs = binary.AppendUvarint(binary.AppendVarint(append(runs, 0), int64(pass)), uint64(count))
	}
	return append(append(binary.AppendUvarint(nil, uint64(len(runs))), runs...), 0)
}

func TestEncode(t *testing.T) {
	for _, tt := range []struct{ content, enc string }{
		{"", ""}, {strings.Repeat("a", plainBelow-1), ""}, {strings.Repeat("a", plainBelow), "zstd"},
	} {
		if p := encode([]byte(tt.content), nil); p.enc != tt.enc || len(p.c) > len(tt.content) {
			t.Errorf("%d bytes: %q with %d bytes, want %q", len(tt.content), p.enc, len(p.c), tt.enc)
		}
	}
}

// TestEncodeBest holds that what differs is stored only where that is small.
func TestEncodeBest(t *testing.T) {
	common := settings("web1", 0)
	dict := newDictionary([]byte(common))
	commented := "#" + strings.ReplaceAll(common, "\n", "\n#")
	for _, tt := range []struct{ name, content, enc string }{
		{"a few lines differ", settings("db7", 9), encLines + dict.name},
		{"more lines, each like the one before", common + strings.Repeat(settings("db7", 0)[:2000]+"\n", 8), encLines + dict.name},
		{"half of the lines begin in another way", common + commented, encDict + dict.name},
		{"all of them do", commented, encDict + dict.name},
		{"binary", common + "\x00", encDict + dict.name},
	} {
		p := encode([]byte(tt.content), dict)
		if p.enc != tt.enc || !bytes.Equal(p.dict, dict.content) {
			t.Errorf("%s: %q with %d bytes of %d, want %q", tt.name, p.enc, len(p.c), len(tt.content), tt.enc)
		}
	}
	binary := newDictionary([]byte(common + "\x00"))
	if p := encode([]byte(common), binary); p.enc != encDict+binary.name {
		t.Errorf("a dictionary without lines: %q", p.enc)
	}
}

func TestUnpack(t *testing.T) {
	dec := offline(t)
	defer dec.close()
	full := strings.Repeat("\x00", maxStoredBytes)
	zipped := encodeZstd(testDict(), newDictionary(testDict()))
	common, withDict := string(zipped.c), zipped.enc
	differs := encode([]byte(testHost()), newDictionary(testDict()))
	byLines := func(diff []byte) packed {
		return packed{c: string(encodeZstd(diff, nil).c), enc: encLines + dictName(testDict())}
	}
	tests := []struct {
		name string
		in   packed
		want string
		err  string
	}{
		{"plain", packed{c: "x", enc: "", sha256: hexSHA256([]byte("x"))}, "x", ""},
		{"largest", packed{c: zeros(t, maxStoredBytes), enc: "zstd", sha256: hexSHA256([]byte(full))}, full, ""},
		{"two frames", packed{c: zeros(t, 2) + zeros(t, 1), enc: "zstd", sha256: hexSHA256([]byte(full[:3]))}, full[:3], ""},
		{"one byte too large", packed{c: zeros(t, maxStoredBytes+1), enc: "zstd", sha256: ""}, "", "zstd"},
		{"two frames too large", packed{c: zeros(t, maxStoredBytes) + zeros(t, 1), enc: "zstd", sha256: ""}, "", "zstd"},
		{"plain too large", packed{c: full + "x", enc: "", sha256: ""}, "", "at most"},
		{"no zstd", packed{c: "x", enc: "zstd", sha256: ""}, "", "zstd"},
		{"with a dictionary", packed{c: common, enc: withDict, sha256: hexSHA256(testDict())}, string(testDict()), ""},
		{"lines of a dictionary", packed{c: string(differs.c), enc: differs.enc, sha256: hexSHA256([]byte(testHost()))}, testHost(), ""},
		{"lines of a binary dictionary", packed{c: string(differs.c), enc: encLines + dictName(binaryDict()), sha256: ""}, "", "no lines"},
		{"lines without zstd", packed{c: "x", enc: differs.enc, sha256: ""}, "", "zstd"},
		{"no difference", byLines([]byte{1, 0, 0}), "", "damaged difference"},
		{"a difference that grows", byLines(over(maxStoredBytes)), "", "more than 16777216 bytes"},
		{"no name of a dictionary", packed{c: common, enc: "zstd:x", sha256: ""}, "", "no name"},
		{"encoding", packed{c: "x", enc: strings.Repeat("lzma", 100), sha256: ""}, "", "and 320 bytes more is not known"},
		{"hash", packed{c: "x", enc: "", sha256: hexSHA256([]byte("y"))}, "", "the row says"},
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

// TestStoredSum holds that a search trusts a content as stored, and asks its hash otherwise.
func TestStoredSum(t *testing.T) {
	dec := offline(t)
	defer dec.close()
	content := bytes.Repeat(testDict(), 3)
	hash := hexSHA256(content)
	for _, dict := range [][]byte{nil, testDict()} {
		var known *dictionary
		if dict != nil {
			known = newDictionary(dict)
		}
		p := encode(content, known)
		good := packed{c: string(p.c), enc: p.enc, crc: storedSum(p.enc, p.c), sha256: hash}
		other := encode(bytes.Repeat(testDict(), 4), known)
		for _, tt := range []struct {
			name   string
			damage func(*packed)
			ok     bool
		}{
			{"as written", func(*packed) {}, true},
			{"not hashed when its sum is right", func(p *packed) { p.sha256 = "" }, true},
			{"a damaged sum", func(p *packed) { p.crc = "0" + p.crc[1:] + "0" }, true},
			{"no sum", func(p *packed) { p.crc = "" }, true},
			{"neither", func(p *packed) { p.crc, p.sha256 = "", "" }, false},
			{"another content", func(p *packed) { p.c = string(other.c) }, false},
			{"another encoding", func(p *packed) { p.enc = encPlain }, false},
		} {
			p := good
			tt.damage(&p)
			text, err := dec.scan(t.Context(), p)
			got := dec.append(text)
			if tt.ok && (err != nil || !bytes.Equal(got, content)) || !tt.ok && !errors.Is(err, ErrDamaged) {
				t.Errorf("%s, %s: %d bytes, %v, want %d: %v", p.enc, tt.name, len(got), err, len(content), tt.ok)
			}
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add("content", "", hexSHA256([]byte("content")))
	f.Add(zeros(f, 3000), "zstd", hexSHA256(make([]byte, 3000)))
	f.Add(zeros(f, maxStoredBytes+1), "zstd", "")
	f.Add("\x28\xb5\x2f\xfd", "zstd", "")
	p := encode([]byte(testHost()), newDictionary(testDict()))
	f.Add(string(p.c), p.enc, hexSHA256([]byte(testHost())))
	z := encodeZstd(testDict(), newDictionary(testDict()))
	f.Add(string(z.c), z.enc, hexSHA256(testDict()))
	dec := offline(f)
	f.Cleanup(dec.close)
	f.Fuzz(func(t *testing.T, c, enc, sum string) {
		switch { // there is no other dictionary
		case strings.HasPrefix(enc, encDict):
			enc = z.enc
		case strings.HasPrefix(enc, encLines):
			enc = p.enc
		}
		content, err := dec.unpack(t.Context(), packed{c: c, enc: enc, sha256: sum})
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
		"": "0 0 0", "\n": "1 0 1", "a": "0 1 1", "a b\n\tc  d\n": "2 4 10", " a": "0 1 2", "a\r\n": "1 1 3", "a\vb\fc\x08d\x0ee": "0 3 9", "a\u00a0b\u2028é\xff": "0 3 10",
	} {
		if got := wordCount([]byte(text)); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
