package report

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Kinds of aliases. They have name spaces of their own.
const (
	userAlias    = "User_Alias"
	runasAlias   = "Runas_Alias"
	hostAlias    = "Host_Alias"
	commandAlias = "Cmnd_Alias"
)

// sudoItem is a member of a list: a name, a group, an address, a command, or an alias of such.
type sudoItem struct {
	text    string // without quotes and escapes, but of a glob
	quoted  bool   // it is a name, whatever it looks like
	negated bool
}

// sudoSpec is who may do what: users on hosts by commands. A line may have several for its users.
type sudoSpec struct {
	users, hosts []sudoItem
	commands     []sudoCommand
	file         string
	line         int
}

// sudoCommand is a command and as whom and how it may be run.
type sudoCommand struct {
	sudoItem
	runasUsers, runasGroups []sudoItem // neither: as root
	tags                    []string   // "NOPASSWD", "NOEXEC"
}

// sudoers are the files of a host that sudo reads.
type sudoers struct {
	aliases map[string][]sudoItem // by kind and name, with a blank between
	specs   []sudoSpec
}

// sudoLine is a logical line: one that ends in a backslash goes on in the next.
type sudoLine struct {
	text string
	line int // its first
}

// sudoLines splits a file into its logical lines, without comments and empty ones.
func sudoLines(text string) []sudoLine {
	var lines []sudoLine
	var joined strings.Builder
	number, first := 0, 0
	for line := range strings.Lines(text) {
		number++
		if first == 0 {
			first = number
		}
		line = strings.TrimRight(line, "\r\n")
		code := uncomment(line)
		if before, more := strings.CutSuffix(code, `\`); more && len(code) == len(line) {
			joined.WriteString(before) // a comment doesn't go on
			continue
		}
		joined.WriteString(code)
		if clean := strings.TrimSpace(joined.String()); clean != "" {
			lines = append(lines, sudoLine{clean, first})
		}
		joined.Reset()
		first = 0
	}
	if clean := strings.TrimSpace(joined.String()); clean != "" {
		lines = append(lines, sudoLine{clean, first})
	}
	return lines
}

var includeLine = regexp.MustCompile(`^\s*[#@]include(dir)?\s`)

// uncomment cuts off what follows a '#', which is part of the line where it is quoted or escaped, before
// a number (a uid or gid), and in "#include".
func uncomment(line string) string {
	if includeLine.MatchString(line) {
		return line
	}
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '#' && !quoted && (i+1 == len(line) || !isDigit(line[i+1])):
			return line[:i]
		}
	}
	return line
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// add takes a line that is no include. Defaults say how sudo asks, not who may do what.
func (s *sudoers) add(file string, l sudoLine) error {
	word, rest := l.text, ""
	if i := strings.IndexAny(l.text, " \t"); i >= 0 {
		word, rest = l.text[:i], l.text[i:]
	}
	switch {
	case strings.HasPrefix(word, "Defaults") && (len(word) == 8 || strings.ContainsRune("@:!>", rune(word[8]))):
		return nil
	case word == "Cmd_Alias": // so it may be called as well
		return s.addAliases(commandAlias, rest)
	case slices.Contains([]string{userAlias, runasAlias, hostAlias, commandAlias}, word):
		return s.addAliases(word, rest)
	}
	return s.addSpecs(file, l)
}

var aliasName = regexp.MustCompile(`^[A-Z][A-Z0-9_]*$`)

// maxAliases bounds the aliases of a host.
const maxAliases = 10_000

// addAliases reads "NAME = item, item : NAME = item".
func (s *sudoers) addAliases(kind, text string) error {
	p := sudoParser{text: text}
	for {
		p.blanks()
		name := p.word(" \t=")
		p.blanks()
		if !aliasName.MatchString(name) || !p.take('=') {
			return fmt.Errorf("%s %s: want NAME = MEMBER, in capitals", kind, excerpt(strings.TrimSpace(text)))
		}
		var items []sudoItem
		if kind == commandAlias {
			for _, c := range p.commands(false) {
				items = append(items, c.sudoItem)
			}
		} else {
			items = p.list(endOf(kind))
		}
		if p.err != nil {
			return p.err
		}
		if len(s.aliases) == maxAliases {
			return fmt.Errorf("more than %d aliases", maxAliases)
		}
		s.aliases[kind+" "+name] = append(s.aliases[kind+" "+name], items...)
		if p.blanks(); p.done() {
			return nil
		}
		if !p.take(':') {
			return p.unexpected()
		}
	}
}

// endOf is what ends a word in the lists of an alias. Addresses of hosts have colons.
func endOf(kind string) string {
	if kind == hostAlias {
		return " \t,="
	}
	return " \t,=:"
}

// addSpecs reads "users hosts = commands : hosts = commands".
func (s *sudoers) addSpecs(file string, l sudoLine) error {
	p := sudoParser{text: l.text}
	users := p.list(" \t,=:()")
	for {
		hosts := p.list(" \t,=()")
		p.blanks()
		if p.err == nil && !p.take('=') {
			p.err = errors.New("no '=' between hosts and commands")
		}
		commands := p.commands(true)
		if p.err != nil {
			return p.err
		}
		s.specs = append(s.specs, sudoSpec{users: users, hosts: hosts, commands: commands, file: file, line: l.line})
		if p.blanks(); p.done() {
			return nil
		}
		if !p.take(':') {
			return p.unexpected()
		}
	}
}
