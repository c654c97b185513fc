package draw

import (
	"fmt"
	"strings"
	"unicode"
)

// Mermaid is the picture as a Mermaid flowchart, which a README or a wiki can hold: a subgraph for each
// box with rows and for each circle. Mermaid shows no texts below the pointer; details are left out.
func Mermaid(p Picture) []byte {
	var b strings.Builder
	b.WriteString("flowchart LR\n")
	if p.Title != "" {
		b.WriteString("%% " + label(p.Title) + "\n")
	}
	for _, n := range p.Notes {
		b.WriteString("%% " + cut(clean(n), maxDetail) + "\n")
	}
	if len(p.Circles) == 0 {
		for i, box := range p.Boxes {
			mermaidBox(&b, i, box)
		}
	}
	for c, circle := range p.Circles {
		fmt.Fprintf(&b, "  subgraph c%d[\"%s\"]\n", c, mermaidText(label(circle.Title)))
		for i, box := range p.on(c) {
			mermaidBox(&b, i, box)
		}
		b.WriteString("  end\n")
	}
	for l := range p.links() {
		fmt.Fprintf(&b, "  %s %s%s %s\n", mermaidID(l.from, l.From.Row), l.mermaidArrow(), l.mermaidLabel(), mermaidID(l.to, l.To.Row))
	}
	for s, t := range tones {
		width, dashes := 1, t.dashes
		if State(s) == Dead {
			width = 3
		}
		if dashes != "" {
			dashes = ",stroke-dasharray:" + dashes
		}
		fmt.Fprintf(&b, "  classDef s%d stroke:%s,stroke-width:%dpx%s\n", s, t.light, width, dashes)
	}
	fmt.Fprintf(&b, "  classDef root color:%s\n", rootInk[0])
	return []byte(b.String())
}

func mermaidBox(b *strings.Builder, number int, box Box) {
	title := mermaidText(label(box.head()))
	if len(box.Rows) == 0 {
		fmt.Fprintf(b, "  n%d[\"%s\"]\n  class n%d s%d\n", number, title, number, box.State)
		return
	}
	fmt.Fprintf(b, "  subgraph n%d[\"%s\"]\n", number, title)
	for i, r := range box.Rows {
		fmt.Fprintf(b, "    n%dr%d[\"%s\"]\n", number, i+1, mermaidText(label(r.text())))
	}
	b.WriteString("  end\n")
	fmt.Fprintf(b, "  class n%d s%d\n", number, box.State)
	for i, r := range box.Rows {
		if r.State != Up {
			fmt.Fprintf(b, "  class n%dr%d s%d\n", number, i+1, r.State)
		}
		if r.Root {
			fmt.Fprintf(b, "  class n%dr%d root\n", number, i+1)
		}
	}
}

// mermaidID is the name of a box, or of a row of it.
func mermaidID(box, row int) string {
	if row == 0 {
		return fmt.Sprintf("n%d", box)
	}
	return fmt.Sprintf("n%dr%d", box, row)
}

func (e Edge) mermaidArrow() string {
	dashed := e.Dashed || e.State != Up
	switch {
	case e.Arrows == AtNone && dashed:
		return "-.-"
	case e.Arrows == AtNone:
		return "---"
	case e.Arrows == AtBoth && dashed:
		return "<-.->"
	case e.Arrows == AtBoth:
		return "<-->"
	case dashed:
		return "-.->"
	}
	return "-->"
}

func (e Edge) mermaidLabel() string {
	if e.Label == "" {
		return ""
	}
	return `|"` + mermaidText(label(e.Label)) + `"|`
}

// mermaidText writes all but letters, digits and what is plain punctuation as #NUMBER;, which Mermaid
// shows as that character, so that nothing ends a string, is HTML or Markdown.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:/…", r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "#%d;", r)
		}
	}
	if b.Len() == 0 {
		return " " // an empty string is no text to Mermaid
	}
	return b.String()
}
