package backbone

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	labelHead = "assim/2/"
	// maxLevels bounds the levels of rings. A level is at least 16 times smaller than the one below
	// at the default sizes, so that 5 are enough for 10 million hosts; small test rings need more.
	maxLevels = 8
	// maxGeneration bounds what is believed of others, so that none can use up all generations.
	maxGeneration = 1 << 31
)

// ErrLabel is returned for a text that is no ring's label.
var ErrLabel = errors.New("not the label of a ring")

// Ring names one ring of the fleet. Of two that overlap on one level the one that Beats the other
// takes over its members.
type Ring struct {
	Level      uint8 // 0 is a base ring, whose members stand for nobody but themselves
	Prefix     Prefix
	Generation uint32 // 1 when it was founded; one more at each split and merge
}

// Beats reports whether the members of other have to move where r covers them: the higher generation
// wins, then the longer prefix. It is false for rings that don't overlap, or lie on two levels.
func (r Ring) Beats(other Ring) bool {
	return r.overlaps(other) &&
		cmp.Or(cmp.Compare(r.Generation, other.Generation), cmp.Compare(r.Prefix.Len, other.Prefix.Len)) > 0
}

// overlaps is false for the zero Ring, which is none.
func (r Ring) overlaps(other Ring) bool {
	return r.Level == other.Level && r.Generation > 0 && other.Generation > 0 && r.Prefix.Overlaps(other.Prefix)
}

// top reports whether r has no ring above it, and so no representatives.
func (r Ring) top() bool { return r.Level > 0 && r.Prefix.Len == 0 }

// narrowest is the shortest prefix that a ring of a level may have.
func narrowest(level uint8) uint8 {
	if level == 0 {
		return groupBits
	}
	return 0
}

func (r Ring) valid() bool {
	return r.Level < maxLevels && r.Prefix.valid() && r.Prefix.Len >= narrowest(r.Level) &&
		r.Generation > 0 && r.Generation < maxGeneration
}

// Label is what memberlist tells rings apart by: assim/2/LEVEL/PREFIX/GENERATION.
func (r Ring) Label() string {
	return fmt.Sprintf("%s%d/%s/%d", labelHead, r.Level, r.Prefix, r.Generation)
}

// ParseLabel reads what Label wrote and nothing else.
func ParseLabel(s string) (Ring, error) {
	rest, ok := strings.CutPrefix(s, labelHead)
	parts := strings.Split(rest, "/")
	if ok && len(parts) == 3 {
		level, err1 := strconv.ParseUint(parts[0], 10, 8)
		prefix, err2 := ParsePrefix(parts[1])
		generation, err3 := strconv.ParseUint(parts[2], 10, 32)
		r := Ring{Level: uint8(level), Prefix: prefix, Generation: uint32(generation)}
		if errors.Join(err1, err2, err3) == nil && r.valid() && r.Label() == s {
			return r, nil
		}
	}
	return Ring{}, fmt.Errorf("%w: %q", ErrLabel, s)
}

// Name is the ring for people: "dc1" or, when the group is several rings, "dc1/0101" for the base ring
// of a group, and "+1/0" for a ring above, which belongs to no group. It does not tell generations.
func (r Ring) Name(group string) string {
	name, from := group, uint8(groupBits)
	if r.Level > 0 {
		name, from = fmt.Sprintf("+%d", r.Level), 0
	}
	if r.Prefix.Len <= from {
		return name
	}
	return name + "/" + r.Prefix.binary(from)
}
