package trigram

// searchLanes returns the first place in text, of so many, at which p is found, or places, which is a
// multiple of lanes. It reads places + p.gap bytes.
//
//go:noescape
func searchLanes(text *byte, places int, p *pair, gap int) int

// indexLanes returns a place before which the pair is not found, and at which it is unless fewer than
// lanes places are left.
func (p *pair) indexLanes(text []byte) int {
	places := (len(text) - p.gap) &^ (lanes - 1)
	if places <= 0 {
		return 0
	}
	return searchLanes(&text[0], places, p, p.gap)
}
