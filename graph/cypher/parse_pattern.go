package cypher

import "strconv"

// paths reads path patterns joined by commas.
func (p *parser) paths() []*pathPattern {
	paths := []*pathPattern{p.path()}
	for p.op(",") {
		paths = append(paths, p.path())
	}
	return paths
}

// path reads a path pattern with its name, if it has one: p = shortestPath((a)-[*]->(b)).
func (p *parser) path() *pathPattern {
	name := ""
	if p.isName(0) && p.isOp(1, "=") {
		name = p.name()
		p.next++
	}
	mode := anyPath
	if p.isOp(1, "(") {
		switch {
		case p.word("shortestPath"):
			mode = onePath
		case p.word("allShortestPaths"):
			mode = allPaths
		}
	}
	var path *pathPattern
	if mode == anyPath {
		path = p.bracketedSteps()
	} else {
		p.needOp("(")
		path = p.steps()
		p.needOp(")")
		checkShortest(path)
	}
	path.name, path.shortest = name, mode
	return path
}

// checkShortest holds the pattern of shortestPath to one relationship, with a lower bound of 0 or 1. One
// that is not of variable length is taken for one of 1 to 1 hops: its name stands for a list too.
func checkShortest(path *pathPattern) {
	if len(path.rels) != 1 {
		fail(path.at(), "InvalidRelationshipPattern", "shortestPath needs a pattern with one relationship")
	}
	r := path.rels[0]
	if r.hops == nil {
		r.hops = &hopRange{min: 1, max: 1}
	}
	if r.hops.min > 1 {
		fail(r.at(), "InvalidRelationshipPattern", "shortestPath needs a lower bound of 0 or 1")
	}
}

// bracketedSteps reads steps that may stand in brackets of their own: ((a)-->(b)).
func (p *parser) bracketedSteps() *pathPattern {
	if !p.isOp(0, "(", "(") {
		return p.steps()
	}
	defer p.leave(p.deeper())
	p.needOp("(")
	path := p.bracketedSteps()
	p.needOp(")")
	if p.isOp(0, "{") || p.isOp(0, "+") || p.isOp(0, "*") {
		p.quantified()
	}
	return path
}

// quantified refuses a quantified path pattern at its quantifier.
func (p *parser) quantified() {
	p.fail("quantified path patterns are not supported: write -[:T*1..5]->")
}

// steps reads nodes joined by relationships.
func (p *parser) steps() *pathPattern {
	path := &pathPattern{pos: p.here(), nodes: []*nodePattern{p.node()}}
	for p.atRel(0) {
		path.rels = append(path.rels, p.rel())
		if p.isOp(0, "{") || p.isOp(0, "+") {
			p.quantified()
		}
		path.nodes = append(path.nodes, p.node())
	}
	return path
}

// atRel reports whether a relationship pattern begins n tokens ahead.
func (p *parser) atRel(n int) bool {
	if p.isOp(n, "<") {
		n++
	}
	return p.isOp(n, "-", "[") || p.isOp(n, "-", "-")
}

func (p *parser) node() *nodePattern {
	at := p.here()
	if !p.isOp(0, "(") {
		p.expected("a node pattern such as (n:Label)")
	}
	p.next++
	n := &nodePattern{constraint{pos: at, name: p.patternName()}}
	if p.op(":") || p.word("IS") {
		n.labels = p.labels()
	}
	p.conditions(&n.constraint)
	p.needOp(")")
	return n
}

// patternName reads the variable of a node or relationship pattern, if there is one.
func (p *parser) patternName() string {
	if !p.isName(0) || p.isWord(0, "WHERE") {
		return ""
	}
	return p.name()
}

// conditions reads {key: value} and WHERE within a node or relationship pattern.
func (p *parser) conditions(c *constraint) {
	if at := p.here(); p.isOp(0, "{") {
		c.props = p.mapping()
	} else if t := p.peek(0); t.kind == tokenParam {
		p.next++
		c.props = &parameter{at, t.text}
	}
	if p.word("WHERE") {
		c.where = p.expr()
	}
}

func (p *parser) rel() *relPattern {
	r := &relPattern{constraint: constraint{pos: p.here()}, dir: Both}
	left := p.op("<")
	p.needOp("-")
	if p.op("[") {
		r.name = p.patternName()
		if p.op(":") || p.word("IS") {
			r.labels = p.labels()
		}
		if p.op("*") {
			r.hops = p.hops()
		}
		p.conditions(&r.constraint)
		if !p.op("]") {
			fail(p.peek(0).pos, "InvalidRelationshipPattern", "expected the end of the relationship pattern, \"]\", found %s", p.found())
		}
		p.sure = p.next
	}
	p.needOp("-")
	switch right := p.op(">"); {
	case left && !right:
		r.dir = In
	case right && !left:
		r.dir = Out
	}
	return r
}

// hops reads what follows the * of a variable length: nothing, n, n.., ..m or n..m.
func (p *parser) hops() *hopRange {
	h := &hopRange{min: 1, max: defaultHops, open: true}
	exact := p.hopCount(&h.min)
	if p.op("..") {
		h.open = !p.hopCount(&h.max)
	} else if exact {
		h.max, h.open = h.min, false
	}
	return h
}

// hopCount reads a number of hops into n, if one stands here.
func (p *parser) hopCount(n *int) bool {
	t := p.peek(0)
	if t.kind != tokenInteger {
		return false
	}
	count, err := strconv.Atoi(t.text)
	if err != nil || count > maxHops {
		p.fail("a relationship pattern may have at most %d hops", maxHops)
	}
	*n = count
	p.next++
	return true
}

// labels reads a label expression: A|B, A&B, A:B, !A, %, (A).
func (p *parser) labels() labelExpr {
	defer p.leave(p.deeper())
	e := p.labelsAnd()
	for p.op("|") {
		p.deeper()
		p.op(":") // the older A|:B
		e = labelOr{e, p.labelsAnd()}
	}
	return e
}

func (p *parser) labelsAnd() labelExpr {
	e := p.label()
	for p.op("&") || p.op(":") {
		p.deeper()
		e = labelAnd{e, p.label()}
	}
	return e
}

func (p *parser) label() labelExpr {
	switch {
	case p.op("!"):
		defer p.leave(p.deeper())
		return labelNot{p.label()}
	case p.op("%"):
		return labelAny{}
	case p.op("("):
		e := p.labels()
		p.needOp(")")
		return e
	}
	return labelName(p.name())
}

// looksLikePattern reports whether a relationship follows the bracket that opens here, which an
// expression can only mean by minus signs or a comparison with a negative.
func (p *parser) looksLikePattern() bool {
	for n, depth := range p.operators() {
		if depth == 0 {
			return p.atRel(n + 1)
		}
	}
	return false
}

// tryPattern reads a path pattern with at least one relationship, or returns nil and reads nothing.
func (p *parser) tryPattern() *pathPattern {
	start := p.next
	tried, ok := p.tried[start]
	if !ok {
		tried = attempt{path: p.patternOrNil(), next: p.next}
		p.tried[start] = tried
	}
	p.next = start
	if tried.path != nil {
		p.next = tried.next
	}
	return tried.path
}

// patternOrNil is tryPattern without the memory.
func (p *parser) patternOrNil() (path *pathPattern) {
	start, depth := p.next, p.depth
	defer func() {
		if thrown := recover(); thrown != nil {
			if _, ok := thrown.(*Error); !ok || p.sure > start {
				panic(thrown)
			}
			path, p.depth = nil, depth
		}
	}()
	path = p.bracketedSteps()
	if len(path.rels) == 0 {
		return nil
	}
	return path
}
