package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// settings is what a host has where all hosts have much in common.
func settings(host string, changed int) string {
	var b strings.Builder
	for i := range 400 {
		value := i * 7919 % 1000
		if i < changed {
			value = i
		}
		fmt.Fprintf(&b, "net.ipv4.conf.setting%d.of%d = %d\n", i*i%613, i, value)
	}
	return b.String() + "kernel.hostname = " + host + "\n"
}

// trained is a server with settings of some hosts and a dictionary for them.
func trained(t *testing.T, s Server) (f *fixture, w *worker, name string) {
	t.Helper()
	f = newFixture(t, s)
	for i := range 8 {
		host := fmt.Sprint("h", i)
		f.mustPut(t, snap(host, "@sysctl", settings(host, 0)))
	}
	w, err := (&Indexer{Client: f.Client}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	f.raw.Set(t.Context(), keyLease, w.token, 0)
	if err := w.train(t.Context(), "@sysctl", 8); err != nil || w.Stats().Dictionaries != 1 {
		t.Fatalf("%v, %+v, want a dictionary", err, w.Stats())
	}
	return f, w, f.raw.HGet(t.Context(), keyDicts, "@sysctl").Val()
}

func (f *fixture) enc(t *testing.T, host string) string {
	return f.raw.HGet(t.Context(), rowKey(host, "@sysctl"), fieldEnc).Val()
}

// TestIndexerForgetsPaths: of paths that are gone an indexer remembers nothing.
func TestIndexerForgetsPaths(t *testing.T) {
	f, w, _ := trained(t, startLocal(t))
	w.trained["/gone"], w.refused["/gone"], w.refused["@sysctl"] = training{}, time.Now(), time.Now()
	w.round(t.Context())
	if len(w.trained) != 1 || len(w.refused) != 1 || w.refused["@sysctl"].IsZero() {
		t.Errorf("remembered: %v, refused %v; want @sysctl alone", w.trained, w.refused)
	}
	if n := w.Stats().Failed; n > 0 {
		t.Errorf("%d attempts failed on %s", n, f.Server.Addr)
	}
}

func TestDictionary(t *testing.T) {
	tests := []struct {
		name string
		run  func(*testing.T, Server)
	}{
		{"rows are packed with it", testPackedWith},
		{"rows that are there are packed anew", testPackedAnew},
		{"rows of writers that know no differences stay", testOlderRows},
		{"it lives as long as what names it", testDictLife},
		{"the writer has what the server lacks", testLacks},
		{"without it a row is damaged", testDictGone},
		{"a row that another server has is read there", testElsewhere},
		{"another is made when it pays", testRetrained},
	}
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		s := start(t)
		for _, tt := range tests {
			t.Run(tt.name, func(t *testing.T) { tt.run(t, s) })
		}
	})
}

func testPackedWith(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	before := f.raw.HStrLen(t.Context(), "h1#@sysctl", "c").Val()
	content := settings("new", 3)
	f.mustPut(t, snap("new", "@sysctl", content), snap("new", "/small", "small\n"), snap("new", "/other", content))
	size := f.raw.HStrLen(t.Context(), "new#@sysctl", "c").Val()
	if enc := f.enc(t, "new"); enc != "lines:"+name || size*10 > before {
		t.Errorf("encoding %q with %d bytes, want lines:%s and a tenth of %d", enc, size, name, before)
	}
	if enc := f.raw.HGet(t.Context(), "new#/other", "enc").Val(); enc != "zstd" {
		t.Errorf("another path: encoding %q", enc)
	}
	row, err := Get(t.Context(), f.site, "new", "@sysctl")
	if err != nil || string(row.Content) != content {
		t.Errorf("Get: %d bytes, %v", len(row.Content), err)
	}
	if hits, _ := grep(t, []Site{f.site}, Query{Pattern: "hostname = (new|h1)$", Paths: []string{"@*"}}); len(hits) != 2 {
		t.Errorf("search: %q", hits)
	}
	content = strings.ReplaceAll(content, "\n", " ")
	f.mustPut(t, snap("new", "@sysctl", content))
	if enc := f.enc(t, "new"); enc != "zstd:"+name {
		t.Errorf("a content of one line: encoding %q, want zstd:%s", enc, name)
	}
	zstdReads(t, f, name, content)
}

// zstdReads unpacks a row with the zstd tool.
func zstdReads(t *testing.T, f *fixture, name, content string) {
	t.Helper()
	tool, err := exec.LookPath("zstd")
	if err != nil {
		t.Log("no zstd here")
		return
	}
	dict := filepath.Join(t.TempDir(), "dict")
	if err := os.WriteFile(dict, []byte(f.raw.Get(t.Context(), "dict#"+name).Val()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, "-dcq", "-D", dict)
	cmd.Stdin = strings.NewReader(f.raw.HGet(t.Context(), "new#@sysctl", "c").Val())
	if out, err := cmd.Output(); err != nil || string(out) != content {
		t.Errorf("zstd: %d bytes, %v, want %d", len(out), err, len(content))
	}
}

func testPackedAnew(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	writes := f.raw.Get(t.Context(), keyWrites).Val()
	same := snap("h1", "@sysctl", settings("h1", 0))
	for range 2 {
		if written, err := f.Put(t.Context(), same); err != nil || written {
			t.Errorf("Put: %v, %v, want false, nil: the content is the same", written, err)
		}
	}
	if enc := f.enc(t, "h1"); enc != "lines:"+name || f.raw.Get(t.Context(), keyWrites).Val() != writes {
		t.Errorf("encoding %q after a write, want lines:%s without", enc, name)
	}
	if row, err := Get(t.Context(), f.site, "h1", "@sysctl"); err != nil || !bytes.Equal(row.Content, same.Content) {
		t.Errorf("got %d bytes, %v", len(row.Content), err)
	}
}

func testOlderRows(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	content := settings("h1", 0)
	older := encodeZstd([]byte(content), newDictionary([]byte(f.raw.Get(t.Context(), "dict#"+name).Val())))
	f.raw.HSet(t.Context(), "h1#@sysctl", "c", older.c, "enc", older.enc, "crc", storedSum(older.enc, older.c))
	f.mustPut(t, snap("h1", "@sysctl", content), snap("h2", "@sysctl", settings("h2", 0)))
	if older, newer := f.enc(t, "h1"), f.enc(t, "h2"); older != "zstd:"+name || newer != "lines:"+name {
		t.Errorf("encodings %q and %q, want one with zstd and one by lines", older, newer)
	}
	hits, _ := grep(t, []Site{f.site}, Query{Pattern: "hostname = h[12]$", NoSegments: true})
	if want := []string{"h1:@sysctl:401:kernel.hostname = h1", "h2:@sysctl:401:kernel.hostname = h2"}; !slices.Equal(hits, want) {
		t.Errorf("got %q, want %q", hits, want)
	}
}

func testDictLife(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	life := func() time.Duration { return f.raw.PTTL(t.Context(), "dict#"+name).Val() }
	row := snap("h1", "@sysctl", settings("h1", 1))
	for _, what := range []string{"written", "renewed"} {
		f.raw.PExpire(t.Context(), "dict#"+name, time.Hour)
		f.mustPut(t, row)
		if got := life(); got > 2*defaultKeepFor || got < 2*defaultKeepFor-time.Minute {
			t.Errorf("a row is %s: the dictionary lives %v, want %v", what, got, 2*defaultKeepFor)
		}
	}
}

func testLacks(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	f.mustPut(t, snap("a", "@sysctl", settings("a", 0))) // which fetches the dictionary
	f.raw.Del(t.Context(), "dict#"+name)
	f.mustPut(t, snap("b", "@sysctl", settings("b", 0)))
	if enc := f.enc(t, "b"); enc != "lines:"+name || f.raw.Exists(t.Context(), "dict#"+name).Val() != 1 {
		t.Errorf("encoding %q, and the dictionary is there: %v", enc, f.raw.Exists(t.Context(), "dict#"+name).Val())
	}
	if _, err := Get(t.Context(), f.site, "a", "@sysctl"); err != nil {
		t.Error(err)
	}
	f.raw.Del(t.Context(), "dict#"+name)
	c := Dial(s, Config{})
	defer c.Close()
	if _, err := c.Put(t.Context(), snap("c", "@sysctl", settings("c", 0))); err != nil || f.enc(t, "c") != "zstd" {
		t.Errorf("a writer that has not got it either: %v, encoding %q, want zstd", err, f.enc(t, "c"))
	}
	again := snap("a", "@sysctl", settings("a", 0)) // as it is there, but can't be read
	if written, err := f.Put(t.Context(), again); err != nil || !written {
		t.Errorf("Put of what can't be read: %v, %v, want true, nil", written, err)
	}
}

func testDictGone(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	f.mustPut(t, snap("a", "@sysctl", settings("a", 0)))
	for what, damage := range map[string]func(){
		"is not there": func() { f.raw.Del(t.Context(), "dict#"+name) },
		"is not what":  func() { f.raw.Set(t.Context(), "dict#"+name, strings.Repeat("x", maxDictBytes), 0) },
		"is no name":   func() { f.raw.HSet(t.Context(), "a#@sysctl", "enc", "lines:../"+name) },
	} {
		f.raw.HSet(t.Context(), "a#@sysctl", "enc", "lines:"+name)
		damage()
		hits, sum := grep(t, []Site{f.site}, Query{Pattern: "hostname"})
		if len(hits) != 8 || sum.DamagedN != 1 || sum.Damaged[0].Host != "a" || !strings.Contains(sum.Damaged[0].Error(), what) {
			t.Errorf("%s: %d hits, %+v", what, len(hits), sum)
		}
		if _, err := Get(t.Context(), f.site, "a", "@sysctl"); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: Get: %v", what, err)
		}
	}
}

func testElsewhere(t *testing.T, s Server) {
	f, _, name := trained(t, s)
	other := newFixture(t, startLocal(t))
	for i := range 8 {
		host := fmt.Sprint("h", i)
		other.mustPut(t, snap(host, "@sysctl", settings(host, 0)))
		f.mustPut(t, snap(host, "@sysctl", settings(host, 0))) // packed with the dictionary
	}
	f.raw.Del(t.Context(), "dict#"+name)
	f.raw.HSet(t.Context(), "h3#@sysctl", "c", "", "enc", "zstd", "notice", "")
	site := Site{Name: "here", Servers: []Server{f.Server, other.Server}}
	hits, sum := grep(t, []Site{site}, Query{Pattern: "hostname"})
	if len(hits) != 8 || !slices.IsSorted(hits) || sum.Elsewhere != 8 || sum.DamagedN != 0 || sum.Rows != 8 {
		t.Errorf("%q, %+v, want 8 rows from the other server", hits, sum)
	}
}

func testRetrained(t *testing.T, s Server) {
	f, w, name := trained(t, s)
	again := func() string {
		clear(w.trained)
		if err := w.train(t.Context(), "@sysctl", 8); err != nil {
			t.Fatal(err)
		}
		return f.raw.HGet(t.Context(), keyDicts, "@sysctl").Val()
	}
	if got := again(); got != name {
		t.Errorf("another dictionary for the same rows: %s and %s", name, got)
	}
	for i := range 8 {
		host := fmt.Sprint("h", i)
		f.mustPut(t, snap(host, "@sysctl", settings(host, 300)))
	}
	if got := again(); got == name {
		t.Error("no other dictionary for rows that are different now")
	}
	name = again()
	f.raw.Del(t.Context(), "dict#"+name)
	w.c.dicts.kept = nil
	if again(); f.raw.Exists(t.Context(), "dict#"+name).Val() != 1 {
		t.Error("no other dictionary for one that is lost")
	}
}

func TestTrain(t *testing.T) {
	many := func(n int, content string) (contents [][]byte) {
		for i := range n {
			contents = append(contents, fmt.Appendf(nil, "%shost %d\n", content, i))
		}
		return contents
	}
	long := strings.Repeat("0123456789abcdef\n", minTrainBytes/16)
	odd := append(many(3, long), many(2, long+"rare\n")...)
	odd = append(odd, []byte(long+"once\n"))
	all := strings.TrimSuffix(settings("", 0), "kernel.hostname = \n")
	older := many(2, without(all, 7, 3))
	for _, nth := range []int{0, 1, 2, 4} {
		older = append(older, []byte(without(all, 7, nth)))
	}
	older = append(older, []byte(all))
	for _, tt := range []struct {
		name     string
		contents [][]byte
		want     string
	}{
		{"too few hosts", many(minTrainHosts-1, long), ""},
		{"too little", many(minTrainHosts, "short\n"), ""},
		{"what is in common", many(minTrainHosts, long), long + "host 0\n"},
		{"what packs best, after lines that it lacks", append(odd[:0:0], odd...), "host 1\n" + long + "rare\nhost 0\n"},
		{"what has all that the others have, though more are alike", older, all},
		{"the beginning of what is too long", many(minTrainHosts, strings.Repeat(long, 200)), strings.Repeat(long, 200)[:maxDictBytes]},
	} {
		if got := train(tt.contents); string(got) != tt.want || len(got) > maxDictBytes {
			t.Errorf("%s: got %d bytes ...%.60q, want %d ...%.60q", tt.name, len(got), tail(string(got)), len(tt.want), tail(tt.want))
		}
	}
}

// without leaves out the nth of every so many lines.
func without(text string, every, nth int) string {
	var kept strings.Builder
	for i, line := range slices.Collect(strings.Lines(text)) {
		if i%every != nth {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func tail(s string) string { return s[max(0, len(s)-40):] }

// TestChosen holds that servers which list their hosts in another order choose the same.
func TestChosen(t *testing.T) {
	var names []string
	for i := range 3 * trainSample {
		names = append(names, fmt.Sprintf("host%03d", i))
	}
	few := chosen(names)
	first := slices.Equal(few, names[:trainSample])
	slices.Reverse(names)
	if again := chosen(names); len(few) != trainSample || first || !slices.Equal(again, few) {
		t.Errorf("%d of them, the first ones: %v, in another order %q, want %q", len(few), first, again, few)
	}
	if got := chosen(names[:2]); len(got) != 2 {
		t.Errorf("of two: %q", got)
	}
}

func TestFrequent(t *testing.T) {
	hosts := map[string]int{"a\n": 2, "b\n": 3, "c\n": 1, "d\n": 2, "longest\n": 2}
	for room, want := range map[int]string{1: "", 2: "b\n", 5: "a\nb\n", 6: "d\na\nb\n", 13: "d\na\nb\n", 14: "longest\nd\na\nb\n"} {
		if got := frequent(hosts, room); string(got) != want {
			t.Errorf("%d bytes: %q, want %q", room, got, want)
		}
	}
}

// TestDictionariesKept bounds what a client keeps.
func TestDictionariesKept(t *testing.T) {
	f := newFixture(t, startLocal(t))
	d := &dictionaries{most: 2}
	fetch := func(content string) {
		t.Helper()
		f.raw.Set(t.Context(), dictKey(dictName([]byte(content))), content, 0)
		if got, err := d.get(t.Context(), f.Client, dictName([]byte(content))); err != nil || string(got.content) != content {
			t.Errorf("%q: %+v, %v", content, got, err)
		}
	}
	for _, content := range []string{"a", "b", "a", "c"} {
		fetch(content)
	}
	if len(d.kept) != 2 || string(d.kept[0].content) != "a" || string(d.kept[1].content) != "c" {
		t.Errorf("kept %+v, want a and c", d.kept)
	}
	full := strings.Repeat("x", maxDictBytes)
	fetch(full)
	if err := f.raw.Set(t.Context(), dictKey(dictName([]byte(full+"y"))), full+"y", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.get(t.Context(), f.Client, dictName([]byte(full+"y"))); !errors.Is(err, ErrDamaged) {
		t.Errorf("one byte too large: %v, want ErrDamaged", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.get(ctx, f.Client, dictName([]byte("other"))); err == nil || errors.Is(err, ErrDamaged) {
		t.Errorf("no server: %v, want its error", err)
	}
}
