package cypher

import "slices"

// sorting makes its rows in the order of ORDER BY, equal ones in the order in which they came. With a
// LIMIT it keeps at most about twice as many as the limit lets through.
type sorting struct {
	step
	bounds
	keys       []value
	descending []bool // by key
	kept       []int  // slots
}

// sortedRow is a row that is kept for sorting.
type sortedRow struct {
	keys, kept []any
}

// weight is what the row counts.
func (r sortedRow) weight() int { return 1 + Weight(r.keys) + Weight(r.kept) }

func (o *sorting) open(next push) push {
	var all []sortedRow
	var last []any // the keys of the last row that can still be let through
	to := 0
	run := o.ready(o.input, func() bool {
		r := o.sortedRow()
		if last != nil && o.compare(r.keys, last) >= 0 {
			return true
		}
		o.hold(r.weight())
		all = append(all, r)
		if to > 0 && len(all)/2 > to {
			all = o.cut(all, to)
			last = all[to-1].keys
		}
		return true
	})
	return func() bool {
		if _, to = o.window(); to == 0 {
			return true
		}
		run()
		o.sort(all)
		sorted := all
		all, last = nil, nil
		defer o.cut(sorted, 0)
		for _, r := range sorted {
			for i, slot := range o.kept {
				o.row[slot] = r.kept[i]
			}
			if !next() {
				return false
			}
		}
		return true
	}
}

func (o *sorting) sortedRow() sortedRow {
	r := sortedRow{make([]any, len(o.keys)), make([]any, len(o.kept))}
	for i, k := range o.keys {
		r.keys[i] = k()
	}
	for i, slot := range o.kept {
		r.kept[i] = o.row[slot]
	}
	o.spend(1)
	return r
}

// cut sorts the rows and keeps the first n.
func (o *sorting) cut(all []sortedRow, n int) []sortedRow {
	if n > 0 {
		o.sort(all)
	}
	for _, r := range all[n:] {
		o.release(r.weight())
	}
	clear(all[n:]) // for the garbage collector
	return all[:n]
}

func (o *sorting) sort(all []sortedRow) {
	slices.SortStableFunc(all, func(a, b sortedRow) int { return o.compare(a.keys, b.keys) })
}

func (o *sorting) compare(a, b []any) int {
	for i, descending := range o.descending {
		c := order(a[i], b[i])
		if descending {
			c = -c
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func (o *sorting) title() string {
	if o.limit != nil {
		return "Top"
	}
	return "Sort"
}
