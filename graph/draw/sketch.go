package draw

// Sizes of a layered picture, in pixels.
const (
	headHeight = 28
	rowHeight  = 21
	footHeight = 5   // below the last row
	minWidth   = 110 // of a box
	maxWidth   = 260
	padding    = 10
	boxGap     = 16 // between the boxes of a layer; stacks take stackDepth of it
	stackDepth = 6
	laneHeight = 8
	bendWidth  = 70  // least width between two layers, in which lines bend
	mostBend   = 150 // with many lines
	maxLabels  = 110 // most width that the labels at a side of a layer take
	margin     = 24
	minHeight  = 800 // a layer is not split to be lower
)

// vertex is what stands in a layer: a box, or the lane of lines that pass it.
type vertex struct {
	box    int // place in sketch.boxes, or -1 for a lane
	layer  int
	height float64
	y      float64 // top
}

// arc is a line between two vertices of layers next to each other. Offsets are from the top of a vertex.
type arc struct {
	left, right     int // vertices
	leftAt, rightAt float64
}

// sketch is a picture while its layout is found.
type sketch struct {
	boxes    []Box
	isolated []int // boxes without lines to others, which stand below the layers
	vertices []vertex
	vertexOf []int   // of a box, or -1
	layers   [][]int // vertices of each layer, from top to bottom
	arcs     []arc
	edges    []route
}

// route is an edge and the vertices by which it goes, from left to right.
type route struct {
	link
	via    []int // vertices, both ends included; none between ends of one layer
	turned bool  // it points from right to left
}

func (b Box) height() float64 {
	if len(b.Rows) == 0 {
		return headHeight
	}
	return headHeight + float64(len(b.Rows))*rowHeight + footHeight
}

// rowAt is where lines meet a row, from the top of its box; row 0 is the box itself.
func rowAt(row int) float64 {
	if row == 0 {
		return headHeight / 2
	}
	return headHeight + (float64(row)-0.5)*rowHeight
}

// newSketch gives every box a layer and every edge a way through the layers.
func newSketch(p Picture) *sketch {
	s := &sketch{boxes: p.Boxes, vertexOf: make([]int, len(p.Boxes))}
	joined := make([]bool, len(p.Boxes))
	for l := range p.links() {
		if l.From == l.To {
			continue
		}
		if l.from != l.to {
			joined[l.from], joined[l.to] = true, true
		}
		s.edges = append(s.edges, route{link: l})
	}
	layers := assign(s.boxes, joined, s.acyclic(), s.bound(joined))
	for i, b := range s.boxes {
		s.vertexOf[i] = -1
		if !joined[i] {
			s.isolated = append(s.isolated, i)
			continue
		}
		s.vertexOf[i] = len(s.vertices)
		s.vertices = append(s.vertices, vertex{box: i, layer: layers[i], height: b.height()})
	}
	s.lanes()
	return s
}
