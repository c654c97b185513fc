package cypher

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// expr reads an expression. Each level of precedence has its function, the loosest first: OR, XOR,
// AND, NOT, comparisons, predicates, sums, products, powers, signs, postfixes, atoms.
func (p *parser) expr() expr {
	defer p.leave(p.deeper())
	e := p.exclusive()
	for at := p.here(); p.word("OR"); at = p.here() {
		e = p.binary(at, "OR", e, p.exclusive)
	}
	return e
}

// binary reads the right operand of an operator that has been read.
func (p *parser) binary(at pos, op string, left expr, right func() expr) expr {
	p.deeper() // until the expression ends: operators in a row make a tree as deep as they are many
	return &binary{at, op, left, right()}
}

func (p *parser) exclusive() expr {
	e := p.conjunction()
	for at := p.here(); p.word("XOR"); at = p.here() {
		e = p.binary(at, "XOR", e, p.conjunction)
	}
	return e
}

func (p *parser) conjunction() expr {
	e := p.negation()
	for at := p.here(); p.word("AND"); at = p.here() {
		e = p.binary(at, "AND", e, p.negation)
	}
	return e
}

func (p *parser) negation() expr {
	if at := p.here(); p.word("NOT") {
		p.deeper()
		return &unary{at, "NOT", p.negation()}
	}
	return p.comparison()
}

func (p *parser) comparison() expr {
	first := p.predicate()
	at, op := p.comparisonOp()
	if op == "" {
		return first
	}
	b := &binary{at, op, first, p.predicate()}
	if at, op = p.comparisonOp(); op == "" {
		return b
	}
	c := &chain{operands: []expr{b.left, b.right}, ops: []string{b.op}}
	for ; op != ""; at, op = p.comparisonOp() {
		c.pos = at
		c.ops = append(c.ops, op)
		c.operands = append(c.operands, p.predicate())
	}
	return c
}

// comparisonOp reads a comparison's operator, or returns "".
func (p *parser) comparisonOp() (pos, string) {
	return p.here(), p.anyOp("=", "<>", "<=", ">=", "<", ">")
}

// anyOp reads one of the operators if one stands here, or returns "".
func (p *parser) anyOp(ops ...string) string {
	t := p.peek(0)
	if t.kind != tokenOp || !slices.Contains(ops, t.text) {
		return ""
	}
	p.next++
	return t.text
}

func (p *parser) predicate() expr {
	e := p.sum()
	for {
		at := p.here()
		switch {
		case p.word("IS", "NOT", "NULL"):
			p.deeper()
			e = &nullTest{at, e, true}
		case p.word("IS", "NULL"):
			p.deeper()
			e = &nullTest{at, e, false}
		case p.word("STARTS", "WITH"):
			e = p.binary(at, "STARTS WITH", e, p.sum)
		case p.word("ENDS", "WITH"):
			e = p.binary(at, "ENDS WITH", e, p.sum)
		case p.word("CONTAINS"):
			e = p.binary(at, "CONTAINS", e, p.sum)
		case p.word("IN"):
			e = p.binary(at, "IN", e, p.sum)
		case p.op("=~"):
			e = p.binary(at, "=~", e, p.sum)
		default:
			return e
		}
	}
}

func (p *parser) sum() expr {
	return p.leftToRight(p.product, "+", "||", "-")
}

func (p *parser) product() expr {
	return p.leftToRight(p.power, "*", "/", "%")
}

func (p *parser) power() expr {
	return p.leftToRight(p.sign, "^")
}

func (p *parser) leftToRight(operand func() expr, ops ...string) expr {
	e := operand()
	for {
		at, op := p.here(), p.anyOp(ops...)
		if op == "" {
			return e
		}
		if op == "||" {
			op = "+"
		}
		e = p.binary(at, op, e, operand)
	}
}

func (p *parser) sign() expr {
	at := p.here()
	switch {
	case p.op("-"):
		if k := p.peek(0).kind; k == tokenInteger || k == tokenFloat {
			return p.postfix(p.number(at, "-")) // the least integer has no positive counterpart
		}
		p.deeper()
		return &unary{at, "-", p.sign()}
	case p.op("+"):
		p.deeper()
		return p.sign()
	}
	return p.postfix(p.atom())
}

// number reads a number, whose sign has been read.
func (p *parser) number(at pos, sign string) expr {
	t := p.peek(0)
	p.next++
	if t.kind == tokenFloat {
		f, err := strconv.ParseFloat(sign+strings.ReplaceAll(t.text, "_", ""), 64)
		if err != nil {
			fail(t.pos, "FloatingPointOverflow", "the number %s is too large for a float", t.text)
		}
		return &literal{at, f}
	}
	base := 10 // a leading 0 does not make a number octal, as ParseInt's base 0 would
	if len(t.text) > 1 && strings.ContainsAny(t.text[1:2], "xXoO") {
		base = 0
	}
	n, err := strconv.ParseInt(sign+strings.ReplaceAll(t.text, "_", ""), base, 64)
	if errors.Is(err, strconv.ErrRange) {
		fail(t.pos, "IntegerOverflow", "the number %s is too large for an integer of 64 bits", t.text)
	}
	if err != nil {
		fail(t.pos, "InvalidNumberLiteral", "%q is not a number", t.text)
	}
	return &literal{at, n}
}

// postfix reads what follows an atom: .key, [index], [from..to], :Label.
func (p *parser) postfix(e expr) expr {
	for {
		at := p.here()
		switch {
		case p.op("."):
			e = &property{at, e, p.name()}
		case p.op("["):
			e = p.brackets(at, e)
		case p.isOp(0, ":") && p.startsLabel(1):
			p.next++
			e = &labelTest{at, e, p.labels()}
		default:
			return e
		}
		p.deeper()
	}
}

func (p *parser) startsLabel(n int) bool {
	return p.isName(n) || p.isOp(n, "!") || p.isOp(n, "(") || p.isOp(n, "%")
}

// brackets reads an index or a slice, whose opening bracket has been read.
func (p *parser) brackets(at pos, of expr) expr {
	var from, to expr
	if !p.isOp(0, "..") {
		from = p.expr()
		if p.op("]") {
			return &element{at, of, from}
		}
	}
	p.needOp("..")
	if !p.isOp(0, "]") {
		to = p.expr()
	}
	p.needOp("]")
	return &slice{at, of, from, to}
}
