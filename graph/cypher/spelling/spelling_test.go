package spelling

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"size", "toInteger", "toFloat", "head", "host", "coalesce", "e"}
	tests := []struct{ name, want string }{
		{"siez", "size"}, // two letters changed about are one slip
		{"sizes", "size"},
		{"sze", "size"},
		{"SIZE", "size"},
		{"tointegr", "toInteger"},
		{"toIntgeer", "toInteger"},
		{"hots", "host"},
		{"coalsece", "coalesce"},
		{"xyzq", ""},
		{"sxyz", ""}, // three slips in four letters
		{"x", "e"},
		{"", "e"},
		{"frobnicate", ""},
		{string(make([]byte, 65)), ""},
	}
	for _, tt := range tests {
		if got := Nearest(tt.name, known); got != tt.want {
			t.Errorf("Nearest(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestSlips(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "abc", 3}, {"ab", "ba", 1}, {"abc", "cab", 2}, {"kitten", "sitting", 3}, {"ca", "abc", 3}}
	for _, tt := range tests {
		if got := slips(tt.a, tt.b); got != tt.want {
			t.Errorf("slips(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := slips(tt.b, tt.a); got != tt.want {
			t.Errorf("slips(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}
