package report

import (
	"math"
	"slices"
)

// Statistics describe a set of values.
type Statistics struct {
	Count      int     `json:"count"`
	Mean       float64 `json:"mean"`
	Median     float64 `json:"median"`
	Deviation  float64 `json:"deviation"` // standard deviation of the values themselves, not of a sample
	Min        float64 `json:"min"`
	Max        float64 `json:"max"`
	Percentile float64 `json:"percentile"` // the one asked for
}

// StatNames are the statistics that Named knows.
func StatNames() []string { return []string{"mean", "median", "deviation", "min", "max", "percentile"} }

// Named is the statistic of that name, or of the first where there is no such name.
func (s Statistics) Named(name string) float64 {
	values := []float64{s.Mean, s.Median, s.Deviation, s.Min, s.Max, s.Percentile}
	return values[max(0, slices.Index(StatNames(), name))]
}

// describe sorts values, of which there is at least one. percentile is 0 to 100.
func describe(values []float64, percentile float64) Statistics {
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	s := Statistics{Count: len(values), Mean: sum / float64(len(values)), Min: values[0], Max: values[len(values)-1]}
	squares := 0.0
	for _, v := range values {
		squares += (v - s.Mean) * (v - s.Mean)
	}
	s.Deviation = math.Sqrt(squares / float64(len(values)))
	s.Median, s.Percentile = quantile(values, 50), quantile(values, percentile)
	return s
}

// quantile is the value below which that part of the sorted values lies, in a straight line between two
// of them.
func quantile(sorted []float64, percentile float64) float64 {
	at := percentile / 100 * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
