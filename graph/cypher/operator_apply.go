package cypher

import "fmt"

// apply runs its inner plan for every row, and makes a row of each of its.
type apply struct{ step }

func (o *apply) open(next push) push {
	more := true
	inner := o.ready(o.inner[len(o.inner)-1], func() bool {
		more = next()
		return more
	})
	return o.ready(o.input, func() bool {
		more = true
		inner()
		return more
	})
}

func (o *apply) title() string { return "Apply" }

// optional is apply, but where the inner plan makes no row there is one of nulls.
type optional struct {
	step
	nulls []int // slots
}

func (o *optional) open(next push) push {
	found, more := false, true
	inner := o.ready(o.inner[len(o.inner)-1], func() bool {
		found = true
		more = next()
		return more
	})
	return o.ready(o.input, func() bool {
		found, more = false, true
		inner()
		if found {
			return more
		}
		for _, slot := range o.nulls {
			o.row[slot] = nil
		}
		return next()
	})
}

func (o *optional) title() string { return "Optional" }

// union runs one plan after the other.
type union struct{ step }

func (o *union) open(next push) push {
	runs := make([]push, len(o.inner))
	for i, part := range o.inner {
		runs[i] = o.ready(part, next)
	}
	return func() bool {
		for _, run := range runs {
			if !run() {
				return false
			}
		}
		return true
	}
}

func (o *union) title() string { return "Union" }

// move puts values into other slots.
type move struct {
	step
	from, to []int
}

func (o *move) open(next push) push {
	return o.ready(o.input, func() bool {
		for i, slot := range o.from {
			o.row[o.to[i]] = o.row[slot]
		}
		return next()
	})
}

func (o *move) title() string { return "Columns" }

// unwinding makes a row of each element. A single value is a list of one, null a list of none.
type unwinding struct {
	step
	list value
	to   int
	name string
}

func (o *unwinding) open(next push) push {
	return o.ready(o.input, func() bool {
		v := o.list()
		elements, ok := v.([]any)
		if !ok && v != nil {
			elements = []any{v}
		}
		for _, e := range elements {
			o.spend(1)
			o.row[o.to] = e
			if !next() {
				return false
			}
		}
		return true
	})
}

func (o *unwinding) title() string { return fmt.Sprintf("Unwind %s", o.name) }

// filter lets rows pass for which all conditions are true.
type filter struct {
	step
	conditions []condition
	text       string
}

func (o *filter) open(next push) push {
	return o.ready(o.input, func() bool {
		for _, holds := range o.conditions {
			if !holds() {
				return true
			}
		}
		return next()
	})
}

func (o *filter) title() string { return "Filter " + o.text }
