package trigram

import (
	"regexp/syntax"
	"slices"
)

const (
	// maxTexts bounds how many texts are told apart: a class of hex digits and one more choice. Beyond,
	// only the ends of the texts are kept, or nothing.
	maxTexts = 32
	// maxTextBytes bounds what these take together.
	maxTextBytes = 2048
	// edgeBytes are what is kept of an end: with one byte of what follows they make a trigram.
	edgeBytes = 2
	// maxCopies bounds how far a counted repetition is written out.
	maxCopies = 8
)

// Regexp returns the trigrams that a line must have when re, as parsed, matches anywhere in it.
func Regexp(re *syntax.Regexp) Query { return analyze(re).open().need }

// facts are what is known of the folded texts that an expression matches. Each of them
//   - is one of whole, if that is not empty;
//   - otherwise begins with one of prefix, ends with one of suffix, and satisfies need. The two may
//     overlap. They are at most edgeBytes long, and may be empty texts, which says nothing.
type facts struct {
	whole          []string
	prefix, suffix []string
	need           Query
}

func known(texts ...string) facts { return facts{whole: texts} }

// anything is what is known when nothing is.
func anything() facts { return facts{prefix: []string{""}, suffix: []string{""}} }

// open gives up knowing the whole texts for their ends and trigrams.
func (f facts) open() facts {
	if len(f.whole) == 0 {
		return f
	}
	return facts{prefix: heads(f.whole), suffix: tails(f.whole), need: oneOf(f.whole)}
}

func analyze(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return known("")
	case syntax.OpLiteral:
		return known(foldRunes(re.Rune))
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return analyze(re.Sub[0])
	case syntax.OpConcat:
		all := known("")
		for _, sub := range re.Sub {
			all = all.then(analyze(sub))
		}
		return all
	case syntax.OpAlternate:
		all := analyze(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			all = all.or(analyze(sub))
		}
		return all
	case syntax.OpQuest:
		return analyze(re.Sub[0]).or(known(""))
	case syntax.OpPlus:
		return analyze(re.Sub[0]).open()
	case syntax.OpRepeat:
		return repeated(analyze(re.Sub[0]), re.Min, re.Max)
	}
	return anything() // any character, any number of times, or no match at all
}

// class returns the characters of pairs, the first and last of each range, if they are few.
func class(pairs []rune) facts {
	var texts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		for r := pairs[i]; r <= pairs[i+1]; r++ {
			if text := foldRunes([]rune{r}); !slices.Contains(texts, text) {
				texts = append(texts, text)
			}
			if len(texts) > maxTexts {
				return anything()
			}
		}
	}
	if len(texts) == 0 {
		return anything()
	}
	return known(texts...)
}

// repeated is f at least least times and at most most times, -1 for no limit.
func repeated(f facts, least, most int) facts {
	if least == 0 {
		if most == 1 {
			return f.or(known(""))
		}
		return anything()
	}
	copies := min(least, maxCopies)
	all := f
	for range copies - 1 {
		all = all.then(f)
	}
	if copies != most {
		return all.open()
	}
	return all
}

// then is f followed by g.
func (f facts) then(g facts) facts {
	if whole, ok := cross(f.whole, g.whole); ok {
		return known(whole...)
	}
	fo, go_ := f.open(), g.open()
	joined := facts{prefix: fo.prefix, suffix: go_.suffix, need: And(fo.need, go_.need)}
	if len(f.whole) > 0 {
		if texts, ok := cross(f.whole, go_.prefix); ok {
			joined.prefix = heads(texts)
		}
	}
	if len(g.whole) > 0 {
		if texts, ok := cross(fo.suffix, g.whole); ok {
			joined.suffix = tails(texts)
		}
	}
	if seam, ok := cross(fo.suffix, go_.prefix); ok {
		joined.need = And(joined.need, oneOf(seam))
	}
	return joined
}

// or is f or g.
func (f facts) or(g facts) facts {
	if len(f.whole) > 0 && len(g.whole) > 0 {
		if whole := union(f.whole, g.whole); fits(len(whole), total(whole)) {
			return known(whole...)
		}
	}
	f, g = f.open(), g.open()
	return facts{
		prefix: heads(union(f.prefix, g.prefix)),
		suffix: tails(union(f.suffix, g.suffix)),
		need:   Or(f.need, g.need),
	}
}

// cross returns each of left followed by each of right; not if one is empty or the product too large.
func cross(left, right []string) ([]string, bool) {
	if n := len(left) * len(right); n == 0 || !fits(n, total(left)*len(right)+total(right)*len(left)) {
		return nil, false
	}
	var texts []string
	for _, l := range left {
		for _, r := range right {
			texts = append(texts, l+r)
		}
	}
	return unique(texts), true
}

func fits(texts, bytes int) bool { return texts <= maxTexts && bytes <= maxTextBytes }

func total(texts []string) int {
	n := 0
	for _, t := range texts {
		n += len(t)
	}
	return n
}

// heads returns the first bytes of texts: as many as leave few enough to tell apart.
func heads(texts []string) []string {
	return edges(texts, func(text string, n int) string { return text[:n] })
}

// tails returns the last bytes of texts.
func tails(texts []string) []string {
	return edges(texts, func(text string, n int) string { return text[len(text)-n:] })
}

func edges(texts []string, cut func(string, int) string) []string {
	for n := edgeBytes; n > 0; n-- {
		short := make([]string, len(texts))
		for i, text := range texts {
			short[i] = cut(text, min(n, len(text)))
		}
		if short = unique(short); len(short) <= maxTexts {
			return short
		}
	}
	return []string{""}
}

func union(a, b []string) []string { return unique(slices.Concat(a, b)) }

// unique sorts texts and drops repeated ones, in place.
func unique(texts []string) []string {
	slices.Sort(texts)
	return slices.Compact(texts)
}
