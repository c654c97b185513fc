package cypher

// value computes an expression for the row at hand. It leaves by panic, see catch.
type value func() any

// condition is a value that is true or not: false and null are alike.
type condition func() bool

// compiler turns expressions into functions of the row.
type compiler struct {
	*planner
	visible slots
	aliases map[expr]int         // expressions whose value is in a slot already; see projection.aliases
	results map[*aggregation]int // behind an aggregation: where its result is
}

func (p *planner) compiler(visible slots) *compiler {
	return &compiler{planner: p, visible: visible}
}

// local returns a compiler for what stands inside an expression that defines a variable of its own.
func (c *compiler) local(name string) (inner *compiler, slot int) {
	slot = c.slot()
	with := *c
	with.visible = c.visible.with(name, slot)
	return &with, slot
}

// expr compiles an expression.
func (c *compiler) expr(e expr) value {
	if slot, ok := c.known(e); ok {
		return func() any { return c.row[slot] }
	}
	switch e := e.(type) {
	case *literal:
		return func() any { return e.value }
	case *variable:
		return c.variable(e)
	case *parameter:
		return c.parameter(e)
	case *property:
		return c.property(e)
	case *element:
		return c.element(e)
	case *slice:
		return c.slice(e)
	case *labelTest:
		return c.labelTest(e)
	case *unary:
		return c.unary(e)
	case *binary:
		return c.binary(e)
	case *chain:
		return c.chain(e)
	case *nullTest:
		of := c.expr(e.of)
		return func() any { return (of() == nil) != e.not }
	case *call:
		return c.call(e)
	case *choice:
		return c.choice(e)
	case *list:
		return c.list(e)
	case *mapping:
		return c.mapping(e)
	case *mapProjection:
		return c.mapProjection(e)
	case *comprehension:
		return c.comprehension(e)
	case *quantifier:
		return c.quantifier(e)
	case *reduction:
		return c.reduction(e)
	case *patternList:
		return c.patternList(e)
	case *patternTest:
		return c.patternTest(e)
	case *subquery:
		return c.subquery(e)
	}
	panic("cypher: an expression of no known kind")
}

// known returns the slot of an expression that has been computed before.
func (c *compiler) known(e expr) (int, bool) {
	if slot, ok := c.aliases[e]; ok {
		return slot, true
	}
	a, ok := e.(*aggregation)
	if !ok {
		return none, false
	}
	slot, ok := c.results[a]
	return slot, ok
}

func (c *compiler) all(es []expr) []value {
	values := make([]value, len(es))
	for i, e := range es {
		values[i] = c.expr(e)
	}
	return values
}

// orNil compiles an expression that may be missing.
func (c *compiler) orNil(e expr) value {
	if e == nil {
		return nil
	}
	return c.expr(e)
}

func (c *compiler) variable(e *variable) value {
	slot, ok := c.visible[e.name]
	if !ok {
		panic("cypher: variable " + e.name + " has passed the checker and is in no scope")
	}
	return func() any { return c.row[slot] }
}

func (c *compiler) parameter(e *parameter) value {
	v, ok := c.params[e.name]
	return func() any {
		if !ok {
			panic(newError(ParameterMissing, "MissingParameter", "parameter $%s is missing", e.name).at(e.at()))
		}
		return v
	}
}

// truth compiles an expression that must be true, false or null.
func (c *compiler) truth(e expr) value {
	v := c.expr(e)
	return func() any {
		switch v := v().(type) {
		case nil:
			return nil
		case bool:
			return v
		default:
			return must(e, nil, typeErrorf("a condition is needed here, and this is %s", describe(v)))
		}
	}
}

// condition compiles a condition; one that is missing always holds.
func (c *compiler) condition(e expr) condition {
	if e == nil {
		return func() bool { return true }
	}
	truth := c.truth(e)
	return func() bool { return truth() == true }
}

// must returns v, or fails with err at the place of e.
func must(e expr, v any, err error) any {
	if err == nil {
		return v
	}
	if known, ok := err.(*Error); ok {
		panic(known.at(e.at()))
	}
	panic(err)
}

// call compiles a function's call. It pays for what goes in and for what comes out.
func (c *compiler) call(e *call) value {
	args := c.all(e.args)
	if e.fn.name == "coalesce" { // the arguments after the first that is not null are not evaluated
		return func() any {
			for _, arg := range args {
				if v := arg(); v != nil {
					return v
				}
			}
			return nil
		}
	}
	return func() any {
		values := make([]any, len(args))
		for i, arg := range args {
			values[i] = arg()
		}
		for _, v := range values {
			if v == nil && !e.fn.nulls {
				return nil
			}
			c.spend(Weight(v))
		}
		v, err := e.fn.call(c.session, values)
		return c.built(must(e, v, err))
	}
}

func (c *compiler) choice(e *choice) value {
	subject, otherwise := c.orNil(e.subject), c.orNil(e.otherwise)
	whens, thens := c.all(e.whens), c.all(e.thens)
	return func() any {
		var of any
		if subject != nil {
			of = subject()
		}
		for i, when := range whens {
			v := when()
			if subject != nil {
				c.spend(Weight(v))
				v = equal(of, v)
			}
			if v == true {
				return thens[i]()
			}
		}
		if otherwise == nil {
			return nil
		}
		return otherwise()
	}
}
