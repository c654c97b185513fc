package cypher

import "context"

// Budget bounds what one run of a query may cost. Time is bounded by the context.
type Budget struct {
	// Steps bounds the work: a node or relationship looked at, a row made, an operator applied, each
	// element of a list and each 16 bytes of a string that are built or compared. Default 20 million,
	// a few seconds; since everything a query builds is paid for in steps, they bound its memory too.
	Steps int
	// Rows bounds the rows of the result. Default 100,000.
	Rows int
	// Values bounds what a query keeps at once: the rows that are sorted, grouped or told apart, the
	// elements that are collected, and the result, all counted in values. Default 2 million, at about
	// 100 bytes each.
	Values int
}

// Defaults of Budget.
const (
	defaultSteps  = 20_000_000
	defaultRows   = 100_000
	defaultValues = 2_000_000
)

// maxSpend is more than any budget and less than an overflow.
const maxSpend = 1 << 60

// stepsPerCheck is how many steps go by between two looks at the context: some 50 µs.
const stepsPerCheck = 1024

// meter counts what a run costs and stops it.
type meter struct {
	ended      func() error // the context's Err
	budget     Budget
	steps      int // spent
	checked    int // steps at the last look at the context
	valuesHeld int
}

func newMeter(ctx context.Context, b Budget) *meter {
	set := func(n *int, def int) {
		if *n <= 0 {
			*n = def
		}
	}
	set(&b.Steps, defaultSteps)
	set(&b.Rows, defaultRows)
	set(&b.Values, defaultValues)
	m := &meter{ended: ctx.Err, budget: b}
	m.look()
	return m
}

// spend counts steps.
func (m *meter) spend(steps int) {
	if steps > m.budget.Steps-m.steps {
		panic(newError(LimitExceeded, "Steps", "the query was stopped after %d steps", m.budget.Steps))
	}
	if m.steps += steps; m.steps-m.checked >= stepsPerCheck {
		m.look()
	}
}

func (m *meter) look() {
	m.checked = m.steps
	if err := m.ended(); err != nil {
		stopped := newError(Stopped, "", "the query was stopped after %d steps: %v", m.steps, err)
		stopped.cause = err
		panic(stopped)
	}
}

// hold counts values that are kept.
func (m *meter) hold(values int) {
	if m.valuesHeld += values; m.valuesHeld > m.budget.Values {
		panic(newError(LimitExceeded, "Values", "the query was stopped: it would keep more than %d values at once", m.budget.Values))
	}
}

// release takes back what hold counted.
func (m *meter) release(values int) { m.valuesHeld -= values }

// result counts the rows of the result.
func (m *meter) result(rows int) {
	if rows > m.budget.Rows {
		panic(newError(LimitExceeded, "Rows", "the query was stopped: its result has more than %d rows", m.budget.Rows))
	}
}

// Weight is what a value counts in steps and kept values: 1, its elements, 16 bytes of a string, and of what
// is in a Result the properties too.
func Weight(v any) int {
	switch v := v.(type) {
	case string:
		return 1 + len(v)/16
	case []any:
		n := 1
		for _, e := range v {
			n += Weight(e)
		}
		return n
	case map[string]any:
		n := 1
		for k, e := range v {
			n += 1 + len(k)/16 + Weight(e)
		}
		return n
	case *path:
		return 1 + 2*len(v.rels)
	case Node:
		return 1 + Weight(v.Props)
	case Relationship:
		return 1 + Weight(v.Props)
	case Path:
		n := 1
		for _, e := range v.Nodes {
			n += Weight(e)
		}
		for _, e := range v.Relationships {
			n += Weight(e)
		}
		return n
	}
	return 1
}
