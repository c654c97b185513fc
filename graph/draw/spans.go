package draw

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// numbered is a name that ends in a number.
type numbered struct {
	stem   string
	n      int // -1 without a number
	digits int // how many the number is written with
}

// split tells the number at a name's end, of at most nine digits, from what stands before it.
func split(name string) numbered {
	stem := strings.TrimRight(name, "0123456789")
	digits := name[len(stem):]
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 9 {
		return numbered{stem: name, n: -1}
	}
	return numbered{stem, n, len(digits)}
}

func compareNumbered(a, b numbered) int {
	return cmp.Or(cmp.Compare(a.stem, b.stem), cmp.Compare(a.n, b.n), cmp.Compare(a.digits, b.digits))
}

func (a numbered) String() string {
	if a.n < 0 {
		return a.stem
	}
	digits := strconv.Itoa(a.n)
	return a.stem + strings.Repeat("0", max(0, a.digits-len(digits))) + digits
}

// spans sorts names as people count, and joins runs: web1, web2, web3, db become db, web1..web3.
func spans(names []string) (joined []string) {
	sorted := make([]numbered, len(names))
	for i, name := range names {
		sorted[i] = split(name)
	}
	slices.SortFunc(sorted, compareNumbered)
	for i := 0; i < len(sorted); {
		end := i + 1
		for end < len(sorted) && sorted[end].stem == sorted[i].stem && sorted[end].n == sorted[end-1].n+1 && sorted[i].n >= 0 {
			end++
		}
		switch end - i {
		case 1:
			joined = append(joined, sorted[i].String())
		case 2:
			joined = append(joined, sorted[i].String(), sorted[i+1].String())
		default:
			joined = append(joined, sorted[i].String()+".."+sorted[end-1].String())
		}
		i = end
	}
	return joined
}
