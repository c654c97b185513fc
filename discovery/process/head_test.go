package process

import (
	"errors"
	"testing"
)

func TestHead(t *testing.T) {
	for _, tt := range []struct {
		writes []string
		want   string
		full   bool
	}{
		{[]string{"ab", "c"}, "abc", false},
		{[]string{"ab", "cd"}, "abcd", false},
		{[]string{"ab", "cde"}, "abcd", true},
		{[]string{"abcdefg", "h"}, "abcd", true},
	} {
		full := false
		strict, lax := &Head{Limit: 4, Full: func() { full = true }}, &Head{Limit: 4}
		var err error
		for _, w := range tt.writes {
			if err == nil {
				_, err = strict.Write([]byte(w))
			}
			if n, err := lax.Write([]byte(w)); n != len(w) || err != nil {
				t.Errorf("%q without Full: %d, %v, want that it takes all", w, n, err)
			}
		}
		if string(strict.Bytes()) != tt.want || string(lax.Bytes()) != tt.want {
			t.Errorf("%q: kept %q and %q, want %q", tt.writes, strict.Bytes(), lax.Bytes(), tt.want)
		}
		if full != tt.full || errors.Is(err, ErrFull) != tt.full {
			t.Errorf("%q: full %v, %v, want %v", tt.writes, full, err, tt.full)
		}
	}
}
