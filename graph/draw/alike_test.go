package draw

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// pictureOf reads boxes and edges from a text: "web1/nginx!dead" is a box with a row and a state, and
// "web1>app1:8080" an edge between first rows with a label.
func pictureOf(text string) (p Picture) {
	states := map[string]State{"": Up, "dead": Dead, "risk": AtRisk}
	for field := range strings.FieldsSeq(text) {
		if from, to, isEdge := strings.Cut(field, ">"); isEdge {
			to, label, _ := strings.Cut(to, ":")
			p.Edges = append(p.Edges, Edge{From: End{from, 1}, To: End{to, 1}, Label: label, Details: []string{field}})
			continue
		}
		id, row, _ := strings.Cut(field, "/")
		row, state, _ := strings.Cut(row, "!")
		p.Boxes = append(p.Boxes, Box{ID: id, Title: id, State: states[state], Rows: []Row{{Label: row, Aside: id, Details: []string{"of " + id}}}})
	}
	return p
}

func TestGroup(t *testing.T) {
	const many, few = 100, 0
	for _, tt := range []struct {
		name, text string
		most       int
		want       string // titles of boxes, then edges with the number of lines of their details
	}{
		{"equal to one", "web1/nginx web2/nginx web3/nginx app1/java web1>app1:80 web2>app1:80 web3>app1:80", many,
			"3 hosts web1..web3, app1; web1>app1:80(3)"},
		{"each to its own", "web1/nginx web2/nginx app1/java app2/java web1>app1:80 web2>app2:80", many,
			"2 hosts web1, web2, 2 hosts app1, app2; web1>app1:80(2)"},
		{"one is dead", "web1/nginx web2/nginx!dead web3/nginx", many, "2 hosts web1, web3, web2; "},
		{"another service", "web1/nginx web2/apache", many, "web1, web2; "},
		{"another port", "web1/nginx web2/nginx app1/java web1>app1:80 web2>app1:81", many, "web1, web2, app1; web1>app1:80(1) web2>app1:81(1)"},
		{"one depends on what is dead", "web1/nginx web2/nginx app1/java app2/java!dead web1>app1:80 web2>app2:80", many,
			"web1, web2, app1, app2; web1>app1:80(1) web2>app2:80(1)"},
		{"a difference two steps away", "a1/a a2/a b1/b b2/b c1/c c2/c!dead a1>b1: a2>b2: b1>c1: b2>c2:", many,
			"a1, a2, b1, b2, c1, c2; a1>b1:(1) a2>b2:(1) b1>c1:(1) b2>c2:(1)"},
		{"one that nobody uses", "web1/nginx app1/java app2/java web1>app1:80", many, "web1, app1, app2; web1>app1:80(1)"},
		{"one that nobody uses, in a large picture", "web1/nginx app1/java app2/java web1>app1:80", few, "web1, 2 hosts app1, app2; web1>app1:80(1)"},
		{"a cluster", "a1/a a2/a a3/a a1>a2: a2>a3: a3>a1:", many, "3 hosts a1..a3; a1>a1:(3)"},
		{"nothing", "", many, "; "},
	} {
		p := Group(pictureOf(tt.text), tt.most)
		var titles, edges []string
		for _, b := range p.Boxes {
			titles = append(titles, b.Title)
		}
		for _, e := range p.Edges {
			edges = append(edges, fmt.Sprintf("%s>%s:%s(%d)", e.From.Box, e.To.Box, e.Label, len(e.Details)))
		}
		if got := strings.Join(titles, ", ") + "; " + strings.Join(edges, " "); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// TestStack: a stack knows how many it stands for, also of stacks, and tells what each has of its own.
func TestStack(t *testing.T) {
	p := pictureOf("web1/nginx web2/nginx")
	p.Boxes[1].Count = 3
	b := Group(p, 0).Boxes[0]
	if b.Count != 4 || b.Rows[0].Aside != "" || !slices.Equal(b.Rows[0].Details, []string{"web1: web1 of web1", "web2: web2 of web2"}) || p.Boxes[0].Rows[0].Aside != "web1" {
		t.Errorf("got %+v of %+v", b, p.Boxes)
	}
}

func TestSpans(t *testing.T) {
	for names, want := range map[string]string{
		"web10 web9 web8":               "web8..web10",
		"web1 web2":                     "web1 web2",
		"web1 web3 web4 web5 db":        "db web1 web3..web5",
		"web08 web09 web10":             "web08..web10",
		"a1 b2 c3":                      "a1 b2 c3",
		"x x x":                         "x x x",
		"n1234567890 n1234567891":       "n1234567890 n1234567891",
		"1 2 3":                         "1..3",
		"a b c":                         "a b c",
		"web1.example.com web2.example": "web1.example.com web2.example",
	} {
		if got := strings.Join(spans(strings.Fields(names)), " "); got != want {
			t.Errorf("spans of %s: %s, want %s", names, got, want)
		}
	}
}

func TestText(t *testing.T) {
	for _, tt := range []struct {
		text string
		most float64
		want string
	}{
		{"web1", 100, "web1"}, {"web1", width("web1") * 10, "web1"}, {"web1.example.com", 60, "web1.ex…"}, {"", 10, ""}, {"日本語日本語", 42, "日本…"}, {"a\nb", 100, "a\ufffdb"},
	} {
		got := fit(tt.text, 10, tt.most)
		if got != tt.want || width(got)*10 > tt.most {
			t.Errorf("fit(%q, 10, %v) = %q of %v, want %q", tt.text, tt.most, got, width(got)*10, tt.want)
		}
	}
	if got := details("head", make([]string, maxDetails+1)); strings.Count(got, "\n") != maxDetails+1 || !strings.HasSuffix(got, "\n…") {
		t.Errorf("details of %d lines: %q", maxDetails+1, got)
	}
	if got := details("head", make([]string, maxDetails)); strings.HasSuffix(got, "…") {
		t.Errorf("details of %d lines are cut: %q", maxDetails, got)
	}
}

// TestCircles: every box has its dot, with a rim, and all names are within the picture.
func TestCircles(t *testing.T) {
	p := onCircles(fleetOf(30, 1))
	p.Rim = "represents its ring"
	p.Circles = append(p.Circles, Circle{Title: "of nobody"})
	d, err := read(SVG(p))
	onEach := 0
	at := p.index()
	for _, e := range p.Edges {
		if p.Boxes[at[e.From.Box]].Circle == p.Boxes[at[e.To.Box]].Circle {
			onEach++
		}
	}
	if err != nil || d.names["circle"] != len(p.Boxes)+1 || onEach == 0 {
		t.Errorf("%d rims, %v, want one a box and one in the legend", d.names["circle"], err)
	}
	for _, a := range d.texts {
		if !a.within(d.view) {
			t.Errorf("text at %v is not within %v", a, d.view)
		}
	}
}

// TestTitled: a stack's title has whole names, and says when there are more.
func TestTitled(t *testing.T) {
	for _, tt := range []struct {
		names []string
		want  string
	}{
		{[]string{"web1..web3"}, "9 hosts web1..web3"},
		{[]string{"db1", "db2", "db3", "db4"}, "9 hosts db1, db2, db3, db4"},
		{[]string{"web1..web3", "web5..web9"}, "9 hosts web1..web3 …"},
		{[]string{"db1", "web1..web3", "web5..web9"}, "9 hosts db1, web1..web3 …"},
		{[]string{"a-name-that-is-longer-than-a-box", "web5..web9"}, "9 hosts a-name-that-is-longer-than-a-box …"},
	} {
		if got := titled("9 hosts", tt.names); got != tt.want {
			t.Errorf("of %q: %q, want %q", tt.names, got, tt.want)
		}
		if w := titleSize * width(titled("9 hosts", tt.names)); len(tt.names[0]) < 20 && w > maxWidth-textAt-padding {
			t.Errorf("of %q: %v wide", tt.names, w)
		}
	}
}
