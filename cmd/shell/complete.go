package shell

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxShown bounds the words that are shown where more than one may stand.
const maxShown = 60

// completer returns what the line editor calls for each key. At a Tab it completes what is before the
// cursor as far as only one word may stand there, and where that is nothing, shows them all.
func (s Shell) completer(out io.Writer) func(line string, at int, key rune) (string, int, bool) {
	return func(line string, at int, key rune) (string, int, bool) {
		if key != '\t' || s.Complete == nil {
			return "", 0, false
		}
		from, words := s.Complete(line[:at])
		if len(words) == 0 {
			return line, at, true
		}
		common := words[0]
		for _, word := range words[1:] {
			common = common[:shared(common, word)]
		}
		if len(common) > at-from || len(words) == 1 {
			return line[:from] + common + line[at:], from + len(common), true
		}
		show(out, words)
		return line, at, true
	}
}

// shared is how many bytes two words begin with alike, whatever the case of letters.
func shared(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && lower(a[n]) == lower(b[n]) {
		n++
	}
	for n < len(a) && !utf8.RuneStart(a[n]) { // not within a character
		n--
	}
	return n
}

// lower makes an ASCII letter small: the words of a language and of its data are mostly of those, and for
// others the case counts.
func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// show prints words above the line that is being edited.
func show(out io.Writer, words []string) {
	more := ""
	if len(words) > maxShown {
		more = fmt.Sprintf("  and %d more", len(words)-maxShown)
		words = words[:maxShown]
	}
	fmt.Fprintf(out, "%s%s\n", strings.Join(words, "  "), more)
}
