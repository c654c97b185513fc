package report

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// livePath is where a nanoprobe's default list has the output of sysctl -a.
const livePath = "@sysctl"

const (
	// maxDifferences bounds the differences that are told apart, and maxDifferent the hosts that are named
	// with them.
	maxDifferences = 100_000
	maxDifferent   = 1_000_000
)

// SysctlPaths are the paths that Sysctl reads.
func SysctlPaths() []string {
	paths := []string{sysctlMain, livePath}
	for _, dir := range sysctlDirs() {
		paths = append(paths, dir+"/*.conf")
	}
	return paths
}

// SysctlReport says where kernels are not set as their hosts' files say.
type SysctlReport struct {
	Hosts       int          `json:"hosts"`        // that were compared
	Differing   int          `json:"differing"`    // that differ in something
	NotCompared int          `json:"not_compared"` // hosts of which the cache has no live settings
	Differences []Difference `json:"differences"`  // by key, then the most frequent first
	LeftOut     int          `json:"left_out,omitempty"`
	Problems    Problems     `json:"problems"`
}

// Difference is a key that some hosts have configured and don't have set.
type Difference struct {
	Key        string      `json:"key"`
	Configured string      `json:"configured"`
	Live       string      `json:"live"`
	Absent     bool        `json:"absent,omitempty"` // the kernel has no such key, or doesn't show it
	Hosts      []Differing `json:"hosts"`            // by name
}

// Differing is a host, and the place that sets the key in vain.
type Differing struct {
	Place
	File string `json:"file"`
	Line int    `json:"line"`
}

type differenceKey struct {
	key, configured, live string
	absent                bool
}

// Sysctl compares the live settings of hosts with their files.
type Sysctl struct {
	keys   []string
	report SysctlReport
	found  map[differenceKey][]Differing
	held   int
}

// NewSysctl returns a report on the keys that one of the globs, which are valid, matches; without globs
// on all.
func NewSysctl(keys []string) *Sysctl {
	return &Sysctl{keys: keys, found: map[differenceKey][]Differing{}}
}

// Add takes a host.
func (s *Sysctl) Add(h *Host) {
	text, ok := s.report.Problems.content(h, livePath)
	if !ok {
		s.report.NotCompared++
		return
	}
	live, bad := parseLive(text)
	s.report.Problems.addBad(h, livePath, bad)
	s.report.Hosts++
	var settings []setting
	for _, file := range sysctlFiles(pathsOf(h)) {
		text, _ := s.report.Problems.content(h, file)
		more, bad := parseSysctl(file, text)
		s.report.Problems.addBad(h, file, bad)
		settings = append(settings, more...)
	}
	differs := false
	for _, set := range effective(settings, live) {
		value, there := live[set.key]
		if there && value == set.value || !there && set.mild || len(s.keys) > 0 && !matchesAny(set.key, s.keys) {
			continue
		}
		differs = true
		s.differ(h, differenceKey{set.key, set.value, value, !there}, set)
	}
	if differs {
		s.report.Differing++
	}
}

func (s *Sysctl) differ(h *Host, k differenceKey, set setting) {
	hosts, known := s.found[k]
	if s.held == maxDifferent || !known && len(s.found) == maxDifferences {
		s.report.LeftOut++
		return
	}
	s.found[k] = append(hosts, Differing{Place: h.Place, File: set.source, Line: set.line})
	s.held++
}

// effective returns the settings that count in the end, sorted by key: of each key the last; and of
// globs, for the live keys that no line names by itself, the last that matches.
func effective(settings []setting, live map[string]string) []setting {
	last := map[string]setting{}
	var globs []setting
	for _, set := range settings {
		if strings.ContainsAny(set.key, globBytes) {
			globs = append(globs, set)
			continue
		}
		last[set.key] = set
	}
	globs = lastOfEach(globs)
	for key := range live {
		if _, named := last[key]; named {
			continue
		}
		for _, glob := range slices.Backward(globs) {
			if globMatches(glob.key, key) {
				glob.key = key
				last[key] = glob
				break
			}
		}
	}
	var sets []setting
	for _, key := range slices.Sorted(maps.Keys(last)) {
		if !last[key].unset {
			sets = append(sets, last[key])
		}
	}
	return sets
}

// maxGlobs bounds the globs of a host, each of which is held against each of its keys.
const maxGlobs = 200

// lastOfEach leaves the last line of each glob, and of the globs the last ones.
func lastOfEach(globs []setting) []setting {
	seen := map[string]bool{}
	var kept []setting
	for _, g := range slices.Backward(globs) {
		if !seen[g.key] && len(kept) < maxGlobs {
			kept = append(kept, g)
		}
		seen[g.key] = true
	}
	slices.Reverse(kept)
	return kept
}

// globBytes are those that make a key a glob.
const globBytes = "*?["

// globMatches holds a key against a glob, both with dots. '*' is one part of a key.
func globMatches(glob, key string) bool {
	if !strings.HasPrefix(key, glob[:strings.IndexAny(glob, globBytes)]) {
		return false // as most are, at little cost
	}
	ok, _ := path.Match(slashed(glob), slashed(key))
	return ok
}

// slashed is a dotted key as the path below /proc/sys that globs are meant for: '*' is one part of it. It is
// its own inverse.
func slashed(key string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '.':
			return '/'
		case '/':
			return '.'
		}
		return r
	}, key)
}

// Report returns the differences of all hosts.
func (s *Sysctl) Report() SysctlReport {
	r := s.report
	for k, hosts := range s.found {
		r.Differences = append(r.Differences, Difference{Key: k.key, Configured: k.configured, Live: k.live, Absent: k.absent, Hosts: hosts})
	}
	slices.SortFunc(r.Differences, func(a, b Difference) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), len(b.Hosts)-len(a.Hosts), strings.Compare(a.Configured, b.Configured), strings.Compare(a.Live, b.Live))
	})
	return r
}
