package draw

import "iter"

// Picture is what is drawn. Boxes, rows and edges are drawn in the order given, as far as a layout leaves
// it open, so that equal pictures are those in equal order.
type Picture struct {
	Title   string
	Circles []Circle // of a picture that is laid out as circles; else none
	Boxes   []Box
	Edges   []Edge
	Legend  []Look   // what kinds of edges mean, if there are any of that Text; states are explained unasked
	Rim     string   // what the rim of a box means, if any has one
	Notes   []string // sentences below the picture: what it leaves out
}

// Circle joins the boxes that have its place in Picture.Circles, in their order.
type Circle struct {
	Title string
	Level int // circles of one level stand beside each other, those of others above and below
}

// Box is drawn as a box with a head and a line a row, or as a dot on a circle.
type Box struct {
	ID      string // unique in the picture
	Kind    Kind
	Title   string
	State   State
	Details []string // lines that appear below the pointer
	Rows    []Row
	Count   int // boxes it stands for; above 1 it is drawn as a stack
	Circle  int // place in Picture.Circles
	Rimmed  bool
}

// Row is a part of a box.
type Row struct {
	Kind    Kind
	Label   string
	Aside   string // smaller, at the right; boxes can be alike that differ in it
	State   State
	Root    bool // runs with all rights, so whoever takes it over has them
	Details []string
}

// End is where an edge begins or ends: at a box as a whole if Row is 0, else at its row of that number,
// counted from 1.
type End struct {
	Box string
	Row int
}

// Edge is a line between two boxes, or two rows of one. One between ends that are not in the picture is
// not drawn.
type Edge struct {
	From, To End // From depends on To
	Look
	Label   string // stands at To
	Details []string
}

// Look is how an edge is drawn. In a legend Text says what it means.
type Look struct {
	Text   string
	State  State
	Dashed bool
	Arrows Arrows
}

// Arrows says at which ends an edge has an arrowhead.
type Arrows int

// The ends with an arrowhead.
const (
	AtTo Arrows = iota
	AtBoth
	AtNone
)

// State is how something is, from what is well to what is worst.
type State int

// The states of boxes, rows and edges.
const (
	Up       State = iota
	AtRisk         // up, and something that it depends on is not
	Unknown        // behind a failure that is not its own
	Shutdown       // ended on purpose
	Dead
)

func (s State) String() string { return [...]string{"up", "at risk", "unknown", "shutdown", "dead"}[s] }

// Kind is what a box or a row is.
type Kind int

// The kinds of boxes, and from Service on of rows.
const (
	Host Kind = iota
	Container
	Switch
	Subnet
	Address
	Service // serves, whether or not it is a client as well
	Client
	Interface
	Port
	More // stands for rows that are not shown
)

func (k Kind) String() string {
	return [...]string{"host", "container", "switch", "subnet", "address", "service", "client", "interface", "port", "more"}[k]
}

// plural is what several boxes of a kind are called.
func (k Kind) plural() string {
	switch k {
	case Switch:
		return "switches"
	case Address:
		return "addresses"
	}
	return k.String() + "s"
}

// index returns the place of each box by its ID, the first if several have one.
func (p Picture) index() map[string]int {
	at := make(map[string]int, len(p.Boxes))
	for i, b := range p.Boxes {
		if _, taken := at[b.ID]; !taken {
			at[b.ID] = i
		}
	}
	return at
}

// link is an edge with the places of its two boxes in Picture.Boxes.
type link struct {
	Edge
	from, to int
}

// links yields the edges that are drawn: those with both ends in the picture.
func (p Picture) links() iter.Seq[link] {
	return func(yield func(link) bool) {
		at := p.index()
		for _, e := range p.Edges {
			from, begins := at[e.From.Box]
			to, ends := at[e.To.Box]
			if begins && ends && p.Boxes[from].has(e.From) && p.Boxes[to].has(e.To) && !yield(link{e, from, to}) {
				return
			}
		}
	}
}

// has reports whether a box has the row at which an edge ends.
func (b Box) has(e End) bool { return 0 <= e.Row && e.Row <= len(b.Rows) }

// on yields the boxes of a circle with their places in Picture.Boxes.
func (p Picture) on(circle int) iter.Seq2[int, Box] {
	return func(yield func(int, Box) bool) {
		for i, b := range p.Boxes {
			if b.Circle == circle && !yield(i, b) {
				return
			}
		}
	}
}

// Nodes is how many things the picture shows: its boxes and their rows.
func (p Picture) Nodes() int {
	n := len(p.Boxes)
	for _, b := range p.Boxes {
		n += len(b.Rows)
	}
	return n
}

// Formats returns what makes the text of a picture, by the name of the format: svg, dot and mermaid.
func Formats() map[string]func(Picture) []byte {
	return map[string]func(Picture) []byte{"svg": SVG, "dot": DOT, "mermaid": Mermaid}
}
