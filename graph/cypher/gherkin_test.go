package cypher

import (
	"bufio"
	"io"
	"slices"
	"strings"
)

// scenario is one scenario of the TCK, its outline's placeholders filled in.
type scenario struct {
	name  string // feature, scenario and number of the example
	steps []gherkinStep
}

// gherkinStep is a line such as "Then the result should be, in any order:" with what stands below it.
type gherkinStep struct {
	text  string
	doc   string // between """
	table [][]string
}

// readFeature reads as much of Gherkin as the TCK uses.
func readFeature(feature string, r io.Reader) []scenario {
	var all []scenario
	var current *scenario
	var outline, examples bool
	var background []gherkinStep
	var table [][]string
	flush := func() {
		if current != nil && !outline {
			all = append(all, *current)
		}
		if current != nil && outline {
			all = append(all, current.expand(table)...)
		}
		current, table, examples = nil, nil, false
	}
	inBackground := false
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		title, value, _ := strings.Cut(line, ":")
		switch {
		case title == "Background":
			inBackground = true
			current = &scenario{}
		case title == "Scenario" || title == "Scenario Outline":
			if inBackground {
				background, inBackground, current = current.steps, false, nil
			}
			flush()
			outline = title == "Scenario Outline"
			current = &scenario{name: feature + " " + strings.TrimSpace(value), steps: slices.Clone(background)}
		case title == "Examples":
			examples = true
		case line == "" || line[0] == '#' || line[0] == '@' || current == nil:
		case line == `"""`:
			s := &current.steps[len(current.steps)-1]
			s.doc = readDoc(lines)
		case line[0] == '|' && examples:
			table = append(table, cells(line))
		case line[0] == '|':
			s := &current.steps[len(current.steps)-1]
			s.table = append(s.table, cells(line))
		default:
			_, text, _ := strings.Cut(line, " ") // without Given, When, Then, And
			current.steps = append(current.steps, gherkinStep{text: text})
		}
	}
	flush()
	return all
}

func readDoc(lines *bufio.Scanner) string {
	var doc []string
	for lines.Scan() && strings.TrimSpace(lines.Text()) != `"""` {
		doc = append(doc, lines.Text())
	}
	return strings.Join(doc, "\n")
}

// cells splits a line of a table, in which \| is a bar, \n a new line and \\ a backslash.
func cells(line string) []string {
	var row []string
	var cell strings.Builder
	line = strings.TrimSpace(line)[1:]
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '|':
			row = append(row, strings.TrimSpace(cell.String()))
			cell.Reset()
		case c == '\\' && i+1 < len(line) && strings.IndexByte(`|\`, line[i+1]) >= 0:
			i++
			cell.WriteByte(line[i])
		default:
			cell.WriteByte(c)
		}
	}
	return row
}

// expand fills the placeholders of an outline with each line of its examples.
func (s scenario) expand(table [][]string) []scenario {
	var all []scenario
	for n, row := range table[min(1, len(table)):] {
		var pairs []string
		for i, header := range table[0] {
			pairs = append(pairs, "<"+header+">", row[i])
		}
		fill := strings.NewReplacer(pairs...)
		one := scenario{name: s.name + " #" + string(rune('0'+n/10)) + string(rune('0'+n%10))}
		for _, st := range s.steps {
			filled := gherkinStep{text: fill.Replace(st.text), doc: fill.Replace(st.doc)}
			for _, row := range st.table {
				var r []string
				for _, c := range row {
					r = append(r, fill.Replace(c))
				}
				filled.table = append(filled.table, r)
			}
			one.steps = append(one.steps, filled)
		}
		all = append(all, one)
	}
	return all
}
