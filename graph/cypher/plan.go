package cypher

// planner turns a checked query into operators for one run. Every variable has a slot of the run's one
// row, and so has every value that an operator leaves for another: what names mean is settled here.
type planner struct {
	*session
	width int        // slots given out
	inner []operator // of the subqueries and patterns in the expressions compiled since inners
}

// slots is the variables in scope and their places in the row.
type slots map[string]int

// with returns a scope of its own: s and one more variable.
func (s slots) with(name string, slot int) slots {
	return s.overlaid(slots{name: slot})
}

// overlaid returns s with all of t before it.
func (s slots) overlaid(t slots) slots {
	all := make(slots, len(s)+len(t))
	for name, slot := range s {
		all[name] = slot
	}
	for name, slot := range t {
		all[name] = slot
	}
	return all
}

// none is the slot of what is not kept.
const none = -1

// slot gives out a slot.
func (p *planner) slot() int {
	p.width++
	return p.width - 1
}

// push takes the row at hand and reports whether it wants more.
type push = func() bool

// operator is a step of a plan. It works in the run's one row and pushes: for every row it makes it
// calls the operator behind it, which has no need to keep what is in other slots.
type operator interface {
	// open makes the operator and those before it ready. What it returns runs them for the row at hand,
	// and may be called again once it is back: they call next for every row they make until it says
	// false, and run says false exactly if next did.
	open(next push) (run push)
	// title says what the operator does, for people.
	title() string
	about() *step
}

// step is what all operators have.
type step struct {
	*session
	input    operator   // nil: a source
	inner    []operator // what runs inside, once a row
	estimate float64    // rows the planner expects
	rows     int        // made, counted by a profile only
	reads    int        // of the graph, likewise
}

func (s *step) about() *step { return s }

// after makes the step that follows an operator and is expected to make so many rows of each of its.
func (p *planner) after(input operator, factor float64) step {
	rows := min(input.about().estimate*factor, maxEstimate)
	return step{session: p.session, input: input, inner: p.inners(), estimate: rows}
}

// maxEstimate keeps products of guesses from becoming infinite.
const maxEstimate = 1e18

// inners takes the plans inside the expressions that were compiled since it was last asked.
func (p *planner) inners() []operator {
	all := p.inner
	p.inner = nil
	return all
}

// unit is the row that a plan begins with.
type unit struct{ step }

// unit makes a source of one row.
func (p *planner) unit() operator {
	return &unit{step{session: p.session, estimate: 1}}
}

func (o *unit) open(next push) push { return next }
func (o *unit) title() string       { return "Argument" }

// ready opens an operator for the one behind it, and lets a profile count.
func (s *step) ready(o operator, next push) push {
	if s.profile == nil {
		return o.open(next)
	}
	return s.profile.opened(o.about(), s, o.open, next)
}
