package draw

import (
	"fmt"
	"strings"
)

// tone is how a state looks: Okabe and Ito's colours, which stay apart for those who see no red or
// green, and dashes that stay apart in black and white.
type tone struct {
	light, dark string // on a light and on a dark background
	dashes      string // of a box's border; empty is solid
	edge        string // dashes of an edge
	mark        string // path of the mark, within 5 pixels around 0 0
}

var tones = [...]tone{
	Up:       {"#0072b2", "#56b4e9", "", "", "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0Z"},
	AtRisk:   {"#c77c00", "#e69f00", "", "10 3 2 3", "M0 -5L5 4L-5 4Z"},
	Unknown:  {"#a8518a", "#cc79a7", "2 3", "2 4", "M0 -5L5 0L0 5L-5 0Z"},
	Shutdown: {"#767676", "#9a9a9a", "7 4", "1 4", "M-4 -4H4V4H-4Z M-2 -2V2H2V-2Z"},
	Dead:     {"#c43c00", "#ff7a3d", "", "3 3", "M-5 -3L-3 -5L0 -2L3 -5L5 -3L2 0L5 3L3 5L0 2L-3 5L-5 3L-2 0Z"},
}

// Colours besides those of states: light, dark.
var (
	ink       = [2]string{"#1f2328", "#e6edf3"} // text
	faint     = [2]string{"#656d76", "#9198a1"} // asides and lines that are as they should be
	paper     = [2]string{"#ffffff", "#0d1117"} // background
	card      = [2]string{"#ffffff", "#161b22"} // a box
	rootInk   = [2]string{"#b00020", "#ff8080"} // a row that runs with all rights
	headFills = [...][2]string{Host: {"#eaf2f8", "#1c2b3a"}, Container: {"#eef6ee", "#1d3124"}, Switch: {"#f3eef8", "#2c2338"}, Subnet: {"#fdf4e3", "#352c1a"}, Address: {"#f1f1f1", "#2a2d31"}}
)

// deadWidth is the border of a dead box in pixels, by which it is told without its colour; others have 1.3.
const deadWidth = 3.5

// styles is the style sheet of an SVG. Colours stand in classes and not in variables, which converters
// don't know; the dark ones only in a media query, which they pass over.
func styles() string {
	var b strings.Builder
	b.WriteString("<style>\n")
	b.WriteString("text{font-family:system-ui,\"Segoe UI\",\"DejaVu Sans\",sans-serif;font-size:12px}\n" +
		".t{font-weight:600}.a,.n{font-size:10px}.h{font-size:16px;font-weight:600}.l{font-size:10px;paint-order:stroke;stroke-width:3px;stroke-linejoin:round}\n" +
		".b.s{stroke-width:1.3}.e{fill:none;stroke-width:1.4}.e:hover{stroke-width:3}g:hover>.b{filter:brightness(.97)}\n")
	for s, t := range tones {
		border := "1.3"
		if State(s) == Dead {
			border = fmt.Sprint(deadWidth)
		}
		fmt.Fprintf(&b, ".b%d{stroke-width:%s;stroke-dasharray:%s}.e%d{stroke-dasharray:%s}\n", s, border, orNone(t.dashes), s, orNone(t.edge))
	}
	b.WriteString(".d{stroke-dasharray:6 4}\n")
	b.WriteString(colours(0))
	b.WriteString("@media (prefers-color-scheme:dark){\n" + colours(1) + "}\n</style>\n")
	return b.String()
}

func orNone(dashes string) string {
	if dashes == "" {
		return "none"
	}
	return dashes
}

// colours are the classes that differ with the background: 0 light, 1 dark.
func colours(background int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "text{fill:%s}.a,.n,.l{fill:%s}.l{stroke:%s}.p{fill:%s}.b{fill:%s}.r{fill:%s}\n",
		ink[background], faint[background], paper[background], paper[background], card[background], rootInk[background])
	for s, t := range tones {
		colour := [2]string{t.light, t.dark}[background]
		line := colour
		if State(s) == Up {
			line = faint[background] // a colour for what is well would hide the others
		}
		fmt.Fprintf(&b, ".b%d{stroke:%s}.m%d{fill:%s}.e%d{stroke:%s}.x%d{fill:%s}\n", s, colour, s, colour, s, line, s, line)
	}
	for k, fill := range headFills {
		fmt.Fprintf(&b, ".k%d{fill:%s}", k, fill[background])
	}
	b.WriteString("\n")
	return b.String()
}
