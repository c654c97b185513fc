package graph

import (
	"math"
	"strings"
	"testing"
)

func TestValidate(t *testing.T) {
	a, b := Ref{Host, "a"}, Ref{Host, "b"}
	valid := func() Facts {
		return Facts{
			Source: Source{Host: "h", Instance: "os", Boot: 1, Seq: 1},
			Nodes:  []Node{{Ref: a, Labels: []string{"Big", "Old"}, Props: Props{"name": "x"}}, {Ref: b}},
			Rels:   []Rel{{Type: RunsOn, From: a, To: b}, {Type: RunsOn, From: b, To: a}},
		}
	}
	if err := valid().Validate(); err != nil {
		t.Fatal(err)
	}
	value := func(v any) func(*Facts) { return func(f *Facts) { f.Nodes[0].Props["v"] = v } }
	tests := []struct {
		want string
		mar  func(*Facts)
	}{
		{`host is empty`, func(f *Facts) { f.Source.Host = "" }},
		{`instance "a\x00b" has a control character`, func(f *Facts) { f.Source.Instance = "a\x00b" }},
		{`host: 256 bytes, at most 255`, func(f *Facts) { f.Source.Host = strings.Repeat("x", 256) }},
		{`boot 0, sequence 1: both start at 1`, func(f *Facts) { f.Source.Boot = 0 }},
		{`100001 nodes and 2 relationships, at most`, func(f *Facts) { f.Nodes = make([]Node, 100_001) }},
		{`key is empty`, func(f *Facts) { f.Nodes[0].Key = "" }},
		{`4097 bytes, at most 4096`, func(f *Facts) { f.Nodes[0].Key = strings.Repeat("x", 4097) }},
		{`label "Ho st" is not a letter`, func(f *Facts) { f.Nodes[0].Label = "Ho st" }},
		{`label "Old" is repeated or out of order`, func(f *Facts) { f.Nodes[0].Labels = []string{"Old", "Old"} }},
		{`label "Host" is repeated`, func(f *Facts) { f.Nodes[0].Labels = []string{"Host"} }},
		{`label "NIC" can only be the first`, func(f *Facts) { f.Nodes[0].Labels = []string{"NIC"} }},
		{`17 further labels`, func(f *Facts) { f.Nodes[0].Labels = make([]string, 17) }},
		{`property "key" is the node's own key`, func(f *Facts) { f.Nodes[0].Props["key"] = "a" }},
		{`property "1a" is not a letter`, func(f *Facts) { f.Nodes[0].Props["1a"] = "x" }},
		{`has 65 bytes, 1 to 64`, func(f *Facts) { f.Nodes[0].Props[strings.Repeat("p", 65)] = "x" }},
		{`property "v": int is no property value`, value(1)},
		{`property "v": <nil> is no property value`, value(nil)},
		{`property "v": NaN is not a finite`, value(math.NaN())},
		{`property "v": -Inf is not a finite`, value(math.Inf(-1))},
		{`property "v": "\xff" is not UTF-8`, value("\xff")},
		{`property "name": 4097 bytes, at most 4096`, func(f *Facts) { f.Nodes[0].Props["name"] = strings.Repeat("x", MaxKeyBytes+1) }},
		{`65537 bytes, at most 65536`, value(strings.Repeat("x", 65537))},
		{`"\xff" is not UTF-8`, value([]string{"a", "\xff"})},
		{`10001 elements`, value(make([]string, 10_001))},
		{`node "a" of label "Host" is asserted twice`, func(f *Facts) { f.Nodes[1].Ref = a }},
		{`its end "c" of label "Host" is not among the nodes`, func(f *Facts) { f.Rels[0].To.Key = "c" }},
		{`type "RUNS-ON" is not a letter`, func(f *Facts) { f.Rels[0].Type = "RUNS-ON" }},
		{`relationship "RUNS_ON" from "a" to "b" is asserted twice`, func(f *Facts) { f.Rels[1] = f.Rels[0] }},
		{`relationship "ON" from "i" to "a": it has 1 properties; one from label "IP" has none`, func(f *Facts) {
			ip := Ref{IP, "i"}
			f.Nodes, f.Rels = append(f.Nodes, Node{Ref: ip}), []Rel{{Type: On, From: ip, To: a, Props: Props{"x": true}}}
		}},
		{`property "x": []int is no property value`, func(f *Facts) { f.Rels[0].Props = Props{"x": []int{1}} }},
	}
	for _, tt := range tests {
		f := valid()
		tt.mar(&f)
		err := f.Validate()
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "refused facts of document ") {
			t.Errorf("got %v, want ...%s...", err, tt.want)
		}
		parts := f.ValidateParts()
		if apart := strings.HasSuffix(tt.want, "asserted twice") || strings.HasSuffix(tt.want, "among the nodes"); (parts == nil) != apart {
			t.Errorf("%s: its parts by themselves: %v", tt.want, parts)
		}
	}
}

func TestValidateAtTheBounds(t *testing.T) {
	f := Facts{
		Source: Source{Host: strings.Repeat("h", 255), Instance: "i", Boot: 1, Seq: 1},
		Nodes: []Node{{
			Ref: Ref{strings.Repeat("L", 64), strings.Repeat("k", MaxKeyBytes)},
			Props: Props{
				"text": strings.Repeat("x", MaxValueBytes), "list": make([]string, MaxListLen),
				"max": int64(math.MaxInt64), "tiny": math.SmallestNonzeroFloat64, "b": false, "_9": "",
			},
		}, { // an indexed property, and another
			Ref:   Ref{Process, "p"},
			Props: Props{"exe": strings.Repeat("x", MaxKeyBytes), "cwd": strings.Repeat("x", MaxKeyBytes+1)},
		}},
	}
	if err := f.Validate(); err != nil {
		t.Error(err)
	}
}
