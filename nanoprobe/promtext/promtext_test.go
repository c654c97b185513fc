package promtext

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

const example = `# HELP up_seconds How long it runs.
# TYPE up_seconds gauge
up_seconds 1.5
# HELP sent_total What was sent to C:\\ or on\n"two" lines.
# TYPE sent_total counter
sent_total{kind="beat",to="a \"b\" \\ \n c"} 3
sent_total{kind="ack",to=""} 1e+21
`

var exampleFamilies = []Family{
	One("up_seconds", Gauge, "How long it runs.", 1.5),
	{Name: "sent_total", Type: Counter, Help: "What was sent to C:\\ or on\n\"two\" lines.", Samples: []Sample{
		{Labels: []Label{{"kind", "beat"}, {"to", "a \"b\" \\ \n c"}}, Value: 3},
		{Labels: []Label{{"kind", "ack"}, {"to", ""}}, Value: 1e21},
	}},
}

func TestAppend(t *testing.T) {
	silent := Family{Name: "silent_total", Type: Counter, Help: "Nothing was counted."}
	all := []Family{exampleFamilies[0], silent, exampleFamilies[1]}
	if got := string(Append([]byte("before\n"), all...)); got != "before\n"+example {
		t.Errorf("got\n%s\nwant\n%s", got, example)
	}
	const broken = `x{l="a` + "�" + `b"} +Inf` + "\n"
	got := Append(nil, Family{Name: "x", Type: Gauge, Samples: []Sample{{Labels: []Label{{"l", "a\xff\xfeb"}}, Value: math.Inf(1)}}})
	if !strings.HasSuffix(string(got), broken) {
		t.Errorf("text that is not UTF-8: %q, want the end %q", got, broken)
	}
}

func TestParse(t *testing.T) {
	got, err := Parse(strings.NewReader(example))
	if err != nil || !reflect.DeepEqual(got, exampleFamilies) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, exampleFamilies)
	}
	if v, ok := Find(got, "sent_total", "kind", "ack", "to", ""); v != 1e21 || !ok {
		t.Errorf("found %v, %t", v, ok)
	}
	if v, ok := Find(got, "sent_total", "kind", "ack"); ok {
		t.Errorf("found %v for a part of the labels", v)
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "# HELP a_total A.\n# TYPE a_total counter\n"
	for _, tt := range []struct{ name, text, want string }{
		{"no end", head + "a_total 1", "no end"},
		{"no samples", head, `"a_total" has no samples`},
		{"no samples before the next", head + "# HELP b B.\n# TYPE b gauge\nb 1\n", `line 3: metric "a_total" has no samples`},
		{"no type", "# HELP a_total A.\n", "has no type"},
		{"no help", "# TYPE a_total counter\na_total 1\n", "without its help"},
		{"type of another", "# HELP b B.\n# TYPE a_total counter\n", "without its help"},
		{"neither", "a_total 1\n", "not below its help"},
		{"sample before the type", "# HELP a_total A.\na_total 1\n", "not below its help"},
		{"a family in two places", head + "a_total 1\n# HELP b B.\n# TYPE b gauge\nb 1\n" + head + "a_total 1\n", "line 7: help"},
		{"a counter's name", "# HELP a A.\n# TYPE a counter\na 1\n", `"a" is a "counter"`},
		{"another type", "# HELP a_total A.\n# TYPE a_total summary\n", "summary"},
		{"below 0", head + "a_total -1\n", "not below 0"},
		{"no number", head + "a_total NaN\n", "not below 0"},
		{"no value", head + "a_total\n", "value"},
		{"words", head + "a_total one\n", "value"},
		{"timestamp", head + "a_total 1 1000\n", "value"},
		{"twice", head + "a_total{x=\"1\"} 1\na_total{x=\"1\"} 2\n", "twice"},
		{"label twice", head + "a_total{x=\"1\",x=\"2\"} 1\n", "label \"x\""},
		{"label's name", head + "a_total{1x=\"1\"} 1\n", "label"},
		{"label open", head + "a_total{x=\"1} 1\n", "no end"},
		{"labels open", head + "a_total{x=\"1\" 1\n", "without an end"},
		{"no labels in braces", head + "a_total{} 1\n", "label"},
		{"backslash", head + "a_total{x=\"\\t\"} 1\n", "no end"},
		{"blank line", head + "a_total 1\n\n", "not below its help"},
		{"comment", "# made by hand\n" + head + "a_total 1\n", "not below its help"},
		{"not UTF-8", "# HELP a_total \xff\n", "UTF-8"},
		{"help's backslash", "# HELP a_total \\q\n", "help"},
		{"long", head + "a_total{x=\"" + strings.Repeat("x", maxLineBytes) + "\"} 1\n", "too long"},
	} {
		families, err := Parse(strings.NewReader(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %+v, error %v; want one that says %q", tt.name, families, err, tt.want)
		}
	}
}

// FuzzParse: what is taken is written again as it was but for the form of its numbers.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("# HELP a \n# TYPE a gauge\na{b=\"\\\\\"} -0x1p3\n")
	f.Fuzz(func(t *testing.T, text string) {
		families, err := Parse(strings.NewReader(text))
		if err != nil {
			return
		}
		once := Append(nil, families...)
		again, err := Parse(strings.NewReader(string(once)))
		if err != nil || string(Append(nil, again...)) != string(once) {
			t.Errorf("%q becomes %q, which becomes %+v, %v", text, once, again, err)
		}
	})
}
