package trigram_test

import (
	"bytes"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/cache/trigram"
)

func parse(t testing.TB, expr string) *syntax.Regexp {
	t.Helper()
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	return re
}

func TestRegexp(t *testing.T) {
	for _, c := range []struct{ name, expr, query, literal string }{
		{"literal", `netdev`, "net etd tde dev", "netdev"},
		{"too short", `ne`, "any", "ne"},
		{"just long enough", `net`, "net", "net"},
		{"nothing", ``, "any", ""},
		{"folded without asking", `NetDev`, "net etd tde dev", "NetDev"},
		{"folded on request", `(?i)NetDev`, "net etd tde dev", "netdev/i"},
		{"a letter that folds outside ASCII ends the literal", `(?i)netkern`, "net etk tke ker ern", "net/i"},
		{"and so does a letter outside ASCII", `(?i)abcdéxy`, `abc bcd cd\xc3 d\xc3\x89 \xc3\x89x \x89xy`, "abcd/i"},
		{"a digit in it has no case", `(?i)ipv4\.conf`, "ipv pv4 v4. 4.c .co con onf", "ipv4.conf/i"},
		{"half folded", `É(?i:net)Dev`, `\xc3\x89n \x89ne net etd tde dev`, "Énetdev/i"},
		{"anchors are nothing between neighbours", `^ab\bcd$`, "abc bcd", "abcd"},
		{"a group", `ab(cd)e`, "abc bcd cde", "abcde"},
		{"any character in between", `abc.def`, "abc def", "abc"},
		{"a choice", `a(bc|de)f`, "(abc bcf | ade def)", "a"},
		{"a choice of one that promises nothing", `abc|d`, "any", ""},
		{"a choice behind a gap", `x.*(abc|def)`, "(abc | def)", "x"},
		{"choices in choices", `(abc.*|def)|ghi`, "(abc | def | ghi)", ""},
		{"a class", `ab[cd]`, "(abc | abd)", "ab"},
		{"a class whose case folds to one", `ab[Cc]`, "abc", "abc/i"},
		{"a wide class", `abc[^x]def`, "abc def", "abc"},
		{"a class too wide to tell apart with what follows", `x[0-9][0-9][0-9a-z]-abc`, "-ab abc", "-abc"},
		{"optional", `abcd?`, "(abc | abc bcd)", "abc"},
		{"optional in the middle", `abx?cd`, "(abc bcd | abx bxc xcd)", "ab"},
		{"star", `abc(def)*`, "abc", "abc"},
		{"plus", `(abc)+`, "abc", "abc"},
		{"plus between", `xx(abc)+yy`, "abc xxa xab bcy cyy", "xxabc"},
		{"counted", `a{4}`, "aaa", "a"},
		{"counted exactly is followed by what follows", `(ab){2}c`, "aba bab abc", "ab"},
		{"counted openly", `(ab){2,}c`, "aba bab abc", "ab"},
		{"counted once or twice", `xa{1,2}c`, "any", "xa"},
		{"counted from none", `(abc){0,3}`, "any", ""},
		{"counted up to once", `ab(c){0,1}d`, "(abc bcd | abd)", "ab"},
		{"more copies than are written out", `(ab){9}c`, "aba bab abc", "ab"},
		{"matches bytes that are not valid too", "ab\uFFFDcd", "ab\\xef b\\xef\\xbf \\xef\\xbf\\xbd \\xbf\\xbdc \\xbdcd", "ab"},
		{"never matches", `abc[^\x00-\x{10FFFF}]`, "abc", "abc"},
	} {
		t.Run(c.name, func(t *testing.T) {
			re := parse(t, c.expr)
			if got := trigram.Regexp(re).String(); got != c.query {
				t.Errorf("query of %s: %s, want %s", c.expr, got, c.query)
			}
			literal, fold := trigram.Required(re)
			got := string(literal)
			if fold {
				got += "/i"
			}
			if got != c.literal {
				t.Errorf("literal of %s: %q, want %q", c.expr, got, c.literal)
			}
		})
	}
}

func TestLiteral(t *testing.T) {
	for literal, want := range map[string]string{
		"":              "any",
		"Vm.s":          "vm. m.s",
		"aaaa":          "aaa",
		"abc\xffdef":    "abc def",
		"abc\uFFFDdef":  "abc def",
		"\xa9abc\xc3":   "abc",
		"\u212Aelvin\n": "kel elv lvi vin in\\x0a",
	} {
		if got := trigram.Literal([]byte(literal)).String(); got != want {
			t.Errorf("Literal(%q): %s, want %s", literal, got, want)
		}
	}
}

// TestBounds asks for more than a query may have.
func TestBounds(t *testing.T) {
	var words []string
	for i := range 300 {
		words = append(words, string([]byte{'a' + byte(i%26), 'a' + byte(i/26), 'x'}))
	}
	size := func(q trigram.Query) int { return len(q.Trigrams()) }
	if got := size(trigram.Regexp(parse(t, strings.Join(words[:256], "|")))); got != 256 {
		t.Errorf("a choice of 256 words has %d trigrams, want 256", got)
	}
	if got := trigram.Regexp(parse(t, strings.Join(words, "|"))); !got.Any() {
		t.Errorf("a choice of 300 words asks for %s, want any", got)
	}
	long := strings.Join(words, "")
	if got := size(trigram.Literal([]byte(long))); got != 256 {
		t.Errorf("a literal of %d bytes has %d trigrams, want 256", len(long), got)
	}
	if literal, _ := trigram.Required(parse(t, long)); len(literal) < 250 || len(literal) > 256 {
		t.Errorf("required are %d bytes, want at most and nearly 256", len(literal))
	}
	group := trigram.Regexp(parse(t, "(abc.|def.)"))
	if q := trigram.And(trigram.Literal([]byte(long[:256])), group); q.OneOf == nil || size(q) != 256 {
		t.Errorf("And has %d trigrams, %d groups, want 256 and 1", size(q), len(q.OneOf))
	}
	if q := trigram.And(trigram.Literal([]byte(long[:257])), group); q.OneOf != nil {
		t.Errorf("And of 255 trigrams and a group of 2 keeps the group")
	}
	deep := trigram.Regexp(parse(t, strings.Repeat("(a|", 300)+"b"+strings.Repeat("c)", 300)))
	if size(deep) > 256 {
		t.Errorf("nested choices have %d trigrams, want at most 256", size(deep))
	}
}

func TestAndOr(t *testing.T) {
	abc, def := trigram.Literal([]byte("abc")), trigram.Literal([]byte("def"))
	has := func(words string) func(trigram.Trigram) bool {
		return func(t trigram.Trigram) bool { return strings.Contains(words, t.String()) }
	}
	for _, c := range []struct {
		q    trigram.Query
		text string
		want bool
	}{
		{trigram.And(abc, def), "abc", false},
		{trigram.And(abc, def), "abc def", true},
		{trigram.Or(abc, def), "def", true},
		{trigram.Or(abc, def), "ghi", false},
		{trigram.Or(), "", true},
		{trigram.And(), "", true},
		{trigram.And(trigram.Or(abc, def), abc), "def", false},
		{trigram.Or(abc, trigram.Query{}), "", true},
	} {
		if got := c.q.Satisfied(has(c.text)); got != c.want {
			t.Errorf("%s satisfied by %q: %v, want %v", c.q, c.text, got, c.want)
		}
	}
}

func TestFold(t *testing.T) {
	for text, want := range map[string]string{
		"ABC-Z@[`{z9":   "abc-z@[`{z9",
		"\u212A\u017Fß": "ksß",
		"É\xffé":        "É\uFFFDÉ",
	} {
		if got := trigram.AppendFold(nil, []byte(text)); string(got) != want {
			t.Errorf("fold of %q: %q, want %q", text, got, want)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		one, other := string(r), string(unicode.SimpleFold(r))
		if a, b := trigram.AppendFold(nil, []byte(one)), trigram.AppendFold(nil, []byte(other)); !bytes.Equal(a, b) {
			t.Fatalf("%q folds to %q, %q to %q", one, a, other, b)
		}
	}
}

func TestSet(t *testing.T) {
	s := trigram.NewSet()
	s.Add([]byte("Abcd\nab\ncdabc"))
	var got []string
	for _, t := range s.All() {
		got = append(got, t.String())
	}
	if want := "abc bcd cda dab"; strings.Join(got, " ") != want {
		t.Errorf("trigrams %q, want %q", got, want)
	}
	s.Clear()
	if abc := trigram.Trigram('a'<<16 | 'b'<<8 | 'c'); s.Has(abc) || len(s.All()) != 0 {
		t.Errorf("after Clear: %v", s.All())
	}
}

// promise fails when an expression matches a line that its query or its literal excludes.
func promise(t *testing.T, set *trigram.Set, expr string, line []byte) (matched bool) {
	t.Helper()
	re, err := regexp.Compile(expr)
	if err != nil || bytes.IndexByte(line, '\n') >= 0 || !re.Match(line) {
		return false
	}
	parsed := parse(t, expr)
	set.Clear()
	set.Add(line)
	if q := trigram.Regexp(parsed); !q.Satisfied(set.Has) {
		t.Errorf("%q matches %q, but %s excludes it", expr, line, q)
	}
	if literal, fold := trigram.Required(parsed); trigram.NewFinder(literal, fold).Index(line) < 0 {
		t.Errorf("%q matches %q, but does not have %q (fold %v)", expr, line, literal, fold)
	}
	return true
}

// TestPromise tries random expressions on random lines of few characters, so that many match.
func TestPromise(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	matched, set := 0, trigram.NewSet()
	for range 4000 {
		expr := randomExpr(rng, 4)
		for range 5 {
			if promise(t, set, expr, randomLine(rng, 12)) {
				matched++
			}
		}
		if t.Failed() {
			return
		}
	}
	if matched < 4000 {
		t.Errorf("%d matches, want more: the test tests nothing", matched)
	}
}

var atoms = []string{"a", "b", "k", "S", "é", "ab", "abk", "Sab", "kéa", "\u212A", "\u017F", "\uFFFD", ".", "[ab]", "[^a]", `\w`, "[k-s]", "^", "$", `\b`}

func randomExpr(rng *rand.Rand, depth int) string {
	if depth == 0 {
		return atoms[rng.IntN(len(atoms))]
	}
	x := func() string { return randomExpr(rng, depth-1-rng.IntN(depth)) }
	switch rng.IntN(7) {
	case 0:
		return "(?:" + x() + "|" + x() + ")"
	case 1:
		return "(?i:" + x() + ")"
	case 2:
		return "(" + x() + ")" + []string{"*", "+", "?", "{2}", "{1,2}", "{0,2}", "{2,}"}[rng.IntN(7)]
	case 3:
		return x()
	}
	return x() + x()
}

func randomLine(rng *rand.Rand, length int) []byte {
	var line []byte
	for range rng.IntN(length) {
		line = append(line, []string{"a", "b", "k", "s", "S", "A", "é", "É", "\u212A", "\u017F", "\xff", "\xc3", "\uFFFD"}[rng.IntN(13)]...)
	}
	return line
}

func FuzzPromise(f *testing.F) {
	for _, expr := range atoms {
		f.Add(expr, []byte("xabkSéa"))
	}
	f.Add(`(?i)net\.(core|ipv[46])\.[^ ]+ = \d{2,}`, []byte("NET.IPV4.x = 12"))
	set := trigram.NewSet()
	f.Fuzz(func(t *testing.T, expr string, line []byte) {
		if utf8.ValidString(expr) && len(expr) < 1000 {
			promise(t, set, expr, line)
		}
	})
}

// FuzzLiteral holds that no text is excluded that contains the literal, wherever in a character it
// begins, and that Finder finds what bytes.Index finds.
func FuzzLiteral(f *testing.F) {
	f.Add([]byte("abcdé\xff"), 1, 5)
	f.Add([]byte("xxKkaAbBcC"), 2, 8)
	set := trigram.NewSet()
	f.Fuzz(func(t *testing.T, text []byte, from, to int) {
		if from < 0 || to > len(text) || from > to {
			return
		}
		literal := text[from:to]
		set.Clear()
		set.Add(text)
		if q := trigram.Literal(literal); bytes.IndexByte(text, '\n') < 0 && !q.Satisfied(set.Has) {
			t.Errorf("%q contains %q, but %s excludes it", text, literal, q)
		}
		finds(t, text, literal)
	})
}

func finds(t *testing.T, text, literal []byte) {
	t.Helper()
	if got, want := trigram.NewFinder(literal, false).Index(text), bytes.Index(text, literal); got != want {
		t.Errorf("%q in %q found at %d, want %d", literal, text, got, want)
	}
	lower := func(b []byte) []byte {
		return bytes.Map(func(r rune) rune {
			if r < utf8.RuneSelf {
				return unicode.ToLower(r)
			}
			return r
		}, b)
	}
	if !utf8.Valid(text) || !utf8.Valid(literal) {
		return // bytes.Map makes other bytes of them
	}
	if got, want := trigram.NewFinder(literal, true).Index(text), bytes.Index(lower(text), lower(literal)); got != want {
		t.Errorf("%q in %q found at %d without regard to case, want %d", literal, text, got, want)
	}
}

func TestFinder(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	letters := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = "abAB"[rng.IntN(4)]
		}
		return b
	}
	for range 20000 {
		finds(t, letters(rng.IntN(40)), letters(rng.IntN(5)))
	}
	for length := range 150 { // on all sides of what is looked at together: 16 and 64 places
		for at := range max(0, length-3) {
			text := bytes.Repeat([]byte("."), length)
			copy(text[at:], "G.xg")
			finds(t, text, []byte("g.Xg"))
			finds(t, text, []byte("G.xg"))
			finds(t, text, []byte("x"))
		}
	}
	for _, tt := range []struct{ text, literal string }{
		{strings.Repeat("@[\x00", 30) + "`{ ", "`{ "}, // differ in the bit of the case only
		{strings.Repeat("`{ ", 30) + "@[\x00", "@[\x00"},
		{strings.Repeat(".", 70) + "1Q", "1q"}, // one of the two is a letter
		{strings.Repeat(".", 70) + "Q1", "q1"},
		{strings.Repeat(".", 70) + "aZ", "AZ"}, // the first and the last one
	} {
		text := []byte(tt.text + strings.Repeat(".", 70))
		finds(t, text, []byte(tt.literal))
	}
}

// BenchmarkFinder finds the lines of one setting in text like that of sysctl, by the two rarest bytes
// and by the first.
func BenchmarkFinder(b *testing.B) {
	literal := []byte("net.core.netdev_budget")
	var text []byte
	for len(text) < 1<<20 {
		for _, name := range []string{"abi.vsyscall32", "net.core.netdev_max_backlog", "net.ipv4.conf.all.accept_local", "net.ipv4.tcp_rmem", "net.core.optmem_max", "vm.swappiness"} {
			text = append(text, name+" = 4096 131072 6291456\n"...)
		}
	}
	for name, index := range map[string]func([]byte) int{
		"rarest bytes": trigram.NewFinder(literal, false).Index,
		"folded":       trigram.NewFinder(literal, true).Index,
		"bytes.Index":  func(text []byte) int { return bytes.Index(text, literal) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				if index(text) >= 0 {
					b.Fatal("found")
				}
			}
		})
	}
}
