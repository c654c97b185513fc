package cypher

import "iter"

// row is the variables in scope and their values: the newest binding and those before it. Rows never
// change, so that many share the bindings they were made from and backtracking costs nothing. The
// empty row is nil.
type row struct {
	before *row
	name   string
	value  any
}

// rows are produced as they are asked for: what a LIMIT or an EXISTS leaves over is never computed.
type rows = iter.Seq[*row]

// with returns r and one more binding, which hides an older one of the name.
func (r *row) with(name string, value any) *row {
	return &row{r, name, value}
}

func (r *row) get(name string) (any, bool) {
	for ; r != nil; r = r.before {
		if r.name == name {
			return r.value, true
		}
	}
	return nil, false
}

// named is get for the name in a pattern, which may be missing.
func (r *row) named(name string) (any, bool) {
	if name == "" {
		return nil, false
	}
	return r.get(name)
}

// has reports whether all names are bound.
func (r *row) has(names []string) bool {
	for _, n := range names {
		if _, ok := r.get(n); !ok {
			return false
		}
	}
	return true
}

// one yields a single row.
func one(r *row) rows {
	return func(yield func(*row) bool) { yield(r) }
}
