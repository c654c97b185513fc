package cypher

import (
	"math"
	"slices"
)

// aggregate is a function over the rows of a group.
type aggregate struct {
	name string
	args int
	make func() accumulator
}

// accumulator takes the values of a group that are not null, one after another. More are the further
// arguments in the same row. Errors are *Error without a place.
type accumulator interface {
	add(m *meter, v any, more []any) error
	result() any
}

var aggregates = []aggregate{
	{"count", 1, func() accumulator { return &counter{} }},
	{"sum", 1, func() accumulator { return &sum{} }},
	{"avg", 1, func() accumulator { return &mean{} }},
	{"min", 1, func() accumulator { return &extreme{sign: -1} }},
	{"max", 1, func() accumulator { return &extreme{sign: 1} }},
	{"collect", 1, func() accumulator { return &collector{list: []any{}} }},
	{"stDev", 1, func() accumulator { return &deviation{sample: true} }},
	{"stDevP", 1, func() accumulator { return &deviation{} }},
	{"percentileCont", 2, func() accumulator { return &percentile{continuous: true} }},
	{"percentileDisc", 2, func() accumulator { return &percentile{} }},
}

type counter struct{ n int64 }

func (c *counter) add(*meter, any, []any) error { c.n++; return nil }
func (c *counter) result() any                  { return c.n }

// sum is an integer as long as all values are. It adds numbers, or durations.
type sum struct{ total any }

func (s *sum) add(_ *meter, v any, _ []any) (err error) {
	if _, isDuration := v.(Duration); !isDuration && !isNumber(v) {
		return typeErrorf("sum needs numbers or durations, not %s", describe(v))
	}
	if s.total == nil {
		s.total = v
		return nil
	}
	s.total, err = calculate("+", s.total, v)
	return err
}

func (s *sum) result() any {
	if s.total == nil {
		return int64(0)
	}
	return s.total
}

type mean struct {
	n     int64
	total float64
}

func (a *mean) add(_ *meter, v any, _ []any) error {
	f, err := numberArg("avg", v)
	a.n++
	a.total += f
	return err
}

func (a *mean) result() any {
	if a.n == 0 {
		return nil
	}
	return a.total / float64(a.n)
}

// extreme keeps the value that comes first (sign -1) or last (sign 1) in order.
type extreme struct {
	sign int
	best any
}

func (e *extreme) add(_ *meter, v any, _ []any) error {
	if e.best == nil || order(v, e.best)*e.sign > 0 {
		e.best = v
	}
	return nil
}

func (e *extreme) result() any { return e.best }

type collector struct{ list []any }

func (c *collector) add(m *meter, v any, _ []any) error {
	m.hold(Weight(v))
	c.list = append(c.list, v)
	return nil
}

func (c *collector) result() any { return c.list }

// deviation is the standard deviation by Welford's method, which needs one pass.
type deviation struct {
	sample        bool // over a sample (n-1), not over a population (n)
	n             int64
	mean, squares float64
}

func (d *deviation) add(_ *meter, v any, _ []any) error {
	x, err := numberArg("stDev", v)
	d.n++
	delta := x - d.mean
	d.mean += delta / float64(d.n)
	d.squares += delta * (x - d.mean)
	return err
}

func (d *deviation) result() any {
	n := d.n
	if d.sample {
		n--
	}
	if n < 1 {
		return 0.0
	}
	return math.Sqrt(d.squares / float64(n))
}

// percentile keeps all values; where it looks is the further argument of the last row.
type percentile struct {
	continuous bool // between two values, not at one of them
	where      float64
	values     []any
}

func (p *percentile) add(m *meter, v any, more []any) error {
	p.where = number(more[0])
	if !(p.where >= 0 && p.where <= 1) { // NaN as well
		return newError(ArgumentError, "NumberOutOfRange", "a percentile is between 0.0 and 1.0")
	}
	if !isNumber(v) {
		return typeErrorf("a percentile needs numbers, not %s", describe(v))
	}
	m.hold(1)
	p.values = append(p.values, v)
	return nil
}

func (p *percentile) result() any {
	n := len(p.values)
	if n == 0 {
		return nil
	}
	slices.SortFunc(p.values, order)
	if !p.continuous {
		return p.values[max(0, int(math.Ceil(p.where*float64(n)))-1)]
	}
	x := p.where * float64(n-1)
	below := int(x)
	low, high := number(p.values[below]), number(p.values[min(below+1, n-1)])
	return low + (high-low)*(x-float64(below))
}
