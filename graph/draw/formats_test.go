package draw

import (
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// hostile are names that mean something in one of the formats.
func hostile() []string {
	return []string{
		`"];`, `<script>alert(1)</script>`, `"]; evil [shape=box`, `\N\L\\`, `a"b'c&d;`, "</title></svg>", "]]>", "--> b", "end", "%%{init: {}}%%",
		"subgraph x", "#quot;", "`md`", "a\x1b[2J\nb", "\xff\xfe", "\u202egnp.exe", "<!-- ", "${x}", "|", "}", strings.Repeat("long", 2000), "", " ", "日本語",
	}
}

// named is a picture whose every text is s.
func named(s string) Picture {
	b := Box{ID: "a" + s, Title: s, State: Dead, Details: []string{s}, Rows: []Row{{Label: s, Aside: s, Details: []string{s}}, {Kind: Client, Label: s, Root: true, State: AtRisk}}}
	c := b
	c.ID, c.State, c.Count = "b"+s, Unknown, 2
	look := Look{Text: s, Dashed: true}
	return Picture{
		Title: s, Boxes: []Box{b, c, {ID: "c" + s, Title: s}}, Legend: []Look{look}, Notes: []string{s}, Rim: s,
		Edges: []Edge{{From: End{b.ID, 1}, To: End{c.ID, 2}, Look: look, Label: s, Details: []string{s}}, {From: End{b.ID, 0}, To: End{c.ID, 0}, Label: s}, {From: End{b.ID, 1}, To: End{b.ID, 2}, Label: s}},
	}
}

// onCircles is p with its boxes on two circles.
func onCircles(p Picture) Picture {
	p.Circles = []Circle{{Title: p.Title, Level: 1}, {Title: p.Title}}
	for i := range p.Boxes {
		p.Boxes[i].Circle, p.Boxes[i].Rimmed = i%2, true
	}
	return p
}

// FuzzNames: whatever things are called, each format holds it as text: equal texts make equal structures.
func FuzzNames(f *testing.F) {
	for _, s := range hostile() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range []Picture{named(s), onCircles(named(s)), Group(named(s), 0)} {
			checkSVG(t, p)
			checkDOT(t, p)
			checkMermaid(t, p)
		}
	})
}

// TestLinks: an edge is drawn if both its ends are there, of which a row may be the last; of two boxes with
// one ID the first counts.
func TestLinks(t *testing.T) {
	p := Picture{Boxes: []Box{{ID: "a", Rows: make([]Row, 2)}, {ID: "b", Circle: 1}, {ID: "a", Circle: 1}}, Edges: []Edge{
		{From: End{"a", 2}, To: End{"b", 0}}, {From: End{"a", 3}, To: End{"b", 0}}, {From: End{"b", 0}, To: End{"a", -1}},
		{From: End{"b", 0}, To: End{"a", 0}}, {From: End{"c", 0}, To: End{"a", 0}}, {From: End{"a", 0}, To: End{"c", 0}}, {From: End{"b", 1}, To: End{"a", 1}},
	}}
	var got []string
	for l := range p.links() {
		got = append(got, fmt.Sprint(l.from, l.From.Row, l.to, l.To.Row))
	}
	if want := "0 2 1 0, 1 0 0 0"; strings.Join(got, ", ") != want {
		t.Errorf("links %q, want %s", got, want)
	}
	got = nil
	for i, b := range p.on(1) {
		got = append(got, fmt.Sprintf("%d%s", i, b.ID))
	}
	if want := "1b 2a"; strings.Join(got, " ") != want {
		t.Errorf("boxes on the second circle %q, want %s", got, want)
	}
}

func checkSVG(t *testing.T, p Picture) {
	t.Helper()
	svg := SVG(p)
	d, err := read(svg)
	if err != nil || d.names["svg"] != 1 || d.names["script"] != 0 {
		t.Errorf("%q: elements %v, %v", p.Title, d.names, err)
	}
	for name := range d.names {
		if !strings.Contains(" svg title style rect path text g circle ", " "+name+" ") {
			t.Errorf("%q makes an element %q", p.Title, name)
		}
	}
	if len(svg) > 100_000 {
		t.Errorf("%q makes %d bytes", p.Title, len(svg))
	}
}

// checkDOT looks for what ends a string or a label before its end: each is within a line.
func checkDOT(t *testing.T, p Picture) {
	t.Helper()
	for line := range strings.Lines(string(DOT(p))) {
		plain := strings.NewReplacer(`\\`, "", `\"`, "").Replace(line)
		if strings.Count(plain, `"`)%2 != 0 {
			t.Errorf("%q: a string without an end in %q", p.Title, line)
		}
		outside := regexp.MustCompile(`"[^"]*"`).ReplaceAllString(plain, "")
		if strings.Count(outside, "<") != strings.Count(outside, ">")-strings.Count(outside, "->") {
			t.Errorf("%q: a tag without an end in %q", p.Title, line)
		}
	}
}

// mermaidLine is a line that Mermaid writes. Within quotes are letters, digits, marks that mean nothing
// and the numbers of all other characters.
var mermaidLine = regexp.MustCompile(`^(flowchart LR|%% .*|  subgraph [cn]\d+\["T+"\]| +n\d+(r\d+)?\["T+"\]|  end` +
	`|  n\d+(r\d+)? (-->|-\.->|---|-\.-|<-->|<-\.->)(\|"T+"\|)? n\d+(r\d+)?|  class n\d+(r\d+)? (s\d|root)|  classDef \w+ [-:#,\w ]+)$`)

var mermaidQuoted = regexp.MustCompile(`"([\pL\p{Nd} .,:/…]|#\d+;)+"`)

func checkMermaid(t *testing.T, p Picture) {
	t.Helper()
	for line := range strings.SplitSeq(strings.TrimSuffix(string(Mermaid(p)), "\n"), "\n") {
		if !mermaidLine.MatchString(mermaidQuoted.ReplaceAllString(line, `"T"`)) {
			t.Errorf("%q: line %q", p.Title, line)
		}
	}
}

// TestGraphviz: what the real dot reads is what was meant, whatever things are called.
func TestGraphviz(t *testing.T) {
	dot, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("no dot on this machine: apt-get install graphviz, as scripts/test does")
	}
	lay := func(p Picture) string {
		cmd := exec.CommandContext(t.Context(), dot, "-Tplain")
		cmd.Stdin = strings.NewReader(string(DOT(p)))
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || strings.Contains(stderr.String(), "syntax") {
			t.Errorf("%q: dot says %v %s\n%s", p.Title, err, stderr.String(), DOT(p))
		}
		return string(out)
	}
	pictures := []Picture{fleetOf(30, 1), Group(fleetOf(100, 1), 60), onCircles(fleetOf(8, 1))}
	for _, s := range hostile() {
		pictures = append(pictures, named(s))
	}
	for _, p := range pictures {
		plain := lay(p)
		nodes := len(p.Boxes) + 1 // the legend
		if n, e := strings.Count(plain, "\nnode "), strings.Count(plain, "\nedge "); n != nodes || e != len(p.Edges) {
			t.Errorf("%q: dot sees %d nodes and %d edges, want %d and %d", cut(p.Title, 40), n, e, nodes, len(p.Edges))
		}
	}
}

// TestConverter: librsvg, which many programs draw SVG by, takes the pictures.
func TestConverter(t *testing.T) {
	convert, err := exec.LookPath("rsvg-convert")
	if err != nil {
		t.Skip("no rsvg-convert on this machine: apt-get install librsvg2-bin, as scripts/test does")
	}
	for _, p := range []Picture{fleetOf(30, 1), onCircles(fleetOf(8, 1)), named(`<"&`)} {
		cmd := exec.CommandContext(t.Context(), convert, "--format", "png")
		cmd.Stdin = strings.NewReader(string(SVG(p)))
		out, err := cmd.Output()
		if err != nil || !strings.HasPrefix(string(out), "\x89PNG") {
			t.Errorf("%q: %v, %d bytes", p.Title, err, len(out))
		}
	}
}

// TestMermaid: the whole of a small picture.
func TestMermaid(t *testing.T) {
	p := Picture{
		Title: "Two", Notes: []string{"One is left out."},
		Boxes: []Box{{ID: "w", Title: "web-1", Rows: []Row{{Kind: Service, Label: "nginx :80", Root: true}}}, {ID: "d", Title: "db1", State: Dead}},
		Edges: []Edge{{From: End{"w", 1}, To: End{"d", 0}, Label: ":5432"}, {From: End{"w", 2}, To: End{"d", 0}}, {From: End{"w", 1}, To: End{"nobody", 0}}},
	}
	want := `flowchart LR
%% Two
%% One is left out.
  subgraph n0["web#45;1"]
    n0r1["#35; nginx :80"]
  end
  class n0 s0
  class n0r1 root
  n1["db1 #40;dead#41;"]
  class n1 s4
  n0r1 -->|":5432"| n1
`
	if got := string(Mermaid(p)); !strings.HasPrefix(got, want) || !strings.Contains(got, "classDef s4 stroke:#c43c00,stroke-width:3px") {
		t.Errorf("got\n%s\nwant\n%s...", got, want)
	}
}

// TestSigns: what is not well is told by colour, mark and border; a line by its dashes; all is explained.
func TestSigns(t *testing.T) {
	p := Picture{Legend: []Look{{Text: "needs"}, {Text: "wants"}}, Edges: []Edge{{From: End{Box: "up"}, To: End{Box: "dead"}, Look: Look{Text: "needs"}}}}
	for s := Up; s <= Dead; s++ {
		p.Boxes = append(p.Boxes, Box{ID: s.String(), Title: "box"})
		p.Boxes[s].State = s
	}
	svg := string(SVG(p))
	for s := Up; s <= Dead; s++ {
		for _, want := range []string{fmt.Sprintf(`class="b%d"`, s), tones[s].mark, "<title>host box, " + s.String() + "</title>", ">" + s.String() + "</text>", tones[s].light, tones[s].dark} {
			if !strings.Contains(svg, want) {
				t.Errorf("%v: the picture lacks %q", s, want)
			}
		}
		for other := Up; other < s; other++ {
			if tones[s].mark == tones[other].mark || tones[s].light == tones[other].light || tones[s].edge != "" && tones[s].edge == tones[other].edge {
				t.Errorf("%v looks like %v", s, other)
			}
		}
	}
	p.Boxes = p.Boxes[:1]
	if svg := string(SVG(p)); strings.Contains(svg, ">dead</text>") || strings.Contains(svg, ">wants</text>") || !strings.Contains(svg, ">needs</text>") {
		t.Errorf("the legend explains what is not in the picture, or lacks what is: %s", svg)
	}
}
