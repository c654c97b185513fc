package compare

import (
	"bytes"
	"fmt"
	"strings"
)

// contextLines is how many equal lines are shown around those that differ.
const contextLines = 3

// Unified returns how to turn one text into the other, as diff -u prints it, and nothing for equal texts.
// Of texts with a NUL byte it says only that they differ. It is ErrTooDifferent beyond 10,000 lines.
func Unified(nameA, nameB string, a, b []byte) (string, error) {
	switch {
	case bytes.Equal(a, b):
		return "", nil
	case bytes.IndexByte(a, 0) >= 0 || bytes.IndexByte(b, 0) >= 0:
		return fmt.Sprintf("Binary files %s and %s differ\n", nameA, nameB), nil
	case bytes.Count(a, []byte{'\n'}) >= maxLines || bytes.Count(b, []byte{'\n'}) >= maxLines:
		return "", ErrTooDifferent
	}
	linesA, linesB := split(a), split(b)
	numbers := map[string]int32{}
	s, err := newScript(number(linesA, numbers), number(linesB, numbers))
	if err != nil {
		return "", err
	}
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", nameA, nameB)
	for _, h := range s.hunks() {
		h.print(&out, s, linesA, linesB)
	}
	return out.String(), nil
}

// split returns the lines of a text with their line ends; the last one may have none.
func split(text []byte) []string {
	lines := strings.SplitAfter(string(text), "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// number gives each distinct line a number, the same in all texts with these numbers.
func number(lines []string, numbers map[string]int32) []int32 {
	out := make([]int32, len(lines))
	for i, line := range lines {
		n, ok := numbers[line]
		if !ok {
			n = int32(len(numbers))
			numbers[line] = n
		}
		out[i] = n
	}
	return out
}

// hunk is a part of two texts that differs, with the lines around it.
type hunk struct{ a0, a1, b0, b1 int }

// hunks finds what is shown together: changes with at most twice the context between them.
func (s *script) hunks() []hunk {
	var hunks []hunk
	for i, j := 0, 0; i < len(s.a) || j < len(s.b); {
		if i < len(s.a) && j < len(s.b) && !s.removed[i] && !s.added[j] {
			i, j = i+1, j+1
			continue
		}
		start := hunk{a0: i, b0: j}
		for i < len(s.a) && s.removed[i] {
			i++
		}
		for j < len(s.b) && s.added[j] {
			j++
		}
		if last := len(hunks) - 1; last >= 0 && start.a0-hunks[last].a1 <= 2*contextLines {
			hunks[last].a1, hunks[last].b1 = i, j
		} else {
			hunks = append(hunks, hunk{start.a0, i, start.b0, j})
		}
	}
	for k := range hunks {
		h := &hunks[k]
		before, after := min(contextLines, h.a0), min(contextLines, len(s.a)-h.a1)
		*h = hunk{h.a0 - before, h.a1 + after, h.b0 - before, h.b1 + after}
	}
	return hunks
}

func (h hunk) print(out *strings.Builder, s *script, a, b []string) {
	fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(h.a0, h.a1), lineRange(h.b0, h.b1))
	for i, j := h.a0, h.b0; i < h.a1 || j < h.b1; {
		switch {
		case i < h.a1 && s.removed[i]:
			printLine(out, '-', a[i])
			i++
		case j < h.b1 && s.added[j]:
			printLine(out, '+', b[j])
			j++
		default:
			printLine(out, ' ', a[i])
			i, j = i+1, j+1
		}
	}
}

// lineRange is lines as a hunk's header names them: the first, from 1, and how many if not one. Before
// no lines stands the line that is before them.
func lineRange(from, to int) string {
	switch to - from {
	case 0:
		return fmt.Sprintf("%d,0", from)
	case 1:
		return fmt.Sprint(from + 1)
	}
	return fmt.Sprintf("%d,%d", from+1, to-from)
}

func printLine(out *strings.Builder, sign byte, line string) {
	out.WriteByte(sign)
	out.WriteString(line)
	if !strings.HasSuffix(line, "\n") {
		out.WriteString("\n\\ No newline at end of file\n")
	}
}
