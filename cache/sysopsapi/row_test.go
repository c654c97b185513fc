package sysopsapi

import (
	"encoding/hex"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cache"
)

// pack compresses each text with the machine's bzip2.
func pack(t testing.TB, texts ...string) (packed []string) {
	t.Helper()
	program, err := exec.LookPath("bzip2")
	if err != nil {
		t.Fatal("bzip2 is not installed: scripts/test installs it")
	}
	for _, text := range texts {
		cmd := exec.Command(program, "--compress", "--stdout")
		cmd.Stdin = strings.NewReader(text)
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, string(out))
	}
	return packed
}

// row is that of a content whose md5 is known to be md5.
func row(t testing.TB, content, md5, stat, seconds string) [items]string {
	t.Helper()
	return [items]string(pack(t, content, md5, stat, "('Number of characters: 6', ...)", seconds))
}

const (
	hello    = "hello\n"
	helloMD5 = "b1946ac92492d2347c6235b4d2611184"
)

func TestParseKey(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want place
		err  error
	}{
		{"web1.example#/etc/motd", place{"web1.example", "/etc/motd", false}, nil},
		{"h#/a#b", place{"h", "/a#b", false}, nil},
		{"h#/a$b", place{"h", "/a$b", false}, nil},
		{"h#/etc/hardware_identification.json", place{"h", "/etc/hardware_identification.json", false}, nil},
		{"h#/etc/hardware_identification.json@sysctl-a", place{"h", "@sysctl-a", false}, nil},
		{"h#/etc/hardware_identification.json@", place{"h", "/etc/hardware_identification.json@", false}, nil},
		{"h#/etc/hardware_identification.json@x@file_size_exceeded", place{"h", "@x", true}, nil},
		{"h#/var/log/messages@file_size_exceeded", place{"h", "/var/log/messages", true}, nil},
		{"h$0b9c3e9e-9f7e-4d5a-8a53-0123456789ab", place{}, errUnfinished},
		{"writes", place{}, errNoRow},
		{"", place{}, errNoRow},
	} {
		if got, err := parseKey(tt.key); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%q: %+v, %v, want %+v, %v", tt.key, got, err, tt.want, tt.err)
		}
	}
}

func TestDecode(t *testing.T) {
	at := place{host: "h", path: "/f"}
	good := row(t, hello, helloMD5, "posix.stat_result(st_mode=33188, st_size=6)", "1413590400.127")
	s, err := decode(at, good)
	if err != nil || string(s.Content) != hello || s.Stat != "posix.stat_result(st_mode=33188, st_size=6)" ||
		s.Host != "h" || s.Path != "/f" || s.Notice != "" || s.Boot != 1 || s.Seq != 1413590400127 ||
		!s.Changed.Equal(time.Date(2014, 10, 18, 0, 0, 0, 127e6, time.UTC)) {
		t.Errorf("got %+v, %v", s, err)
	}
	at.exceeded = true
	notice, err := decode(at, row(t, "/f has\n11000000 bytes\n", "of something", "", "1"))
	if err != nil || notice.Notice != "/f has 11000000 bytes" || notice.Content != nil {
		t.Errorf("got %+v, %v, want a notice", notice, err)
	}
	at.exceeded = false
	// Streams that follow each other are one: this is 4 GiB.
	bomb := strings.Repeat(pack(t, strings.Repeat("\x00", 1<<20))[0], 4096)
	largest := strings.Repeat("\x00", cache.MaxContentBytes)
	for _, tt := range []struct {
		name  string
		item  int
		value string
		want  error
	}{
		{"the largest content, whose md5 differs", 0, pack(t, largest)[0], ErrDamaged},
		{"a byte more", 0, pack(t, largest+"\x00")[0], ErrTooLarge},
		{"gigabytes", 0, bomb, ErrTooLarge},
		{"an endless stat", 2, bomb, ErrTooLarge},
		{"no bzip2", 0, hello, ErrDamaged},
		{"cut off", 0, good[0][:len(good[0])-3], ErrDamaged},
		{"nothing", 1, "", ErrDamaged},
		{"another md5", 1, good[4], ErrDamaged},
		{"no time", 4, good[1], ErrDamaged},
		{"before 1970", 4, pack(t, "-1")[0], ErrDamaged},
		{"no number", 4, pack(t, "NaN")[0], ErrDamaged},
		{"after 9999", 4, pack(t, "253402300800")[0], ErrDamaged},
	} {
		bad := good
		bad[tt.item] = tt.value
		if _, err := decode(at, bad); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := decode(at, row(t, hello, helloMD5+"\n", "", "253402300799.9994")); err != nil {
		t.Errorf("the end of 9999: %v", err)
	}
}

// FuzzDecode decodes anything: what is not refused for one of the reasons fits into our cache.
func FuzzDecode(f *testing.F) {
	good := row(f, hello, helloMD5, "st_mode=33188", "1413590400.12")
	f.Add("web1#/etc/motd", good[0], good[1], good[2], good[4])
	f.Add("web1#/big@file_size_exceeded", good[2], good[1], good[0], good[4])
	f.Add("web1$1", "", "BZh9", strings.Repeat(good[0], 3), good[4])
	f.Fuzz(func(t *testing.T, key, content, md5, stat, seconds string) {
		at, err := parseKey(key)
		if err != nil {
			if !errors.Is(err, errUnfinished) && !errors.Is(err, errNoRow) {
				t.Fatalf("%q: %v", key, err)
			}
			return
		}
		s, err := decode(at, [items]string{content, md5, stat, "", seconds})
		if err != nil {
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("%q: %v", hex.EncodeToString([]byte(content)), err)
			}
			return
		}
		for _, note := range []string{s.Stat, s.Notice} {
			if len(note) > maxNoteBytes || !utf8.ValidString(note) || strings.IndexFunc(note, unicode.IsControl) >= 0 {
				t.Errorf("note %q", note)
			}
		}
		if len(s.Content) > cache.MaxContentBytes || s.Seq == 0 || (s.Notice != "") != at.exceeded {
			t.Errorf("%+v", s)
		}
	})
}

func TestOneLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		" a\tb\r\nc\x1b ":              "a b  c",
		"a\xffb":                       "a\ufffdb",
		strings.Repeat("x", 1024):      strings.Repeat("x", 1024),
		strings.Repeat("é", 600):       strings.Repeat("é", 512),
		"x" + strings.Repeat("é", 600): "x" + strings.Repeat("é", 511),
	} {
		if got := oneLine(text); got != want {
			t.Errorf("%.20q of %d bytes: %.20q of %d, want %d", text, len(text), got, len(got), len(want))
		}
	}
}

func TestSilence(t *testing.T) {
	s := &source{Source: Source{Life: 6 * time.Hour}}
	for left, want := range map[string]time.Duration{
		"21600000": 0, "21600001": 0, "7200000": 4 * time.Hour, "0": 6 * time.Hour, "-1": 6 * time.Hour, "x": 6 * time.Hour,
		"9223372036854775807": 0,
	} {
		if got := s.silence(left); got != want {
			t.Errorf("%s ms left: %v, want %v", left, got, want)
		}
	}
}
