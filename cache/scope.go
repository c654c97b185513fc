package cache

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// scope says which rows are meant.
type scope struct {
	hosts, paths nameSet
	part         string // text that HOST#PATH contains; it has no '#', so that one of the two does
}

func newScope(q Query) (scope, error) {
	hosts, err := compileNames(q.Hosts)
	if err != nil {
		return scope{}, err
	}
	paths, err := compileNames(q.Paths)
	if err != nil || !strings.Contains(q.Object, "#") {
		return scope{hosts: hosts, paths: paths, part: q.Object}, err
	}
	return scope{}, invalid(fmt.Errorf("object %q has a '#': name its host and path instead", q.Object))
}

// hostsAt says which hosts are meant at a path.
func (in scope) hostsAt(path string) nameSet {
	hosts := in.hosts
	if !strings.Contains(path, in.part) {
		hosts.part = in.part
	}
	return hosts
}

// nameSet matches names in full: '*' stands for any text, that with slashes too, and '?' for one character;
// all else stands for itself. No patterns at all match everything.
type nameSet struct {
	exact map[string]bool // those without '*' and '?', which may be very many
	globs []*regexp.Regexp
	part  string // that a name has to contain, too
}

func compileNames(patterns []string) (nameSet, error) {
	quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`)
	n := nameSet{exact: map[string]bool{}}
	for _, pattern := range patterns {
		switch {
		case pattern == "":
			return nameSet{}, invalid(errors.New("an empty glob matches nothing"))
		case !utf8.ValidString(pattern):
			return nameSet{}, invalid(fmt.Errorf("glob %q is not UTF-8", pattern))
		case !strings.ContainsAny(pattern, "*?"):
			n.exact[pattern] = true
		default:
			n.globs = append(n.globs, regexp.MustCompile(`(?s)^`+quoted.Replace(regexp.QuoteMeta(pattern))+`$`))
		}
	}
	return n, nil
}

func (n nameSet) match(name string) bool {
	if !strings.Contains(name, n.part) {
		return false
	}
	return len(n.exact)+len(n.globs) == 0 || n.exact[name] ||
		slices.ContainsFunc(n.globs, func(g *regexp.Regexp) bool { return g.MatchString(name) })
}
