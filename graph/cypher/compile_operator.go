package cypher

func (c *compiler) unary(e *unary) value {
	if e.op == "NOT" {
		truth := c.truth(e.of)
		return func() any {
			if v, ok := truth().(bool); ok {
				return !v
			}
			return nil
		}
	}
	of := c.expr(e.of)
	return func() any {
		switch v := of().(type) {
		case nil:
			return nil
		case int64:
			n, err := negate(v)
			return must(e, n, err)
		case float64:
			return -v
		default:
			return must(e, nil, typeErrorf("%s cannot be negated", describe(v)))
		}
	}
}

func (c *compiler) binary(e *binary) value {
	switch e.op {
	case "AND":
		return junction(c.truth(e.left), c.truth(e.right), false)
	case "OR":
		return junction(c.truth(e.left), c.truth(e.right), true)
	case "XOR":
		left, right := c.truth(e.left), c.truth(e.right)
		return func() any {
			a, b := left(), right()
			if a == nil || b == nil {
				return nil
			}
			return a != b
		}
	}
	left, right, apply := c.expr(e.left), c.expr(e.right), c.operation(e.op)
	return func() any {
		a, b := left(), right()
		c.spend(Weight(a) + Weight(b))
		v, err := apply(a, b)
		if err != nil {
			return must(e, nil, err)
		}
		return v
	}
}

// junction is AND or OR: it is decided as soon as one side is the deciding truth value.
func junction(left, right value, deciding bool) value {
	return func() any {
		a := left()
		if a == deciding {
			return deciding
		}
		b := right()
		switch {
		case b == deciding:
			return deciding
		case a == nil || b == nil:
			return nil
		}
		return !deciding
	}
}

// operation returns what an operator does with two values.
func (s *session) operation(op string) func(a, b any) (any, error) {
	switch op {
	case "=":
		return func(a, b any) (any, error) { return equal(a, b), nil }
	case "<>", "<", ">", "<=", ">=":
		return func(a, b any) (any, error) { return comparison(op, a, b), nil }
	case "IN":
		return in
	case "STARTS WITH", "ENDS WITH", "CONTAINS":
		return func(a, b any) (any, error) { return textTest(op, a, b), nil }
	case "=~":
		return s.matches
	case "+":
		return plus
	}
	return func(a, b any) (any, error) { return calculate(op, a, b) }
}

// chain is a < b < c: all neighbours compared, each operand evaluated once.
func (c *compiler) chain(e *chain) value {
	operands := c.all(e.operands)
	return func() any {
		var result any = true
		left := operands[0]()
		for i, op := range e.ops {
			right := operands[i+1]()
			c.spend(Weight(left) + Weight(right))
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
}
