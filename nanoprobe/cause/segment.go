package cause

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of segments.
const (
	MaxSegments     = 8  // of one host
	MaxSegmentBytes = 64 // of one segment that a host tells; names of rings, in claims, may be longer
)

// Kinds of segments with a place of their own among causes; any other is a label's name.
const (
	Switch = "switch"
	Rack   = "rack"
	Subnet = "subnet"
	Ring   = "ring" // of claims only: what is in a ring together need not fail together
)

// Split parts a segment, "switch:00-01-30-f9-ad-a0", into its kind and value.
func Split(segment string) (kind, value string) {
	kind, value, _ = strings.Cut(segment, ":")
	return kind, value
}

// ValidateSegments checks what a host says that it hangs on.
func ValidateSegments(segments []string) error {
	if n := len(segments); n > MaxSegments {
		return fmt.Errorf("%d segments, at most %d", n, MaxSegments)
	}
	for _, s := range segments {
		kind, value := Split(s)
		switch {
		case kind == "" || value == "":
			return fmt.Errorf("segment %q is not KIND:VALUE", s)
		case kind == Ring:
			return fmt.Errorf("segment %q: a ring is no segment of a host", s)
		case len(s) > MaxSegmentBytes:
			return fmt.Errorf("segment %q has %d bytes, at most %d", s, len(s), MaxSegmentBytes)
		case strings.ContainsFunc(s, isUnprintable):
			return fmt.Errorf("segment %q has a character that is not printable", s)
		}
	}
	return nil
}

func isUnprintable(r rune) bool { return r == utf8.RuneError || !unicode.IsPrint(r) }

// rank orders segments that cover the same deaths, the likeliest cause first.
func rank(segment string) int {
	switch kind, _ := Split(segment); kind {
	case Switch:
		return 0
	case Rack:
		return 1
	case Subnet:
		return 3
	case Ring:
		return 4
	default:
		return 2
	}
}
