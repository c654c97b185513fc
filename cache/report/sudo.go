package report

import (
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	sudoersPath = "/etc/sudoers"
	// maxIncludes bounds the lines of a host that include files.
	maxIncludes = 1000
	// maxGrants bounds the rights of a user on all hosts, maxHostGrants those on one.
	maxGrants     = 1_000_000
	maxHostGrants = 10_000
)

// SudoPaths are the paths that Sudo reads: includes may lead anywhere, and go by such names.
func SudoPaths() []string { return []string{"*sudoers*", passwdPath, groupPath} }

// SudoReport says what a user may do by sudo.
type SudoReport struct {
	User     string   `json:"user"`
	Hosts    int      `json:"hosts"`     // whose sudoers were read
	NotKnown int      `json:"not_known"` // hosts of which the cache has no /etc/sudoers
	With     int      `json:"with"`      // hosts on which the user has a right
	Grants   []Grant  `json:"grants"`    // by host, in the order of the files
	LeftOut  int      `json:"left_out,omitempty"`
	Problems Problems `json:"problems"`
}

// Grant is one command that a rule names for the user on a host. Of several that fit what the user types
// the last one counts.
type Grant struct {
	Place
	Account bool     `json:"account"`          // the host's passwd has the user
	RunAs   string   `json:"run_as"`           // users, and ":" and groups: "root", "ALL:ALL"
	Tags    []string `json:"tags,omitempty"`   // "NOPASSWD"
	Command string   `json:"command"`          // with its arguments, aliases replaced by their members
	Denied  bool     `json:"denied,omitempty"` // the rule takes the right away
	Unsure  bool     `json:"unsure,omitempty"` // the rule is for an address, a netgroup or the like
	File    string   `json:"file"`
	Line    int      `json:"line"`
}

// Sudo gathers the rights of one user.
type Sudo struct{ report SudoReport }

// NewSudo returns a report on a user.
func NewSudo(user string) *Sudo { return &Sudo{SudoReport{User: user}} }

// Add takes a host.
func (s *Sudo) Add(h *Host) {
	if _, known := s.report.Problems.content(h, sudoersPath); !known {
		s.report.NotKnown++
		return
	}
	s.report.Hosts++
	m := &sudoMatcher{sudoers: s.read(h), subject: s.subject(h)}
	before := len(s.report.Grants)
	for _, spec := range m.specs {
		s.grant(h, m, spec, before)
	}
	if m.steps > maxSteps {
		s.report.Problems.add(h, sudoersPath, 0, "too involved: rules were left out")
	}
	if slices.ContainsFunc(s.report.Grants[before:], func(g Grant) bool { return !g.Denied }) {
		s.report.With++
	}
}

// Report returns the rights on all hosts.
func (s *Sudo) Report() SudoReport { return s.report }

func (s *Sudo) grant(h *Host, m *sudoMatcher, spec sudoSpec, before int) {
	fits := min(m.user(spec.users), m.hostOf(spec.hosts))
	if fits < maybe {
		return
	}
	for _, c := range spec.commands {
		as := "root"
		if len(c.runasUsers) > 0 || len(c.runasGroups) > 0 {
			as = m.names(c.runasUsers)
		}
		if len(c.runasGroups) > 0 {
			as += ":" + m.names(c.runasGroups)
		}
		m.expand(commandAlias, []sudoItem{c.sudoItem}, nil, func(item sudoItem) {
			if len(s.report.Grants) == maxGrants || len(s.report.Grants)-before == maxHostGrants {
				s.report.LeftOut++
				return
			}
			s.report.Grants = append(s.report.Grants, Grant{Place: h.Place, Account: m.local, RunAs: as, Tags: c.tags,
				Command: item.text, Denied: item.negated, Unsure: fits == maybe, File: spec.file, Line: spec.line})
		})
	}
}

// subject is what the host's passwd and group say of the user.
func (s *Sudo) subject(h *Host) subject {
	sub := subject{name: s.report.User, host: h.Host}
	text, _ := s.report.Problems.content(h, passwdPath)
	accounts, bad := parsePasswd(text)
	s.report.Problems.addBad(h, passwdPath, bad)
	for _, a := range accounts {
		if a.name == sub.name && !sub.local { // the first counts, as for getpwnam
			sub.uid, sub.gid, sub.local = a.uid, a.gid, true
		}
	}
	text, _ = s.report.Problems.content(h, groupPath)
	groups, bad := parseGroups(text)
	s.report.Problems.addBad(h, groupPath, bad)
	if sub.local {
		sub.gids = append(sub.gids, sub.gid)
	}
	for _, g := range groups {
		if slices.Contains(g.members, sub.name) || sub.local && g.gid == sub.gid {
			sub.groups, sub.gids = append(sub.groups, g.name), append(sub.gids, g.gid)
		}
	}
	return sub
}

// read reads /etc/sudoers and what it includes, each file once.
func (s *Sudo) read(h *Host) sudoers {
	all := sudoers{aliases: map[string][]sudoItem{}}
	seen := map[string]bool{}
	includes := 0
	var read func(file string)
	read = func(file string) {
		if seen[file] {
			return
		}
		seen[file] = true
		text, _ := s.report.Problems.content(h, file)
		for _, l := range sudoLines(text) {
			target, isDir, isInclude := included(h, file, l)
			if !isInclude {
				if err := all.add(file, l); err != nil {
					s.report.Problems.add(h, file, l.line, "%v", err)
				}
				continue
			}
			if includes++; includes > maxIncludes {
				s.report.Problems.add(h, file, l.line, "more than %d lines include files", maxIncludes)
				return
			}
			files := []string{target}
			if isDir {
				files = includedFiles(h, target)
			} else if !known(h, target) {
				s.report.Problems.add(h, file, l.line, "includes %s, which the cache does not have", excerpt(target))
			}
			for _, f := range files {
				read(f)
			}
		}
	}
	read(sudoersPath)
	return all
}

// included returns the file or directory that a line includes, and reports false for any other line.
func included(h *Host, file string, l sudoLine) (target string, isDir, isInclude bool) {
	word, rest := l.text, ""
	if i := strings.IndexAny(l.text, " \t"); i >= 0 {
		word, rest = l.text[:i], l.text[i:]
	}
	isDir = word == "#includedir" || word == "@includedir"
	if !isDir && word != "#include" && word != "@include" {
		return "", false, false
	}
	p := sudoParser{text: strings.TrimSpace(rest)}
	short, _, _ := strings.Cut(h.Host, ".")
	target = strings.ReplaceAll(p.name(" \t").text, "%h", short)
	if !path.IsAbs(target) {
		target = path.Join(path.Dir(file), target)
	}
	return path.Clean(target), isDir, true
}

// includedFiles are those of a directory that sudo reads: no backups, no packages' leftovers.
func includedFiles(h *Host, dir string) (files []string) {
	for _, p := range pathsOf(h) {
		name := path.Base(p)
		if path.Dir(p) == dir && !strings.Contains(name, ".") && !strings.HasSuffix(name, "~") {
			files = append(files, p)
		}
	}
	return files
}

// known reports whether the cache knows something of the path.
func known(h *Host, path string) bool {
	_, there := h.Files[path]
	return there || h.Notices[path] != ""
}

// pathsOf are all paths of which the cache knows something of the host, sorted.
func pathsOf(h *Host) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for p := range h.Files {
			if !yield(p) {
				return
			}
		}
		maps.Keys(h.Notices)(yield)
	})
}
