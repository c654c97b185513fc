package compare

import (
	"cmp"
	"slices"
)

// Limits of Groups, each of all paths together.
const (
	maxVariants  = 1 << 16  // a fleet in which every host has its own of one file, some times over
	maxTextBytes = 64 << 20 // of all variants
	maxExamples  = 5
)

// Content is what one host has at one path.
type Content struct {
	Host, Path  string
	SHA256, MD5 string // of Text; SHA256 says which contents are equal
	Text        []byte
}

// Variant is a content that some hosts have at one path.
type Variant struct {
	Path, SHA256, MD5 string
	Hosts             int
	Examples          []string // the first 5 of the hosts
	Text              []byte   // empty if it is not Held
	Held              bool     // the text is here: those of the first variants are, 64 MiB of them
}

// Groups groups contents that are equal. Its zero value is ready.
type Groups struct {
	variants map[content]*Variant
	bytes    int
	others   int
}

type content struct{ path, sha256 string }

// Add counts a content. It keeps Text if it is the first of its variant.
func (g *Groups) Add(c Content) {
	key := content{c.Path, c.SHA256}
	v, ok := g.variants[key]
	if !ok {
		if len(g.variants) == maxVariants {
			g.others++
			return
		}
		v = &Variant{Path: c.Path, SHA256: c.SHA256, MD5: c.MD5}
		if v.Held = len(c.Text) <= maxTextBytes-g.bytes; v.Held {
			v.Text = c.Text
			g.bytes += len(c.Text)
		}
		if g.variants == nil {
			g.variants = map[content]*Variant{}
		}
		g.variants[key] = v
	}
	if v.Hosts++; v.Hosts <= maxExamples {
		v.Examples = append(v.Examples, c.Host)
	}
}

// Others is how many contents were in none of the first 65,536 variants: they are not in any.
func (g *Groups) Others() int { return g.others }

// Variants returns all variants by path, those that most hosts have first.
func (g *Groups) Variants() []Variant {
	all := make([]Variant, 0, len(g.variants))
	for _, v := range g.variants {
		all = append(all, *v)
	}
	slices.SortFunc(all, func(a, b Variant) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(b.Hosts, a.Hosts), cmp.Compare(a.SHA256, b.SHA256))
	})
	return all
}
