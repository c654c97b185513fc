package depend

import "strings"

// Line is a line of a drawn tree.
type Line struct {
	*Node
	Branch string // what stands before the node
}

// Branches are the pieces that a tree is drawn with, all of one width.
type Branches struct{ Tee, Last, Bar, Blank string }

// Boxes are for terminals that show UTF-8, ASCII for all others.
func Boxes() Branches { return Branches{"├── ", "└── ", "│   ", "    "} }

// ASCII draws with what every terminal has.
func ASCII() Branches { return Branches{"|-- ", "`-- ", "|   ", "    "} }

// Lines draws a tree, the root first.
func (n *Node) Lines(with Branches) []Line { return n.draw(nil, with, "", "") }

func (n *Node) draw(lines []Line, with Branches, branch, below string) []Line {
	lines = append(lines, Line{n, branch})
	for i, c := range n.Children {
		if i == len(n.Children)-1 {
			lines = c.draw(lines, with, below+with.Last, below+with.Blank)
		} else {
			lines = c.draw(lines, with, below+with.Tee, below+with.Bar)
		}
	}
	return lines
}

// UTF8 reports whether a locale, as LC_ALL, LC_CTYPE or LANG give it, has UTF-8.
func UTF8(locale string) bool {
	locale = strings.ReplaceAll(strings.ToLower(locale), "-", "")
	return strings.HasSuffix(locale, ".utf8") || strings.Contains(locale, ".utf8@")
}
