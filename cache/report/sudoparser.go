package report

import (
	"fmt"
	"regexp"
	"strings"
)

// sudoParser reads a logical line from left to right. After the first error it reads nothing more.
type sudoParser struct {
	text string
	at   int
	err  error
}

func (p *sudoParser) done() bool { return p.at == len(p.text) }

func (p *sudoParser) blanks() {
	for !p.done() && (p.text[p.at] == ' ' || p.text[p.at] == '\t') {
		p.at++
	}
}

// take passes over c if it is next.
func (p *sudoParser) take(c byte) bool {
	if p.done() || p.text[p.at] != c {
		return false
	}
	p.at++
	return true
}

func (p *sudoParser) unexpected() error {
	return fmt.Errorf("unexpected %s", excerpt(p.text[p.at:]))
}

// word reads up to a byte of end. A backslash makes the next byte part of the word, and stays itself only
// where that byte is not one that needs it, as in globs.
func (p *sudoParser) word(end string) string {
	var b strings.Builder
	for !p.done() && strings.IndexByte(end, p.text[p.at]) < 0 {
		c := p.text[p.at]
		if c == '\\' && p.at+1 < len(p.text) {
			p.at++
			c = p.text[p.at]
			if strings.IndexByte(`,:=\"!() @`, c) < 0 {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(c)
		p.at++
	}
	return b.String()
}

// negations passes over '!', and reports whether their number is odd.
func (p *sudoParser) negations() bool {
	negated := false
	for p.blanks(); p.take('!'); p.blanks() {
		negated = !negated
	}
	return negated
}

// list reads "item, !item, ...", at least one.
func (p *sudoParser) list(end string) []sudoItem {
	var items []sudoItem
	for p.err == nil {
		negated := p.negations()
		item := p.name(end)
		item.negated = negated
		if item.text == "" && p.err == nil {
			p.err = fmt.Errorf("a name is missing before %s", excerpt(p.text[p.at:]))
		}
		items = append(items, item)
		if p.blanks(); !p.take(',') {
			break
		}
	}
	return items
}

// name reads a name, which may be quoted as a whole, behind a '%' or '%:' that stands outside or inside.
func (p *sudoParser) name(end string) sudoItem {
	rest := p.text[p.at:]
	lead := ""
	for _, prefix := range []string{"%:", "%", "+", ""} {
		if strings.HasPrefix(rest, prefix) {
			lead = prefix
			break
		}
	}
	p.at += len(lead)
	if !p.take('"') {
		return sudoItem{text: lead + p.word(end)}
	}
	text := p.word(`"`)
	if !p.take('"') {
		p.err = fmt.Errorf("a quote without its end: %s", excerpt(rest))
	}
	return sudoItem{text: lead + text, quoted: lead == "" && !strings.HasPrefix(text, "%")}
}

var (
	sudoTag    = regexp.MustCompile(`^(NO)?(EXEC|FOLLOW|INTERCEPT|LOG_INPUT|LOG_OUTPUT|MAIL|PASSWD|SETENV)[ \t]*:`)
	sudoOption = regexp.MustCompile(`^(ROLE|TYPE|PRIVS|LIMITPRIVS|APPARMOR_PROFILE|NOTBEFORE|NOTAFTER|TIMEOUT|CWD|CHROOT)[ \t]*=[ \t]*("[^"]*"|[^ \t,]*)[ \t]*`)
	sudoDigest = regexp.MustCompile(`^sha(224|256|384|512)[ \t]*:[ \t]*[^ \t,]+[ \t]*(,[ \t]*sha(224|256|384|512)[ \t]*:[ \t]*[^ \t,]+[ \t]*)*`)
)

// commands reads "(runas) OPTION=x TAG: command, command". As whom and how counts for those that follow,
// too. Members of an alias are bare.
func (p *sudoParser) commands(full bool) []sudoCommand {
	var all []sudoCommand
	var now sudoCommand
	for p.err == nil {
		p.blanks()
		if full && p.take('(') {
			now.runasUsers, now.runasGroups = p.runas()
			p.blanks()
		}
		if full {
			p.options(&now)
		}
		now.sudoItem = p.command()
		all = append(all, now)
		if p.blanks(); !p.take(',') {
			break
		}
	}
	return all
}

// runas reads "users:groups)". With neither, "()", a command is run as the user that calls it.
func (p *sudoParser) runas() (users, groups []sudoItem) {
	const end = " \t,:()="
	if p.blanks(); p.take(')') {
		return []sudoItem{{text: "self", quoted: true}}, nil
	}
	if !strings.HasPrefix(p.text[p.at:], ":") {
		users = p.list(end)
	}
	if p.blanks(); p.err == nil && p.take(':') {
		if p.blanks(); !strings.HasPrefix(p.text[p.at:], ")") {
			groups = p.list(end)
		}
	}
	if p.blanks(); p.err == nil && !p.take(')') {
		p.err = fmt.Errorf("no ')' before %s", excerpt(p.text[p.at:]))
	}
	return users, groups
}

// options reads what may stand before a command.
func (p *sudoParser) options(c *sudoCommand) {
	for {
		p.blanks()
		rest := p.text[p.at:]
		if found := sudoOption.FindString(rest); found != "" {
			p.at += len(found)
			continue
		}
		found := sudoTag.FindString(rest)
		if found == "" {
			return
		}
		p.at += len(found)
		c.tag(strings.TrimRight(found, " \t:"))
	}
}

// tag sets a tag, which ends its opposite. The tags slice is made anew: commands before share the old one.
func (c *sudoCommand) tag(name string) {
	opposite := "NO" + name
	if bare, no := strings.CutPrefix(name, "NO"); no {
		opposite = bare
	}
	var tags []string
	for _, t := range c.tags {
		if t != opposite && t != name {
			tags = append(tags, t)
		}
	}
	if name != "PASSWD" && name != "EXEC" { // as it is without them
		tags = append(tags, name)
	}
	c.tags = tags
}

// command reads a command with its arguments: up to a comma, or a colon, that has no backslash.
func (p *sudoParser) command() sudoItem {
	item := sudoItem{negated: p.negations()}
	digest := sudoDigest.FindString(p.text[p.at:])
	p.at += len(digest)
	item.negated = item.negated != p.negations()
	item.text = strings.TrimRight(p.word(",:"), " \t")
	if item.text == "" && p.err == nil {
		p.err = fmt.Errorf("a command is missing before %s", excerpt(p.text[p.at:]))
	}
	item.text = digest + item.text
	return item
}
