package cypher

// The tree is made by the parser and completed by the checker; after that it does not change.

// pos is where a node of the tree starts: a byte offset in the query's text.
type pos int

func (p pos) at() int { return int(p) }

// query is parts joined by UNION.
type query struct {
	pos
	parts   []*part
	all     []bool   // all[i]: UNION ALL stands before parts[i+1]
	columns []string // by the checker; empty when the query ends without RETURN, as a subquery may
}

// part is a sequence of clauses.
type part struct {
	pos
	clauses []clause
	// isolated says that it sees no variables from outside: it stands in CALL { }, and does not begin
	// with WITH and the names of those that it wants.
	isolated bool
}

// clause is *match, *unwind, *projection or *subcall.
type clause interface {
	at() int
}

type match struct {
	pos
	optional bool
	paths    []*pathPattern
	where    expr // nil: none
}

type unwind struct {
	pos
	list expr
	name string
}

// projection is WITH or RETURN.
type projection struct {
	pos
	returns, distinct, star bool
	items                   []item // the checker puts those of * before the others
	order                   []sortKey
	skip, limit, where      expr // nil: none

	// aliases, by the checker, maps what ORDER BY (or WHERE, where rows are not kept) repeats of the
	// items to their columns.
	aliases map[expr]string
}

type item struct {
	expr
	name  string // of the column: that after AS, else the variable's, else the text
	named bool   // has AS
}

type sortKey struct {
	expr
	descending bool
}

// subcall is CALL (imports) { query }, or CALL { query }, whose parts import for themselves.
type subcall struct {
	pos
	everything bool // CALL (*), or CALL { }
	imports    []*variable
	query      *query
}

// pathPattern is nodes joined by relationships: one more node than relationships.
type pathPattern struct {
	pos
	name     string // "" if it has none
	shortest shortest
	nodes    []*nodePattern
	rels     []*relPattern
}

type shortest int

const (
	anyPath  shortest = iota
	onePath           // shortestPath(...)
	allPaths          // allShortestPaths(...)
)

// constraint is what node and relationship patterns have in common.
type constraint struct {
	pos
	name   string    // "" if it has none
	labels labelExpr // or types; nil: any
	props  expr      // a *mapping or a *parameter; nil: none
	where  expr      // nil: none
}

type nodePattern struct {
	constraint
}

type relPattern struct {
	constraint
	dir  Direction
	hops *hopRange // nil: exactly one, and the name stands for it instead of for a list
}

type hopRange struct {
	min, max int
	open     bool // max was not written: it is defaultHops
}

const (
	// defaultHops bounds paths for which the query gives no bound. The deepest dependency that the
	// model has, a service on a container on a guest on a host behind two switches, has 10 hops.
	defaultHops = 30
	// maxHops bounds what a query may ask for, since matching recurses once a hop.
	maxHops = 1000
)

// patternNames returns the variables of patterns in the order in which they stand.
func patternNames(paths []*pathPattern) []string {
	var names []string
	add := func(name string) {
		if name != "" {
			names = append(names, name)
		}
	}
	for _, p := range paths {
		add(p.name)
		for i, n := range p.nodes {
			add(n.name)
			if i < len(p.rels) {
				add(p.rels[i].name)
			}
		}
	}
	return names
}
