package promtext

import (
	"strconv"
	"strings"
)

// ContentType is that of the text in HTTP.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Type is how a metric behaves.
type Type string

// The types there are.
const (
	Counter Type = "counter" // only grows, from 0 at the start of its program
	Gauge   Type = "gauge"   // goes up and down
)

// Family is one metric.
type Family struct {
	Name    string // letters, digits and '_', no digit first; that of a counter ends in _total
	Type    Type
	Help    string   // a sentence
	Samples []Sample // no two of the same labels; none: the family is not written
}

// Sample is one value of a metric.
type Sample struct {
	Labels []Label
	Value  float64
}

// Label tells a sample from the others of its family.
type Label struct {
	Name  string // as that of a family
	Value string // any text in UTF-8
}

// One is a metric of one value without labels.
func One(name string, kind Type, help string, value float64) Family {
	return Family{Name: name, Type: kind, Help: help, Samples: []Sample{{Value: value}}}
}

// Add gives f one more sample.
func (f *Family) Add(value float64, labels ...Label) {
	f.Samples = append(f.Samples, Sample{Labels: labels, Value: value})
}

// Append writes families to the end of b, in their order.
func Append(b []byte, families ...Family) []byte {
	helpEscapes := strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	valueEscapes := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	for _, f := range families {
		if len(f.Samples) == 0 {
			continue
		}
		b = append(b, "# HELP "+f.Name+" "+helpEscapes.Replace(f.Help)+"\n# TYPE "+f.Name+" "+string(f.Type)+"\n"...)
		for _, s := range f.Samples {
			b = append(b, f.Name...)
			for i, l := range s.Labels {
				b = append(b, "{,"[min(i, 1)])
				b = append(b, l.Name+`="`+valueEscapes.Replace(strings.ToValidUTF8(l.Value, "�"))+`"`...)
			}
			if len(s.Labels) > 0 {
				b = append(b, '}')
			}
			b = strconv.AppendFloat(append(b, ' '), s.Value, 'g', -1, 64)
			b = append(b, '\n')
		}
	}
	return b
}
