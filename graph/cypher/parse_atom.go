package cypher

import "strings"

func (p *parser) atom() expr {
	at, t := p.here(), p.peek(0)
	switch t.kind {
	case tokenInteger, tokenFloat:
		return p.number(at, "")
	case tokenString:
		p.next++
		return &literal{at, t.text}
	case tokenParam:
		p.next++
		return &parameter{at, t.text}
	case tokenWord:
		return p.wordAtom(at, t.text)
	case tokenQuotedName:
		p.next++
		return &variable{at, t.text}
	}
	switch {
	case p.isOp(0, "("):
		return p.bracketed(at)
	case p.isOp(0, "["):
		return p.listAtom(at)
	case p.isOp(0, "{"):
		return p.mapping()
	}
	p.expected("an expression")
	return nil
}

// bracketed reads (expression), or a pattern as a predicate.
func (p *parser) bracketed(at pos) expr {
	if p.looksLikePattern() {
		if path := p.tryPattern(); path != nil {
			return &patternTest{at, path, p.since(at)}
		}
	}
	p.needOp("(")
	e := p.expr()
	p.needOp(")")
	return e
}

// wordAtom reads what begins with a word: a keyword's expression, a function or a variable. Words
// that are keywords elsewhere are variables wherever nothing else is possible.
func (p *parser) wordAtom(at pos, word string) expr {
	switch {
	case p.word("TRUE"):
		return &literal{at, true}
	case p.word("FALSE"):
		return &literal{at, false}
	case p.word("NULL"):
		return &literal{at, nil}
	case p.isWord(0, "CASE") && !p.isOp(1, ".") && !p.isOp(1, ")") && !p.isOp(1, ","):
		p.next++
		return p.choice(at)
	case p.isOp(1, "{") && p.isAnyWord("EXISTS", "COUNT", "COLLECT"):
		p.next++
		return p.subquery(at, strings.ToLower(word))
	case p.isOp(1, "(") && p.isWord(3, "IN") && p.isAnyWord("ALL", "ANY", "NONE", "SINGLE"):
		p.next += 2
		return p.quantifier(at, strings.ToLower(word))
	case p.isOp(1, "(") && p.isOp(3, "=") && p.isWord(0, "REDUCE"):
		p.next += 2
		return p.reduction(at)
	case p.isOp(1, "(") && p.isAnyWord("shortestPath", "allShortestPaths"):
		path := p.path()
		return &patternTest{at, path, p.since(at)}
	}
	if p.startsMapProjection() {
		return p.mapProjection(at)
	}
	if n := p.functionName(); n > 0 {
		return p.call(at, n)
	}
	p.next++
	return &variable{at, word}
}

// functionName returns how many tokens here name a function (a, a.b, ...), or 0 if none is called.
func (p *parser) functionName() int {
	n := 1
	for p.isOp(n, ".") && p.peek(n+1).kind == tokenWord {
		n += 2
	}
	if !p.isOp(n, "(") {
		return 0
	}
	return n
}

// call reads a function whose name has n tokens, and finds it.
func (p *parser) call(at pos, n int) expr {
	p.next += n
	name := p.since(at)
	p.needOp("(")
	if strings.EqualFold(name, "exists") && p.isOp(0, "(") && p.looksLikePattern() {
		return p.existsPattern(at)
	}
	star := p.op("*")
	distinct := !star && p.word("DISTINCT")
	var args []expr
	for !star && !p.isOp(0, ")") {
		args = append(args, p.expr())
		if !p.isOp(0, ")") {
			p.needOp(",")
		}
	}
	p.needOp(")")
	return resolve(at, name, star, distinct, args)
}

// existsPattern reads the pattern in exists(...), the older form of EXISTS { ... }.
func (p *parser) existsPattern(at pos) expr {
	m := &match{pos: p.here(), paths: []*pathPattern{p.path()}}
	p.needOp(")")
	return &subquery{at, "exists", &query{pos: m.pos, parts: []*part{{pos: m.pos, clauses: []clause{m}}}}, p.since(at)}
}

// choice reads CASE up to END.
func (p *parser) choice(at pos) expr {
	c := &choice{pos: at}
	if !p.isWord(0, "WHEN") {
		c.subject = p.expr()
	}
	for p.word("WHEN") {
		c.whens = append(c.whens, p.expr())
		p.needWord("THEN")
		c.thens = append(c.thens, p.expr())
	}
	if len(c.whens) == 0 {
		p.expected("WHEN")
	}
	if p.word("ELSE") {
		c.otherwise = p.expr()
	}
	p.needWord("END")
	return c
}

// subquery reads { query } or { pattern WHERE ... } of EXISTS, COUNT and COLLECT.
func (p *parser) subquery(at pos, kind string) expr {
	defer p.leave(p.deeper())
	p.needOp("{")
	var q *query
	if start := p.here(); p.isOp(0, "(") || p.isOp(1, "=") {
		q = &query{pos: start, parts: []*part{{pos: start, clauses: []clause{p.match(start, false)}}}}
	} else {
		q = p.query(kind == "collect")
	}
	p.needOp("}")
	return &subquery{at, kind, q, p.since(at)}
}

func (p *parser) quantifier(at pos, kind string) expr {
	q := &quantifier{pos: at, kind: kind, name: p.name()}
	p.needWord("IN")
	q.over = p.expr()
	p.needWord("WHERE")
	q.where = p.expr()
	p.needOp(")")
	return q
}

func (p *parser) reduction(at pos) expr {
	r := &reduction{pos: at, total: p.name()}
	p.needOp("=")
	r.initial = p.expr()
	p.needOp(",")
	r.name = p.name()
	p.needWord("IN")
	r.over = p.expr()
	p.needOp("|")
	r.step = p.expr()
	p.needOp(")")
	return r
}
