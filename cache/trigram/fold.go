package trigram

import (
	"unicode"
	"unicode/utf8"
)

// AppendFold appends text with one letter of each set that simple case folding makes equal: for ASCII
// the lower-case one, so the Kelvin sign becomes "k". A byte that is not valid UTF-8 becomes U+FFFD,
// which is how regular expressions see it. Folding two texts one after the other gives what folding
// both at once gives, if both are valid.
func AppendFold(dst, text []byte) []byte {
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			dst = append(dst, lowerASCII(c))
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		dst = utf8.AppendRune(dst, foldRune(r))
		i += size
	}
	return dst
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// foldRune returns the smallest rune that r is equal to without regard to case, in lower case if that
// is an ASCII letter.
func foldRune(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	if least < utf8.RuneSelf {
		return rune(lowerASCII(byte(least)))
	}
	return least
}

// foldRunes returns runes as folded text.
func foldRunes(runes []rune) string { return string(AppendFold(nil, []byte(string(runes)))) }
