package report

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// verdict says whether a list means someone.
type verdict uint8

const (
	no     verdict = iota
	denied         // a negated member does: where the list is an alias that is negated itself, it means yes
	maybe          // it depends on what the cache does not tell
	yes
)

const (
	// maxSteps bounds the work for one host: aliases of aliases multiply.
	maxSteps = 200_000
	// maxAliasDepth bounds how deep aliases are gone into.
	maxAliasDepth = 64
)

// subject is the user asked for, on one host.
type subject struct {
	name   string
	host   string
	uid    uint32
	gid    uint32
	local  bool     // the host's passwd has the user: uid and gid are known
	groups []string // names of those that have the user as a member, or as whose primary group
	gids   []uint32 // of the same
}

// sudoMatcher finds what the rules of a host say of a subject.
type sudoMatcher struct {
	sudoers
	subject
	steps int // done so far
}

// spent counts a step and reports whether there were too many.
func (m *sudoMatcher) spent() bool {
	m.steps++
	return m.steps > maxSteps
}

// user reports whether a list of users means the subject: the last member that fits decides.
func (m *sudoMatcher) user(items []sudoItem) verdict { return m.match(userAlias, items, m.isUser, nil) }

// hostOf reports whether a list of hosts means the subject's host.
func (m *sudoMatcher) hostOf(items []sudoItem) verdict {
	return m.match(hostAlias, items, m.isHost, nil)
}

// match asks is for each member that is no alias. above are the aliases that led here, none of which is
// gone into again.
func (m *sudoMatcher) match(kind string, items []sudoItem, is func(sudoItem) verdict, above []string) verdict {
	result := no
	for _, item := range items {
		if m.spent() {
			return no
		}
		v := no
		members, isAlias := m.alias(kind, item)
		switch {
		case !isAlias:
			v = is(item)
		case !deep(above, item):
			v = m.match(kind, members, is, append(above, item.text))
		}
		result = result.then(v, item.negated)
	}
	return result
}

// then is the verdict of a list that had v before, behind a further member.
func (v verdict) then(member verdict, negated bool) verdict {
	switch {
	case member == maybe && negated == (v == yes):
		return maybe
	case member == yes && !negated, member == denied && negated:
		return yes
	case member == yes, member == denied:
		return denied
	}
	return v
}

// deep reports whether an alias is not to be gone into, below those above.
func deep(above []string, item sudoItem) bool {
	return len(above) == maxAliasDepth || slices.Contains(above, item.text)
}

func (m *sudoMatcher) alias(kind string, item sudoItem) ([]sudoItem, bool) {
	if item.quoted {
		return nil, false
	}
	members, ok := m.aliases[kind+" "+item.text]
	return members, ok
}

func (m *sudoMatcher) isUser(item sudoItem) verdict {
	text := item.text
	switch {
	case item.quoted:
		return sure(text == m.name)
	case text == "ALL":
		return yes
	case strings.HasPrefix(text, "+"), strings.HasPrefix(text, "%:"):
		return maybe // netgroups, and groups that a plugin knows
	case strings.HasPrefix(text, "%#"):
		gid, err := parseID("gid", text[2:])
		return sure(err == nil && slices.Contains(m.gids, gid))
	case strings.HasPrefix(text, "%"):
		return sure(slices.Contains(m.groups, text[1:]))
	case strings.HasPrefix(text, "#"):
		uid, err := strconv.ParseUint(text[1:], 10, 32)
		if err == nil && !m.local {
			return maybe
		}
		return sure(err == nil && uint32(uid) == m.uid)
	}
	return sure(text == m.name)
}

// isHost compares names without regard to case, with and without their domain.
func (m *sudoMatcher) isHost(item sudoItem) verdict {
	text := strings.ToLower(item.text)
	switch {
	case item.text == "ALL":
		return yes
	case strings.HasPrefix(text, "+"), strings.ContainsAny(text, ":/"), strings.Trim(text, "0123456789.") == "":
		return maybe // netgroups and addresses
	}
	name := strings.ToLower(m.host)
	short, _, _ := strings.Cut(name, ".")
	for _, candidate := range []string{name, short} {
		if ok, _ := path.Match(text, candidate); ok {
			return yes
		}
	}
	return no
}

func sure(is bool) verdict {
	if is {
		return yes
	}
	return no
}

// expand calls each with what a list means once all its aliases are replaced by their members.
func (m *sudoMatcher) expand(kind string, items []sudoItem, above []string, each func(sudoItem)) {
	for _, item := range items {
		if m.spent() {
			return
		}
		members, isAlias := m.alias(kind, item)
		switch {
		case !isAlias:
			each(item)
		case !deep(above, item):
			m.expand(kind, members, append(above, item.text), func(member sudoItem) {
				member.negated = member.negated != item.negated
				each(member)
			})
		}
	}
}

// names is a list as text, with the members of its aliases.
func (m *sudoMatcher) names(items []sudoItem) string {
	var texts []string
	m.expand(runasAlias, items, nil, func(item sudoItem) {
		if item.negated {
			item.text = "!" + item.text
		}
		texts = append(texts, item.text)
	})
	return strings.Join(texts, ",")
}
