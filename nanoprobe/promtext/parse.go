package promtext

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxLineBytes bounds a line that Parse reads.
const maxLineBytes = 64 << 10

// Parse reads a text. It refuses what is not exactly of the form that Append writes: a sample before
// the HELP and TYPE of its family, a family without samples or in two places, a counter below 0 or
// without _total, a sample that is there twice, a last line without its end.
func Parse(r io.Reader) ([]Family, error) {
	p := parser{families: map[string]bool{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLineBytes)
	lines.Split(wholeLines)
	for number := 1; lines.Scan(); number++ {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	return p.all, p.finished()
}

var errCutOff = errors.New("the last line has no end")

// wholeLines splits a text at its line feeds and at nothing else.
func wholeLines(data []byte, atEOF bool) (advance int, line []byte, err error) {
	if i := slices.Index(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, errCutOff
	}
	return 0, nil, nil
}

// Find returns the value of the one sample of families that has the name and exactly the labels, given
// as name, value, name, value, and so on.
func Find(families []Family, name string, labels ...string) (value float64, ok bool) {
	var want []Label
	for pair := range slices.Chunk(labels, 2) {
		want = append(want, Label{Name: pair[0], Value: pair[1]})
	}
	for _, f := range families {
		for _, s := range f.Samples {
			if f.Name == name && slices.Equal(s.Labels, want) {
				return s.Value, true
			}
		}
	}
	return 0, false
}

// parser holds the families read so far; the last may still get samples.
type parser struct {
	all      []Family
	families map[string]bool
	helped   bool            // a HELP was read whose TYPE is to come
	samples  map[string]bool // of the last family, by their labels
}

func (p *parser) line(line string) error {
	if !utf8.ValidString(line) {
		return errors.New("not UTF-8")
	}
	if text, ok := strings.CutPrefix(line, "# HELP "); ok {
		return p.help(text)
	}
	if text, ok := strings.CutPrefix(line, "# TYPE "); ok {
		return p.kind(text)
	}
	return p.sample(line)
}

func (p *parser) finished() error {
	switch {
	case p.helped:
		return fmt.Errorf("metric %q has no type", p.last().Name)
	case len(p.all) > 0 && len(p.last().Samples) == 0:
		return fmt.Errorf("metric %q has no samples", p.last().Name)
	}
	return nil
}

func (p *parser) last() *Family { return &p.all[len(p.all)-1] }

func (p *parser) help(text string) error {
	if err := p.finished(); err != nil {
		return err
	}
	name, help, ok := strings.Cut(text, " ")
	if !ok || !isName(name) || p.families[name] {
		return fmt.Errorf("help for %q: the name is not one, or was there before", name)
	}
	plain, rest, err := unescape(help, `\n`)
	if err != nil || rest != "" {
		return fmt.Errorf("help for %q: %q", name, help)
	}
	p.families[name], p.helped, p.samples = true, true, map[string]bool{}
	p.all = append(p.all, Family{Name: name, Help: plain})
	return nil
}

func (p *parser) kind(text string) error {
	name, kind, _ := strings.Cut(text, " ")
	if !p.helped || name != p.last().Name {
		return fmt.Errorf("type of %q without its help", name)
	}
	if kind := Type(kind); kind != Gauge && (kind != Counter || !strings.HasSuffix(name, "_total")) {
		return fmt.Errorf("metric %q is a %q", name, kind)
	}
	p.helped, p.last().Type = false, Type(kind)
	return nil
}

func (p *parser) sample(line string) error {
	name := line[:len(line)-len(strings.TrimLeft(line, nameRunes))]
	if len(p.all) == 0 || p.helped || name != p.last().Name {
		return fmt.Errorf("sample %q is not below its help and type", line)
	}
	labels, text, err := parseLabels(line[len(name):])
	if err != nil {
		return fmt.Errorf("sample %q: %w", line, err)
	}
	value, err := strconv.ParseFloat(strings.TrimPrefix(text, " "), 64)
	if err != nil || !strings.HasPrefix(text, " ") {
		return fmt.Errorf("sample %q has the value %q", line, text)
	}
	if p.last().Type == Counter && !(value >= 0) { // neither NaN
		return fmt.Errorf("sample %q: a counter is not below 0", line)
	}
	key := strings.TrimSuffix(line, text)
	if p.samples[key] {
		return fmt.Errorf("sample %q is there twice", key)
	}
	p.samples[key] = true
	p.last().Samples = append(p.last().Samples, Sample{Labels: labels, Value: value})
	return nil
}

// parseLabels reads labels in braces, if there are any, and returns what is behind them.
func parseLabels(text string) (labels []Label, rest string, err error) {
	for open := "{"; strings.HasPrefix(text, open); open = "," {
		name, value, ok := strings.Cut(text[1:], `="`)
		if !ok || !isName(name) || slices.ContainsFunc(labels, func(l Label) bool { return l.Name == name }) {
			return nil, "", fmt.Errorf("label %q is not one, or there twice", name)
		}
		plain, rest, err := unescape(value, `\n"`)
		if err != nil || !strings.HasPrefix(rest, `"`) {
			return nil, "", fmt.Errorf("label %q has no end", name)
		}
		labels, text = append(labels, Label{Name: name, Value: plain}), rest[1:]
	}
	if len(labels) == 0 {
		return nil, text, nil
	}
	rest, ok := strings.CutPrefix(text, "}")
	if !ok {
		return nil, "", errors.New("labels without an end")
	}
	return labels, rest, nil
}

// unescape reads up to a quotation mark that no backslash precedes, if that may be escaped, or to the end. Only the
// characters of escapable stand behind a backslash.
func unescape(text, escapable string) (plain, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && strings.Contains(escapable, `"`):
			return b.String(), text[i:], nil
		case c != '\\':
			b.WriteByte(c)
		case i+1 == len(text) || !strings.Contains(escapable+`\`, text[i+1:i+2]):
			return "", "", fmt.Errorf("a backslash that escapes nothing in %q", text)
		default:
			i++
			b.WriteString(strings.ReplaceAll(text[i:i+1], "n", "\n"))
		}
	}
	return b.String(), "", nil
}

const nameRunes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789"

func isName(s string) bool {
	return s != "" && strings.Trim(s, nameRunes) == "" && (s[0] < '0' || s[0] > '9')
}
