package compare

import "errors"

// Limits of a comparison. The work grows with the square of the lines that differ.
const (
	maxLines  = 1 << 20 // of one text
	maxDiffer = 10_000  // lines that one text has and the other has not
)

// ErrTooDifferent is returned for texts that differ in more than 10,000 lines, or have more than a
// million.
var ErrTooDifferent = errors.New("the texts differ too much")

// script is which lines of two texts are not in the other, by Myers' algorithm in linear space: An
// O(ND) Difference Algorithm and Its Variations, 1986, section 4b.
type script struct {
	a, b             []int32 // the lines, equal ones with equal numbers
	removed, added   []bool  // of a, of b
	forward, reverse []int   // how far each diagonal was followed, from either end; of them modulo their length
}

// newScript compares two texts of numbered lines.
func newScript(a, b []int32) (*script, error) {
	s := &script{a: a, b: b, removed: make([]bool, len(a)), added: make([]bool, len(b))}
	diagonals := 2*min(len(a), len(b)) + 2
	s.forward, s.reverse = make([]int, diagonals), make([]int, diagonals)
	if !s.compare(0, len(a), 0, len(b)) {
		return nil, ErrTooDifferent
	}
	return s, nil
}

// compare marks the lines that differ in a[a0:a1] and b[b0:b1], or reports that they are too many.
func (s *script) compare(a0, a1, b0, b1 int) bool {
	for a0 < a1 && b0 < b1 && s.a[a0] == s.b[b0] {
		a0, b0 = a0+1, b0+1
	}
	for a0 < a1 && b0 < b1 && s.a[a1-1] == s.b[b1-1] {
		a1, b1 = a1-1, b1-1
	}
	if a0 == a1 || b0 == b1 {
		for i := a0; i < a1; i++ {
			s.removed[i] = true
		}
		for i := b0; i < b1; i++ {
			s.added[i] = true
		}
		return (a1-a0)+(b1-b0) <= maxDiffer
	}
	m, ok := s.middle(s.a[a0:a1], s.b[b0:b1])
	return ok && s.compare(a0, a0+m.a0, b0, b0+m.b0) && s.compare(a0+m.a1, a1, b0+m.b1, b1)
}

// snake is lines that are equal: a[a0:a1] and b[b0:b1]. It may be none.
type snake struct{ a0, a1, b0, b1 int }

// middle finds the snake in the middle of a shortest script, by going from both ends at the same time.
// It reports false if the script is longer than maxDiffer. Both texts have lines, and differ in the first
// and the last.
func (s *script) middle(a, b []int32) (snake, bool) {
	diagonals := 2*min(len(a), len(b)) + 2
	clear(s.forward[:diagonals])
	clear(s.reverse[:diagonals])
	for steps := 0; 2*steps <= maxDiffer; steps++ {
		for _, reverse := range []bool{false, true} {
			if found, ok := s.follow(a, b, steps, reverse); ok {
				return found, true
			}
		}
	}
	return snake{}, false
}

// follow makes one step more on each diagonal, from the front or in reverse, until it meets the other
// way. A diagonal k is where as many lines of a were passed as of b, and k more.
func (s *script) follow(a, b []int32, steps int, reverse bool) (snake, bool) {
	n, m := len(a), len(b)
	size := 2*min(n, m) + 2
	own, other, before := s.forward[:size], s.reverse[:size], steps-1 // what the other way has followed
	if reverse {
		own, other, before = other, own, steps
	}
	at := func(k int) int { return (k%size + size) % size }
	for k := -(steps - 2*max(0, steps-m)); k <= steps-2*max(0, steps-n); k += 2 {
		x := own[at(k+1)]
		if k != -steps && (k == steps || own[at(k-1)] >= own[at(k+1)]) {
			x = own[at(k-1)] + 1
		}
		x0 := x
		for x < n && x-k < m && equal(a, b, x, x-k, reverse) {
			x++
		}
		own[at(k)] = x
		opposite := (n - m) - k
		if odd := (n-m)%2 != 0; odd == reverse || opposite < -before || opposite > before || x+other[at(opposite)] < n {
			continue
		}
		if reverse {
			return snake{n - x, n - x0, m - (x - k), m - (x0 - k)}, true
		}
		return snake{x0, x, x0 - k, x - k}, true
	}
	return snake{}, false
}

// equal compares the lines behind the first x of a and y of b, or before the last.
func equal(a, b []int32, x, y int, reverse bool) bool {
	if reverse {
		return a[len(a)-1-x] == b[len(b)-1-y]
	}
	return a[x] == b[y]
}
