package cypher

// evaluator computes expressions over rows.
type evaluator struct {
	*session
	groups  map[*aggregation]any // results of the aggregations in the group at hand
	aliases map[expr]string      // expressions whose value is that of a column; see projection
}

// eval returns the value of an expression. It leaves by panic, see catch.
func (x *evaluator) eval(e expr, r *row) any {
	if column, ok := x.aliases[e]; ok {
		v, _ := r.get(column)
		return v
	}
	switch e := e.(type) {
	case *literal:
		return e.value
	case *variable:
		return x.variable(e, r)
	case *parameter:
		v, ok := x.params[e.name]
		if !ok {
			panic(newError(ParameterMissing, "MissingParameter", "parameter $%s is missing", e.name).at(e.at()))
		}
		return v
	case *property:
		v, err := x.property(x.eval(e.of, r), e.key)
		return x.must(e, v, err)
	case *element:
		v, err := x.elementAt(x.eval(e.of, r), x.eval(e.by, r))
		return x.must(e, v, err)
	case *slice:
		return x.slice(e, r)
	case *labelTest:
		return x.labelTest(e, r)
	case *unary:
		return x.unary(e, r)
	case *binary:
		return x.binary(e, r)
	case *chain:
		return x.chain(e, r)
	case *nullTest:
		return (x.eval(e.of, r) == nil) != e.not
	case *call:
		return x.call(e, r)
	case *aggregation:
		return x.groups[e]
	case *choice:
		return x.choice(e, r)
	case *list:
		return x.built(x.evalAll(e.items, r))
	case *mapping:
		return x.built(x.mapping(e, r))
	case *mapProjection:
		return x.mapProjection(e, r)
	case *comprehension:
		return x.comprehension(e, r)
	case *quantifier:
		return x.quantifier(e, r)
	case *reduction:
		return x.reduction(e, r)
	case *patternList:
		return x.patternList(e, r)
	case *patternTest:
		return x.patternTest(e, r)
	case *subquery:
		return x.subquery(e, r)
	}
	panic("cypher: an expression of no known kind")
}

func (x *evaluator) must(e expr, v any, err error) any { return must(e, v, err) }

func (x *evaluator) variable(e *variable, r *row) any {
	v, ok := r.get(e.name)
	if !ok {
		panic("cypher: variable " + e.name + " has passed the checker and is in no row")
	}
	return v
}

func (x *evaluator) evalAll(all []expr, r *row) []any {
	values := make([]any, len(all))
	for i, e := range all {
		values[i] = x.eval(e, r)
	}
	return values
}

// condition evaluates e, which must be true, false or null, and reports whether it is true.
func (x *evaluator) condition(e expr, r *row) bool {
	return e == nil || x.truth(e, r) == true
}

// truth evaluates e to true, false or nil.
func (x *evaluator) truth(e expr, r *row) any {
	switch v := x.eval(e, r).(type) {
	case nil:
		return nil
	case bool:
		return v
	default:
		return x.must(e, nil, typeErrorf("a condition is needed here, and this is %s", describe(v)))
	}
}

// call applies a function. It pays for what goes in and for what comes out.
func (x *evaluator) call(e *call, r *row) any {
	if e.fn.name == "coalesce" { // the arguments after the first that is not null are not evaluated
		for _, arg := range e.args {
			if v := x.eval(arg, r); v != nil {
				return v
			}
		}
		return nil
	}
	args := x.evalAll(e.args, r)
	for _, arg := range args {
		if arg == nil && !e.fn.nulls {
			return nil
		}
		x.spend(Weight(arg))
	}
	v, err := e.fn.call(x.session, args)
	return x.built(x.must(e, v, err))
}

func (x *evaluator) choice(e *choice, r *row) any {
	var subject any
	if e.subject != nil {
		subject = x.eval(e.subject, r)
	}
	for i, when := range e.whens {
		v := x.eval(when, r)
		if e.subject != nil {
			x.spend(Weight(v))
			v = equal(subject, v)
		}
		if v == true {
			return x.eval(e.thens[i], r)
		}
	}
	if e.otherwise == nil {
		return nil
	}
	return x.eval(e.otherwise, r)
}

// labelTest is n:Label, or r:TYPE.
func (x *evaluator) labelTest(e *labelTest, r *row) any {
	switch v := x.eval(e.of, r).(type) {
	case nil:
		return nil
	case NodeID:
		return e.labels.holds(x.graph.labels(v))
	case RelID:
		return e.labels.holds([]string{x.graph.relType(v)})
	default:
		return x.must(e, nil, typeErrorf("%s has no labels", describe(v)))
	}
}
