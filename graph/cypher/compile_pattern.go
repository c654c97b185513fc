package cypher

// patternList makes one element of every way in which the pattern matches.
func (c *compiler) patternList(e *patternList) value {
	last, after := c.match([]*pathPattern{e.path}, e.where, c.unit(), c.visible, sequel{})
	inside := *c
	inside.visible = after
	result := inside.expr(e.result)
	var out []any
	run := c.within(last, func() bool {
		v := result()
		c.spend(Weight(v))
		out = append(out, v)
		return true
	})
	return func() any {
		out = []any{}
		run()
		return out
	}
}

// within opens a plan that runs inside an expression.
func (c *compiler) within(last operator, next push) push {
	c.inner = append(c.inner, last)
	if c.explaining {
		return nil // never to be run
	}
	return (&step{session: c.session}).ready(last, next)
}

// patternTest is whether a pattern matches, or the shortest path, or all shortest ones as a list.
func (c *compiler) patternTest(e *patternTest) value {
	if e.path.shortest != anyPath {
		return c.shortestValue(e)
	}
	last, _ := c.match([]*pathPattern{e.path}, nil, c.unit(), c.visible, sequel{repeats: true})
	found := false
	run := c.within(last, func() bool {
		found = true
		return false
	})
	return func() any {
		found = false
		run()
		return found
	}
}

// shortestValue is shortestPath, which is null if there is none, or allShortestPaths.
func (c *compiler) shortestValue(e *patternTest) value {
	named := *e.path
	named.name = pathOfTest
	last, after := c.match([]*pathPattern{&named}, nil, c.unit(), c.visible, sequel{})
	var paths []any
	run := c.within(last, func() bool {
		p := c.row[after[pathOfTest]]
		c.spend(Weight(p))
		paths = append(paths, p)
		return e.path.shortest == allPaths
	})
	return func() any {
		paths = []any{}
		run()
		switch {
		case e.path.shortest == allPaths:
			return paths
		case len(paths) > 0:
			return paths[0]
		}
		return nil
	}
}

// pathOfTest is the variable of a shortest path within an expression. No query can name it.
const pathOfTest = "\x00"

func (c *compiler) subquery(e *subquery) value {
	last, columns := c.query(e.query, c.visible, e.kind == "exists")
	count, out := int64(0), []any(nil)
	run := c.within(last, func() bool {
		count++
		if e.kind == "collect" {
			v := c.row[columns[e.query.columns[0]]]
			c.spend(Weight(v))
			out = append(out, v)
		}
		return e.kind != "exists"
	})
	return func() any {
		count, out = 0, []any{}
		run()
		switch e.kind {
		case "exists":
			return count > 0
		case "count":
			return count
		}
		return out
	}
}
