// Package spelling finds the known name that a misspelt one was meant to be.
package spelling

import "strings"

// maxBytes bounds the names that are compared: the cost is the product of their lengths.
const maxBytes = 64

// Nearest returns the known name that differs from name by the fewest slips (a letter too many, too
// few, a wrong one, two changed about), ignoring case, if those are at most a third of its letters, or
// one. Of equals it is the first; of none it is empty.
func Nearest(name string, known []string) string {
	if len(name) > maxBytes {
		return ""
	}
	best, fewest := "", max(1, len(name)/3)+1
	for _, k := range known {
		if len(k) > maxBytes {
			continue
		}
		if n := slips(strings.ToLower(name), strings.ToLower(k)); n < fewest {
			best, fewest = k, n
		}
	}
	return best
}

// slips is the optimal string alignment distance, in bytes.
func slips(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := last[j-1]
			if a[i-1] != b[j-1] {
				replace++
			}
			row[j] = min(replace, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
