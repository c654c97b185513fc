package neo4j

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
)

// says is an assertion of one property for every letter: "ab" is {a: "ab", b: "ab"}.
func says(text string) assertion {
	a := assertion{Props: graph.Props{}}
	for _, name := range text {
		a.Props[string(name)] = text
	}
	return a
}

func TestElementRuns(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"one", "+3a", "a×1@0"},
		{"alike", "+3a +5a +6a", "a×3@0"},
		{"different", "+3a +5a +8b +9a", "a×2@0 b×1@8 a×1@9"},
		{"the middle goes", "+3a +5a +8b +9a -8", "a×3@0"},
		{"of two in the middle one goes", "+3a +8b +9b +10a -9", "a×1@0 b×1@8 a×1@10"},
		{"the first goes", "+3a +8b +9a -3", "b×1@0 a×1@9"},
		{"the last goes", "+3a +8b -8", "a×1@0"},
		{"all go", "+3a +8b -3 -8", ""},
		{"aged while alike", "+3a +4a -9", "a×1@0"}, // the document of age 4 is 9 by now
		{"aged while alike, then mixed", "+3a +4a +10b -9", "a×1@0 b×1@10"},
		{"at its run's beginning", "+3a +8b -8 +9b", "a×1@0 b×1@9"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var e element
			for _, step := range strings.Fields(test.script) {
				var age uint64
				var text string
				fmt.Sscanf(step[1:], "%d%s", &age, &text)
				if step[0] == '+' {
					e.claim(age, says(text))
				} else {
					e.withdraw(age)
				}
			}
			if got := show(e); got != test.want {
				t.Errorf("%s: got %s, want %s", test.script, got, test.want)
			}
		})
	}
}

func show(e element) string {
	var parts []string
	for _, r := range e.runs {
		names := slices.Sorted(maps.Keys(r.Props))
		parts = append(parts, fmt.Sprintf("%s×%d@%d", strings.Join(names, ""), r.Documents, r.Since))
	}
	return strings.Join(parts, " ")
}

// Runs come to what a list of all claims in the order of age comes to.
func TestElementEqualsList(t *testing.T) {
	type claim struct {
		age  uint64
		says string
	}
	texts := []string{"a", "ab", "bc"}
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var e element
		var list []claim // by age
		for clock := uint64(1); clock < 40; clock++ {
			i := rng.IntN(8)
			if i < len(list) { // a document that is there goes, or changes and is the youngest then
				e.withdraw(list[i].age)
				list = slices.Delete(list, i, i+1)
			}
			if i%3 != 0 || len(list) == 0 {
				text := texts[rng.IntN(len(texts))]
				e.claim(clock, says(text))
				list = append(list, claim{clock, text})
			}
			want := assertion{Props: graph.Props{}}
			for _, c := range list {
				maps.Copy(want.Props, says(c.says).Props)
			}
			got, is := e.united()
			if is != (len(list) > 0) || !got.equal(want) {
				t.Fatalf("seed=%d: %v come to %v as %s, want %v", seed, list, got, show(e), want)
			}
			if distinct := len(e.runs); distinct > len(list) {
				t.Fatalf("seed=%d: %d runs of %d claims", seed, distinct, len(list))
			}
		}
	}
}

func TestElementSurvivesNeo4j(t *testing.T) {
	labelled := assertion{Labels: []string{"A", "B"}, Props: graph.Props{"n": int64(1), "f": 2.0, "b": true, "l": []string{"x"}, "e": []string{}}}
	evidence := graph.Props{"endpoints": []string{"e"}, "since_ms": int64(5)}
	for name, e := range map[string]element{
		"one claim":             {runs: []run{{assertion: labelled, Documents: 1}}},
		"three alike":           {runs: []run{{assertion: labelled, Documents: 3}}},
		"mixed":                 {runs: []run{{assertion: labelled, Documents: 3}, {assertion: says("a"), Documents: 1, Since: 1 << 60}}},
		"resolved":              {resolved: evidence},
		"resolved and asserted": {resolved: evidence, runs: []run{{assertion: says("a"), Documents: 1}}},
		"with sources":          {runs: []run{{assertion: says("a"), Documents: 2}}, sources: []string{"h\x00i", "h\x00j"}},
	} {
		t.Run(name, func(t *testing.T) {
			united, _ := e.united()
			props, err := e.encode(united)
			if err != nil {
				t.Fatal(err)
			}
			props[graph.KeyProp] = "k"
			got, err := decodeElement([]string{"B", "A"}, asDriver(props))
			if len(united.Labels) == 0 {
				got, err = decodeElement(nil, asDriver(props))
			}
			if err != nil || !got.equal(e) {
				t.Errorf("got %+v, %v; want %+v", got, err, e)
			}
		})
	}
}

// asDriver returns properties as the driver gives them back.
func asDriver(props map[string]any) map[string]any {
	out := map[string]any{}
	for name, v := range props {
		switch v := v.(type) {
		case int:
			out[name] = int64(v)
		case []string:
			list := []any{}
			for _, s := range v {
				list = append(list, s)
			}
			out[name] = list
		default:
			out[name] = v
		}
	}
	return out
}
