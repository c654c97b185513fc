package cypher

// project computes columns.
type project struct {
	step
	values []value
	to     []int
	text   string
}

func (o *project) open(next push) push {
	return o.ready(o.input, func() bool {
		o.spend(1)
		for i, v := range o.values {
			o.row[o.to[i]] = v()
		}
		return next()
	})
}

func (o *project) title() string { return "Project " + o.text }

// distinct lets the first of all rows pass that are the same in some slots.
type distinct struct {
	step
	columns []int
}

func (o *distinct) open(next push) push {
	var seen *set
	values := make([]any, len(o.columns))
	run := o.ready(o.input, func() bool {
		for i, slot := range o.columns {
			values[i] = o.row[slot]
		}
		return !seen.add(values) || next()
	})
	return func() bool {
		seen.drop()
		seen = o.newSet()
		return run()
	}
}

func (o *distinct) title() string { return "Distinct" }

// bounds is SKIP and LIMIT; nil where there is none.
type bounds struct {
	skip, limit func() int
}

// window returns how many rows are left out, and that number plus those let through.
func (b bounds) window() (from, to int) {
	to = maxSpend
	if b.skip != nil {
		from = b.skip()
	}
	if b.limit != nil {
		to = from + b.limit()
	}
	return from, to
}

// window applies SKIP and LIMIT.
type window struct {
	step
	bounds
}

func (o *window) open(next push) push {
	n, from, to, more := 0, 0, 0, true
	run := o.ready(o.input, func() bool {
		if n++; n > from {
			more = next()
		}
		return more && n < to
	})
	return func() bool {
		n, more = 0, true
		if from, to = o.window(); from < to {
			run()
		}
		return more
	}
}

func (o *window) title() string { return "Skip and Limit" }
