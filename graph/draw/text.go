package draw

import (
	"html"
	"strings"
	"unicode"
)

// Bounds of texts, in characters. What is cut ends in "…".
const (
	maxLabel   = 80  // of a name or a label, where the layout is not ours
	maxDetail  = 240 // of a line of details
	maxDetails = 40  // lines of details
)

// clean replaces what can't be printed, so that a text can neither break a format nor turn the direction
// of what follows.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ToValidUTF8(s, string(unicode.ReplacementChar)))
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

// label is a name as formats show it that lay out for themselves.
func label(s string) string { return cut(clean(s), maxLabel) }

// details joins a heading and lines of details, bounded.
func details(head string, lines []string) string {
	all := []string{cut(clean(head), maxDetail)}
	for i, l := range lines {
		if i == maxDetails {
			all = append(all, "…")
			break
		}
		all = append(all, cut(clean(l), maxDetail))
	}
	return strings.Join(all, "\n")
}

// escape makes a text that is clean but for line ends safe between tags and within quotes of XML.
func escape(s string) string { return html.EscapeString(s) }

// width is what a text takes at most in a sans-serif font, in units of its size. The figures are those of
// DejaVu Sans, which is among the widest.
func width(s string) float64 {
	var sum float64
	for _, r := range s {
		sum += advance(r)
	}
	return sum
}

func advance(r rune) float64 {
	switch {
	case strings.ContainsRune("ijl.,:;'|! I()[]/\\-ft", r):
		return 0.42
	case strings.ContainsRune("mwMW@%—…", r):
		return 1.0
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return 0.64
	case r >= 0x1100: // CJK, symbols, emoji
		return 1.1
	}
	return 0.8
}

// fit shortens a text of a font's size to a width, both in pixels.
func fit(s string, size, most float64) string {
	s = clean(s)
	if width(s)*size <= most {
		return s
	}
	room := most/size - advance('…')
	for i, r := range s {
		if room -= advance(r); room < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
