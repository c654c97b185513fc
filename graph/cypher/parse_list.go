package cypher

// listAtom reads what begins with [: a list comprehension, a pattern comprehension or a list.
func (p *parser) listAtom(at pos) expr {
	if p.isName(1) && p.isWord(2, "IN") && p.oneItem() {
		p.next++
		return p.comprehension(at)
	}
	if e := p.patternList(at); e != nil {
		return e
	}
	p.needOp("[")
	l := &list{pos: at}
	for !p.op("]") {
		l.items = append(l.items, p.expr())
		if !p.isOp(0, "]") {
			p.needOp(",")
		}
	}
	return l
}

// oneItem reports whether no comma separates items in the brackets that open here: [x IN a, y] is a
// list whose first item is a test, [x IN a] a comprehension.
func (p *parser) oneItem() bool {
	for n, depth := range p.operators() {
		switch {
		case depth == 1 && p.isOp(n, ","):
			return false
		case depth == 1 && p.isOp(n, "|"):
			return true // commas behind it are no concern
		}
	}
	return true
}

func (p *parser) comprehension(at pos) expr {
	c := &comprehension{pos: at, name: p.name()}
	p.needWord("IN")
	c.over = p.expr()
	if p.word("WHERE") {
		c.where = p.expr()
	}
	if p.op("|") {
		c.result = p.expr()
	}
	p.needOp("]")
	return c
}

// patternList reads [p = (a)-->(b) WHERE ... | ...], or returns nil and reads nothing.
func (p *parser) patternList(at pos) expr {
	start, name := p.next, ""
	p.needOp("[")
	if p.isName(0) && p.isOp(1, "=", "(") {
		name = p.name()
		p.next++
	}
	if !p.isOp(0, "(") || !p.looksLikePattern() {
		p.next = start
		return nil
	}
	path := p.tryPattern()
	if path == nil || !p.isWord(0, "WHERE") && !p.isOp(0, "|") {
		p.next = start
		return nil
	}
	path.name = name
	l := &patternList{pos: at, path: path}
	if p.word("WHERE") {
		l.where = p.expr()
	}
	p.needOp("|")
	l.result = p.expr()
	p.needOp("]")
	l.text = p.since(at)
	return l
}

func (p *parser) mapping() *mapping {
	m := &mapping{pos: p.here()}
	p.needOp("{")
	for !p.op("}") {
		m.keys = append(m.keys, p.name())
		p.needOp(":")
		m.values = append(m.values, p.expr())
		if !p.isOp(0, "}") {
			p.needOp(",")
		}
	}
	return m
}

// startsMapProjection reports whether v {...} stands here, and not a variable before a clause's {.
func (p *parser) startsMapProjection() bool {
	if !p.isOp(1, "{") {
		return false
	}
	named := p.isName(2) && (p.isOp(3, ":") || p.isOp(3, ",") || p.isOp(3, "}"))
	return named || p.isOp(2, ".") || p.isOp(2, "}")
}

func (p *parser) mapProjection(at pos) expr {
	m := &mapProjection{pos: at, of: &variable{at, p.name()}}
	p.needOp("{")
	m.entries = &mapping{pos: at}
	for !p.op("}") {
		p.projectionEntry(m)
		if !p.isOp(0, "}") {
			p.needOp(",")
		}
	}
	return m
}

// projectionEntry reads .*, .key, key: value or a variable.
func (p *parser) projectionEntry(m *mapProjection) {
	at := p.here()
	if p.isOp(0, ".", "*") {
		p.next += 2
		m.all = true
		return
	}
	ofKey := p.op(".")
	key := p.name()
	m.entries.keys = append(m.entries.keys, key)
	switch {
	case ofKey:
		m.entries.values = append(m.entries.values, &property{at, m.of, key})
	case p.op(":"):
		m.entries.values = append(m.entries.values, p.expr())
	default:
		m.entries.values = append(m.entries.values, &variable{at, key})
	}
}
