package cypher

import "math"

func (c *compiler) element(e *element) value {
	of, by := c.expr(e.of), c.expr(e.by)
	return func() any {
		v, err := c.elementAt(of(), by())
		return must(e, v, err)
	}
}

func (c *compiler) slice(e *slice) value {
	of, from, to := c.expr(e.of), c.orNil(e.from), c.orNil(e.to)
	return func() any {
		var first, end any = int64(0), int64(math.MaxInt64)
		list := of()
		if from != nil {
			first = from()
		}
		if to != nil {
			end = to()
		}
		v, err := sliceOf(list, first, end)
		return must(e, v, err)
	}
}

func (c *compiler) list(e *list) value {
	items := c.all(e.items)
	return func() any {
		out := make([]any, len(items))
		for i, item := range items {
			out[i] = item()
		}
		return c.built(out)
	}
}

func (c *compiler) mapping(e *mapping) value {
	values := c.all(e.values)
	return func() any {
		m := make(map[string]any, len(e.keys))
		for i, k := range e.keys {
			m[k] = values[i]()
		}
		return c.built(m)
	}
}

func (c *compiler) mapProjection(e *mapProjection) value {
	of, values := c.expr(e.of), c.all(e.entries.values)
	return func() any {
		source := of()
		if source == nil {
			return nil
		}
		m := map[string]any{}
		if e.all {
			have, err := c.propertiesOf("a map projection", source)
			must(e, nil, err)
			for k, v := range have {
				m[k] = v
			}
		}
		for i, k := range e.entries.keys {
			m[k] = values[i]()
		}
		return c.built(m)
	}
}

// elements compiles the list that an expression goes through. It says false for null.
func (c *compiler) elements(e expr) func() ([]any, bool) {
	list := c.expr(e)
	return func() ([]any, bool) {
		switch v := list().(type) {
		case nil:
			return nil, false
		case []any:
			return v, true
		default:
			must(e, nil, typeErrorf("a list is needed here, not %s", describe(v)))
			return nil, false
		}
	}
}

func (c *compiler) comprehension(e *comprehension) value {
	over := c.elements(e.over)
	inner, slot := c.local(e.name)
	where, result := inner.condition(e.where), inner.orNil(e.result)
	return func() any {
		elements, ok := over()
		if !ok {
			return nil
		}
		out := []any{}
		for _, v := range elements {
			c.spend(1)
			c.row[slot] = v
			if !where() {
				continue
			}
			if result != nil {
				v = result()
			}
			c.spend(Weight(v))
			out = append(out, v)
		}
		return out
	}
}

// quantifier counts the elements for which the condition is true and for which it is unknown.
func (c *compiler) quantifier(e *quantifier) value {
	over := c.elements(e.over)
	inner, slot := c.local(e.name)
	where := inner.truth(e.where)
	return func() any {
		elements, ok := over()
		if !ok {
			return nil
		}
		yes, unknown := 0, 0
		for _, v := range elements {
			c.spend(1)
			c.row[slot] = v
			switch where() {
			case true:
				yes++
			case nil:
				unknown++
			}
		}
		return quantified(e.kind, len(elements), yes, unknown)
	}
}

func (c *compiler) reduction(e *reduction) value {
	over, initial := c.elements(e.over), c.expr(e.initial)
	inner, total := c.local(e.total)
	inner, element := inner.local(e.name)
	next := inner.expr(e.step)
	return func() any {
		elements, ok := over()
		if !ok {
			return nil
		}
		result := initial()
		for _, v := range elements {
			c.spend(1)
			c.row[total], c.row[element] = result, v
			result = next()
		}
		return result
	}
}
