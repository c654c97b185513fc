package draw

import (
	"fmt"
	"strings"
)

// DOT is the picture in the language of Graphviz: a table for each box, whose rows edges lead to, and a
// cluster for each circle.
func DOT(p Picture) []byte {
	var b strings.Builder
	b.WriteString("digraph assim {\n\trankdir=LR\n\tbgcolor=\"#ffffff\"\n\tnode [shape=plain, fontname=\"sans-serif\", fontsize=11]\n" +
		"\tedge [fontname=\"sans-serif\", fontsize=9]\n")
	fmt.Fprintf(&b, "\tlabel=%s\n", quoteDOT(details(p.Title, p.Notes)))
	if len(p.Circles) > 0 {
		b.WriteString("\tlayout=circo\n")
	}
	if len(p.Circles) == 0 {
		for i, box := range p.Boxes {
			dotBox(&b, i, box)
		}
	}
	for c, circle := range p.Circles {
		fmt.Fprintf(&b, "\tsubgraph cluster_%d {\n\tlabel=%s\n", c, quoteDOT(label(circle.Title)))
		for i, box := range p.on(c) {
			dotBox(&b, i, box)
		}
		b.WriteString("\t}\n")
	}
	for l := range p.links() {
		dotEdge(&b, l)
	}
	dotLegend(&b, p)
	b.WriteString("}\n")
	return []byte(b.String())
}

func dotBox(b *strings.Builder, number int, box Box) {
	t := tones[box.State]
	border, style := 1, "rounded"
	if box.State == Dead || box.Rimmed {
		border = 3
	}
	if t.dashes != "" {
		style = "dashed"
	}
	fill := headFills[box.Kind][0]
	fmt.Fprintf(b, "\tn%d [tooltip=%s, label=<<TABLE BORDER=\"%d\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"4\" STYLE=%q COLOR=%q>"+
		"<TR><TD PORT=\"r0\" BGCOLOR=%q><B>%s</B></TD></TR>", number, quoteDOT(box.about()), border, style, t.light, fill, markup(box.head()))
	for i, r := range box.Rows {
		colour := ink[0]
		switch {
		case r.State != Up:
			colour = tones[r.State].light
		case r.Root:
			colour = rootInk[0]
		}
		fmt.Fprintf(b, "<TR><TD PORT=\"r%d\" ALIGN=\"LEFT\"><FONT COLOR=%q>%s</FONT></TD></TR>", i+1, colour, markup(r.text()))
	}
	b.WriteString("</TABLE>>]\n")
}

func dotEdge(b *strings.Builder, e link) {
	colour, style := faint[0], "solid"
	if e.State != Up {
		colour = tones[e.State].light
	}
	switch {
	case e.Dashed:
		style = "dashed"
	case e.State == Dead || e.State == Shutdown:
		style = "dotted"
	}
	from, to := "", ""
	if e.From.Row > 0 {
		from = fmt.Sprintf(":r%d", e.From.Row)
	}
	if e.To.Row > 0 {
		to = fmt.Sprintf(":r%d", e.To.Row)
	}
	fmt.Fprintf(b, "\tn%d%s -> n%d%s [dir=%s, style=%s, color=%q, label=%s, tooltip=%s]\n", e.from, from, e.to, to,
		[...]string{"forward", "both", "none"}[e.Arrows], style, colour, quoteDOT(label(e.Label)), quoteDOT(details(e.about(), e.Details)))
}

// dotLegend explains what the picture has of states and looks, in a table of its own.
func dotLegend(b *strings.Builder, p Picture) {
	b.WriteString("\tlegend [label=<<TABLE BORDER=\"0\" CELLSPACING=\"0\">")
	for _, s := range p.states() {
		fmt.Fprintf(b, "<TR><TD ALIGN=\"LEFT\"><FONT COLOR=%q>%s</FONT></TD></TR>", tones[s].light, s)
	}
	if p.hasRoot() {
		fmt.Fprintf(b, "<TR><TD ALIGN=\"LEFT\"><FONT COLOR=%q>%s</FONT></TD></TR>", rootInk[0], rootText)
	}
	for _, l := range p.looks() {
		line := map[bool]string{false: "———", true: "– – –"}[l.Dashed || l.State != Up]
		fmt.Fprintf(b, "<TR><TD ALIGN=\"LEFT\">%s %s</TD></TR>", line, markup(l.Text))
	}
	b.WriteString("</TABLE>>]\n")
}

// markup is a text within a table. Graphviz takes none for an error.
func markup(s string) string {
	if s = label(s); strings.TrimSpace(s) == "" {
		return "&#160;"
	}
	return escape(s)
}

// quoteDOT is a string of DOT. A backslash is doubled, since \N and \L stand for other texts there.
func quoteDOT(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(clean(lines[i]))
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
