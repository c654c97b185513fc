package draw

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// anyPicture makes a picture by chance: boxes with none to some rows, and lines between any two ends.
func anyPicture(rng *rand.Rand) Picture {
	p := Picture{Title: "any", Notes: []string{"one note"}}
	for i := range 1 + rng.IntN(40) {
		b := Box{ID: fmt.Sprint("h", i), Title: fmt.Sprint("h", i), Kind: Kind(rng.IntN(5)), State: State(rng.IntN(5)), Count: rng.IntN(3)}
		for j := range rng.IntN(4) {
			b.Rows = append(b.Rows, Row{Kind: Service + Kind(rng.IntN(5)), Label: strings.Repeat("s", 1+rng.IntN(30)) + fmt.Sprint(j), Root: rng.IntN(2) == 0, Aside: "x"})
		}
		p.Boxes = append(p.Boxes, b)
	}
	end := func() End {
		b := p.Boxes[rng.IntN(len(p.Boxes))]
		return End{b.ID, rng.IntN(len(b.Rows) + 1)}
	}
	for range rng.IntN(3 * len(p.Boxes)) {
		p.Edges = append(p.Edges, Edge{From: end(), To: end(), Look: Look{State: State(rng.IntN(5)), Dashed: rng.IntN(2) == 0, Arrows: Arrows(rng.IntN(3))}, Label: fmt.Sprint(":", rng.IntN(9999))})
	}
	return p
}

// TestLayout: no two boxes overlap, no label touches another or a box, every line begins and ends at the
// side of its boxes and the height of its rows, all is within the picture, and is the same again.
func TestLayout(t *testing.T) {
	for seed := range uint64(150) {
		p := anyPicture(rand.New(rand.NewPCG(seed, 0)))
		checkLayout(t, fmt.Sprint("seed=", seed), p)
	}
	for _, n := range []int{1, 8, 30, 100} {
		checkLayout(t, fmt.Sprint(n, " hosts"), fleetOf(n, 3))
		checkLayout(t, fmt.Sprint(n, " hosts, grouped"), Group(fleetOf(n, 3), 60))
	}
	checkLayout(t, "nothing", Picture{})
}

func checkLayout(t *testing.T, name string, p Picture) {
	t.Helper()
	svg := SVG(p)
	if again := SVG(p); !bytes.Equal(svg, again) {
		t.Errorf("%s: drawn twice, two pictures", name)
	}
	d, err := read(svg)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if len(d.boxes) != len(p.Boxes) {
		t.Errorf("%s: %d boxes, want %d", name, len(d.boxes), len(p.Boxes))
	}
	checkBoxes(t, name, d)
	checkLines(t, name, p, d)
}

func checkBoxes(t *testing.T, name string, d drawn) {
	t.Helper()
	for title, a := range d.boxes {
		a.w, a.h = a.w+stackDepth, a.h+stackDepth
		if !a.within(d.view) {
			t.Errorf("%s: box %q at %v is not within %v", name, title, a, d.view)
		}
		for other, b := range d.boxes {
			if title < other && a.overlaps(b) {
				t.Errorf("%s: boxes %q at %v and %q at %v overlap", name, title, a, other, b)
			}
		}
		for b, label := range d.labels {
			if a.overlaps(b) {
				t.Errorf("%s: label %q at %v is on box %q at %v", name, label, b, title, a)
			}
		}
	}
	for _, a := range d.texts {
		if !a.within(d.view) {
			t.Errorf("%s: text at %v is not within %v", name, a, d.view)
		}
		for b, label := range d.labels {
			if a != b && a.overlaps(b) {
				t.Errorf("%s: label %q at %v is on text at %v", name, label, b, a)
			}
		}
	}
}

func checkLines(t *testing.T, name string, p Picture, d drawn) {
	t.Helper()
	boxOf := func(b Box) area { return d.boxes[strings.SplitN(b.about(), "\n", 2)[0]] }
	at := p.index()
	for _, e := range p.Edges {
		if e.From == e.To {
			continue
		}
		from, to := p.Boxes[at[e.From.Box]], p.Boxes[at[e.To.Box]]
		title := titleIn(p, at, e)
		line := d.lines[title]
		if len(line) < 4 {
			t.Errorf("%s: no line %q", name, title)
			continue
		}
		n := len(line)
		first, last := []float64{line[0], line[1]}, []float64{line[n-1], line[n-2]} // ... y H x
		if n == 8 {
			last = []float64{line[6], line[7]} // M x y C x y x y x y, within a layer
		}
		fromAt, toAt := boxOf(from), boxOf(to)
		if fromAt.x > toAt.x {
			first, last = last, first
		}
		if !meets(fromAt, e.From.Row, first) || !meets(toAt, e.To.Row, last) {
			t.Errorf("%s: line %q from %v to %v, want it to meet row %d of %v and row %d of %v", name, title, first, last, e.From.Row, fromAt, e.To.Row, toAt)
		}
		for i := 0; i+1 < n; i++ {
			if line[i] < 0 || line[i] > max(d.view.w, d.view.h) {
				t.Errorf("%s: line %q leaves the picture: %v", name, title, line)
				break
			}
		}
	}
}

// titleIn is the first line of what a picture tells of an edge.
func titleIn(p Picture, at map[string]int, e Edge) string {
	s := sketch{boxes: p.Boxes}
	title, _, _ := strings.Cut(s.about(route{link: link{e, at[e.From.Box], at[e.To.Box]}}), "\n")
	return title
}

// meets reports whether a line that ends there ends at a side of a box, at the height of a row.
func meets(box area, row int, end []float64) bool {
	const near = 0.11 // coordinates have one decimal
	atSide := math.Abs(end[0]-box.x) < near || math.Abs(end[0]-box.x-box.w) < near
	return atSide && math.Abs(end[1]-box.y-rowAt(row)) < near
}

// TestCrossings: counting by a tree is counting pair by pair.
func TestCrossings(t *testing.T) {
	for seed := range uint64(200) {
		rng := rand.New(rand.NewPCG(seed, 0))
		n := 1 + rng.IntN(6)
		place := rng.Perm(2 * n)
		var arcs []arc
		for range rng.IntN(12) {
			a := arc{rng.IntN(n), n + rng.IntN(n), float64(rng.IntN(2)), float64(rng.IntN(2))}
			if !slices.Contains(arcs, a) {
				arcs = append(arcs, a)
			}
		}
		before := func(v int, at float64, w int, other float64) bool {
			return place[v] < place[w] || v == w && at < other
		}
		want := 0
		for _, a := range arcs {
			for _, b := range arcs {
				if before(a.left, a.leftAt, b.left, b.leftAt) && before(b.right, b.rightAt, a.right, a.rightAt) {
					want++
				}
			}
		}
		if got := inversions(slices.Clone(arcs), place); got != want {
			t.Errorf("seed=%d: %d crossings, want %d: %v", seed, got, want, arcs)
		}
	}
}

// TestFewCrossings: the order that is found has next to none where there need be none.
func TestFewCrossings(t *testing.T) {
	var p Picture // two trees, their boxes mixed
	for i := range 31 {
		for _, tree := range []string{"a", "b"} {
			id := fmt.Sprint(tree, (i*17)%31)
			p.Boxes = append(p.Boxes, Box{ID: id, Title: id})
		}
	}
	for i := range 15 {
		for _, tree := range []string{"a", "b"} {
			for child := 2*i + 1; child <= 2*i+2; child++ {
				p.Edges = append(p.Edges, Edge{From: End{Box: fmt.Sprint(tree, i)}, To: End{Box: fmt.Sprint(tree, child)}})
			}
		}
	}
	s := newSketch(p)
	s.order()
	if n := s.crossings(); n > 0 {
		t.Errorf("two trees are drawn with %d crossings", n)
	}
}

// TestLayers: what depends stands left of what it depends on, but for members of a cluster, and where
// there is a cycle all lines but one do.
func TestLayers(t *testing.T) {
	edges := func(text string) (p Picture) {
		known := map[string]bool{}
		for pair := range strings.FieldsSeq(text) {
			from, to, _ := strings.Cut(pair, ">")
			for _, id := range []string{from, to} {
				if !known[id] {
					known[id] = true
					p.Boxes = append(p.Boxes, Box{ID: id, Title: id, Rows: []Row{{Label: strings.TrimRight(id, "0123456789")}}})
				}
			}
			p.Edges = append(p.Edges, Edge{From: End{from, 1}, To: End{to, 1}})
		}
		return p
	}
	for text, want := range map[string]string{
		"a>b b>c a>c":             "a0 b1 c2",
		"a>b b>c c>a":             "a0 b1 c2",
		"c1>c2 c2>c1":             "c10 c20",
		"a>b c1>c2 c2>c3 c3>c1":   "a0 b1 c11 c21 c31",
		"a>hub hub>b hub>c d>hub": "a0 b2 c2 d0 hub1",
		"a>b b>c c>d a>e":         "a0 b1 c2 d3 e1", // next to a, not at the right end
	} {
		s := newSketch(edges(text))
		var got []string
		for _, v := range s.vertices {
			if v.box >= 0 {
				got = append(got, fmt.Sprint(s.boxes[v.box].ID, v.layer))
			}
		}
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: layers %v, want %s", text, got, want)
		}
	}
}

// TestOrderImproves: in fleets, the order found has far fewer crossings than that of the walk.
func TestOrderImproves(t *testing.T) {
	for _, n := range []int{30, 100} {
		s := newSketch(fleetOf(n, 3))
		s.begin()
		before := s.crossings()
		s.order()
		t.Logf("%d hosts: %d crossings, %d before", n, s.crossings(), before)
		if after := s.crossings(); after*2 > before {
			t.Errorf("%d hosts: %d crossings, %d before", n, after, before)
		}
	}
}

// TestGrid: boxes without lines fill columns evenly.
func TestGrid(t *testing.T) {
	var p Picture
	for i := range 12 {
		p.Boxes = append(p.Boxes, Box{ID: fmt.Sprint(i), Title: fmt.Sprint(i)})
	}
	d, err := read(SVG(p))
	if err != nil {
		t.Fatal(err)
	}
	perColumn := map[float64]int{}
	for _, a := range d.boxes {
		perColumn[a.x]++
	}
	least, most := len(p.Boxes), 0
	for _, n := range perColumn {
		least, most = min(least, n), max(most, n)
	}
	if len(perColumn) < 2 || most > least+1 {
		t.Errorf("boxes per column: %v", perColumn)
	}
}
