package cypher

func (x *evaluator) unary(e *unary, r *row) any {
	if e.op == "NOT" {
		if v, ok := x.truth(e.of, r).(bool); ok {
			return !v
		}
		return nil
	}
	switch v := x.eval(e.of, r).(type) {
	case nil:
		return nil
	case int64:
		n, err := negate(v)
		return x.must(e, n, err)
	case float64:
		return -v
	default:
		return x.must(e, nil, typeErrorf("%s cannot be negated", describe(v)))
	}
}

func (x *evaluator) binary(e *binary, r *row) any {
	switch e.op {
	case "AND":
		return x.junction(e, r, false)
	case "OR":
		return x.junction(e, r, true)
	case "XOR":
		a, b := x.truth(e.left, r), x.truth(e.right, r)
		if a == nil || b == nil {
			return nil
		}
		return a != b
	}
	a, b := x.eval(e.left, r), x.eval(e.right, r)
	x.spend(Weight(a) + Weight(b))
	switch e.op {
	case "=", "<>", "<", ">", "<=", ">=":
		return comparison(e.op, a, b)
	case "IN":
		v, err := in(a, b)
		return x.must(e, v, err)
	case "STARTS WITH", "ENDS WITH", "CONTAINS":
		return textTest(e.op, a, b)
	case "=~":
		v, err := x.matches(a, b)
		return x.must(e, v, err)
	case "+":
		v, err := plus(a, b)
		return x.must(e, v, err)
	}
	v, err := calculate(e.op, a, b)
	return x.must(e, v, err)
}

// junction is AND or OR: it is decided as soon as one side is the deciding truth value.
func (x *evaluator) junction(e *binary, r *row, deciding bool) any {
	a := x.truth(e.left, r)
	if a == deciding {
		return deciding
	}
	b := x.truth(e.right, r)
	switch {
	case b == deciding:
		return deciding
	case a == nil || b == nil:
		return nil
	}
	return !deciding
}

// chain is a < b < c: all neighbours compared, each operand evaluated once.
func (x *evaluator) chain(e *chain, r *row) any {
	var result any = true
	left := x.eval(e.operands[0], r)
	for i, op := range e.ops {
		right := x.eval(e.operands[i+1], r)
		x.spend(Weight(left) + Weight(right))
		switch comparison(op, left, right) {
		case false:
			return false
		case nil:
			result = nil
		}
		left = right
	}
	return result
}
