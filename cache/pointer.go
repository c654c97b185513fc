package cache

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const (
	// pointerVersion begins a pointer, pointerVoid one whose segments may be used no longer.
	pointerVersion = "1"
	pointerVoid    = "0"
	// maxGenerations bounds the segments of a path: each costs a search some exchanges.
	maxGenerations = 16
	// generationLen is the length of the random text that names a generation.
	generationLen = 26
)

// pointer says which segments a path has, as text: the version of the format, and for each segment, the
// base first, the number of the last write that it covers and the name of its generation.
//
//	1 8191:MFRGGZDFMZTWQ2LKNNWG23TPOA 8207:OBYXE43UOV3HO6DZPIYDCMRTGQ
//
// A path without segments has a pointer when the indexer wants deletions to be noted, because it makes
// some. Of a host that several segments know the last one is right.
type pointer struct {
	text        string // "" if there is none
	void        bool
	generations []generation
}

type generation struct {
	id    string
	write uint64
}

// parsePointer reads a pointer. One that can't be is ErrDamaged.
func parsePointer(text string) (pointer, error) {
	p := pointer{text: text}
	fields := strings.Fields(strings.TrimPrefix(text, pointerVoid))
	p.void = strings.HasPrefix(text, pointerVoid)
	if text == "" {
		return p, nil
	}
	if len(fields) == 0 || fields[0] != pointerVersion || len(fields) > 1+maxGenerations {
		return p, fmt.Errorf("%w pointer to segments: %s", ErrDamaged, quote(text))
	}
	for _, field := range fields[1:] {
		number, id, _ := strings.Cut(field, ":")
		write, err := strconv.ParseUint(number, 10, 64)
		if err != nil || len(id) != generationLen || strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
			return p, fmt.Errorf("%w pointer to segments: %s", ErrDamaged, quote(text))
		}
		p.generations = append(p.generations, generation{id, write})
	}
	return p, nil
}

// newPointer returns the pointer to generations.
func newPointer(generations []generation) pointer {
	parts := []string{pointerVersion}
	for _, g := range generations {
		parts = append(parts, fmt.Sprintf("%d:%s", g.write, g.id))
	}
	return pointer{text: strings.Join(parts, " "), generations: generations}
}

// usable reports whether there is a segment to search.
func (p pointer) usable() bool { return !p.void && len(p.generations) > 0 }

// covers is the number of the last write that the segments know.
func (p pointer) covers() uint64 {
	if len(p.generations) == 0 {
		return 0
	}
	return p.generations[len(p.generations)-1].write
}

// without returns the generations of p that other has not.
func (p pointer) without(other pointer) []generation {
	return slices.DeleteFunc(slices.Clone(p.generations), func(g generation) bool { return slices.Contains(other.generations, g) })
}
