package nanoprobe

import (
	"slices"
	"testing"
)

// TestOutbox plays scripts: a letter puts the next item of that key, 't' takes up to two parcels,
// 'd' says that what was taken last is stored, 'p' that it is to wait behind the others.
func TestOutbox(t *testing.T) {
	tests := []struct {
		name, script string
		want         []string // keys and numbers that wait, oldest key first
		refused      uint64
	}{
		{"in order of arrival", "abc", []string{"a1", "b2", "c3"}, 0},
		{"the newest replaces, in its place", "aba", []string{"a3", "b2"}, 0},
		{"taken is not gone", "abt", []string{"a1", "b2"}, 0},
		{"stored is gone", "abctd", []string{"c3"}, 0},
		{"changed under way waits again", "abtad", []string{"a3"}, 0},
		{"a further key is refused when full", "abcd", []string{"a1", "b2", "c3"}, 1},
		{"a known key is never refused", "abca", []string{"a4", "b2", "c3"}, 0},
		{"postponed waits behind", "abctp", []string{"c3", "a1", "b2"}, 0},
		{"postponed and replaced", "abctap", []string{"c3", "a4", "b2"}, 0},
		{"room again once stored", "abctdb", []string{"c3", "b4"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			box := newOutbox[int](3)
			var taken []parcel[int]
			for i, c := range tt.script {
				switch {
				case c == 't':
					taken = box.Take(2)
				case c == 'd' && taken != nil:
					box.Done(taken)
				case c == 'p':
					box.Postpone(taken)
				default:
					box.Put(string(c), i)
				}
			}
			var got []string
			for _, p := range box.Take(100) {
				got = append(got, p.key+string(rune('0'+p.number)))
			}
			if !slices.Equal(got, tt.want) || box.refused != tt.refused || box.Len() != len(tt.want) {
				t.Errorf("after %q: %v wait (Len %d), %d refused; want %v, %d", tt.script, got, box.Len(), box.refused, tt.want, tt.refused)
			}
		})
	}
}
