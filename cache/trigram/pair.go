package trigram

import "bytes"

// lanes is how many places are looked at together.
const lanes = 16

// pair is two bytes, one gap behind the other, each the same in all lanes. A fold is 0x20 for a letter
// that stands for both cases: with that bit set the two are the lower-case one, and no other byte is.
type pair struct {
	first, firstFold   [lanes]byte // searchLanes knows the order
	second, secondFold [lanes]byte
	gap                int
}

func newPair(first, second byte, gap int, fold bool) pair {
	p := pair{gap: gap}
	for i := range lanes {
		p.first[i], p.second[i] = first, second
		if fold {
			p.firstFold[i], p.secondFold[i] = foldBit(first), foldBit(second)
		}
	}
	return p
}

// foldBit is what the cases of a letter in lower case differ in; 0 for other bytes.
func foldBit(c byte) byte {
	if 'a' <= c && c <= 'z' {
		return 'a' - 'A'
	}
	return 0
}

// index returns where the pair is first found in text, or -1.
func (p *pair) index(text []byte) int {
	from := p.indexLanes(text)
	places := len(text) - p.gap
	for i := from; i < places; i++ {
		if p.firstFold[0] == 0 {
			next := bytes.IndexByte(text[i:places], p.first[0])
			if next < 0 {
				return -1
			}
			i += next
		}
		if text[i]|p.firstFold[0] == p.first[0] && text[i+p.gap]|p.secondFold[0] == p.second[0] {
			return i
		}
	}
	return -1
}
