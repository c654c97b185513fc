package graphtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"text/scanner"

	"github.com/assim-mesh/assim/graph"
)

// Facts reads what a source asserts from text that looks like a Cypher pattern:
//
//	(web1:Host {name: 'web1'})<-[:RUNS_ON]-(p:Process:Service {port: 80, tags: ['a', 'b']}), (p)-[:USES]->(:Host)
//
// The name of a node is its key, its first label and key its identity. Named a second time it needs no
// label. A node without a name gets a key of its own. Strings, and names that are no words, are in single
// quotes, without escapes.
func Facts(source graph.Source, text string) (graph.Facts, error) {
	n := notation{facts: graph.Facts{Source: source}, known: map[string]int{}}
	n.scan.Init(strings.NewReader(text))
	n.scan.Mode = scanner.ScanIdents | scanner.ScanInts | scanner.ScanFloats
	n.scan.Error = func(_ *scanner.Scanner, msg string) { n.fail("%s", msg) }
	n.next()
	for n.err == nil && n.token != scanner.EOF {
		n.path()
		if n.token != scanner.EOF {
			n.expect(',')
		}
	}
	if n.err != nil {
		return graph.Facts{}, fmt.Errorf("graph %q: %w", text, n.err)
	}
	return n.facts, nil
}

// notation is a parser with one token of look-ahead. After the first error it only runs to an end.
type notation struct {
	scan  scanner.Scanner
	token rune
	facts graph.Facts
	known map[string]int // name of a node → its index in facts.Nodes
	err   error
}

func (n *notation) next() { n.token = n.scan.Scan() }

func (n *notation) fail(format string, args ...any) {
	if n.err == nil {
		n.err = fmt.Errorf("column %d: %s", n.scan.Position.Column, fmt.Sprintf(format, args...))
	}
	n.token = scanner.EOF
}

func (n *notation) expect(tokens ...rune) {
	for _, want := range tokens {
		if n.token != want {
			n.fail("%q where %q is expected", n.scan.TokenText(), want)
			return
		}
		n.next()
	}
}

func (n *notation) accept(token rune) bool {
	if n.token != token {
		return false
	}
	n.next()
	return true
}

func (n *notation) ident() string {
	name := n.scan.TokenText()
	n.expect(scanner.Ident)
	return name
}

func (n *notation) path() {
	from := n.node()
	for n.token == '-' || n.token == '<' {
		back := n.accept('<')
		n.expect('-', '[', ':')
		r := graph.Rel{Type: n.ident(), Props: n.props()}
		n.expect(']', '-')
		if !back {
			n.expect('>')
		}
		to := n.node()
		r.From, r.To = from, to
		if back {
			r.From, r.To = to, from
		}
		n.facts.Rels = append(n.facts.Rels, r)
		from = to
	}
}

func (n *notation) node() graph.Ref {
	n.expect('(')
	var node graph.Node
	switch n.token {
	case scanner.Ident:
		node.Key = n.ident()
	case '\'':
		node.Key = n.quoted()
		n.next()
	}
	for n.accept(':') {
		if label := n.ident(); node.Label == "" {
			node.Label = label
		} else {
			node.Labels = append(node.Labels, label)
		}
	}
	slices.Sort(node.Labels)
	node.Props = n.props()
	n.expect(')')
	if i, ok := n.known[node.Key]; ok {
		return n.facts.Nodes[i].Ref
	}
	if node.Key == "" {
		node.Key = fmt.Sprintf("%s_%d", n.facts.Source.Host, len(n.facts.Nodes))
	}
	n.known[node.Key] = len(n.facts.Nodes)
	n.facts.Nodes = append(n.facts.Nodes, node)
	return node.Ref
}

func (n *notation) props() graph.Props {
	if !n.accept('{') {
		return nil
	}
	props := graph.Props{}
	for n.err == nil {
		name := n.ident()
		n.expect(':')
		props[name] = n.value()
		if !n.accept(',') {
			break
		}
	}
	n.expect('}')
	return props
}

func (n *notation) value() (v any) {
	sign := ""
	if n.accept('-') {
		sign = "-"
	}
	var err error
	switch text := n.scan.TokenText(); n.token {
	case scanner.Int:
		v, err = strconv.ParseInt(sign+text, 10, 64)
	case scanner.Float:
		v, err = strconv.ParseFloat(sign+text, 64)
	case scanner.Ident:
		v, err = strconv.ParseBool(text)
	case '\'':
		v = n.quoted()
	case '[':
		return n.list()
	default:
		n.fail("%q is no value", text)
	}
	if err != nil {
		n.fail("%v", err)
	}
	n.next()
	return v
}

// quoted reads to the closing quote, the opening one being the token.
func (n *notation) quoted() string {
	var b strings.Builder
	for c := n.scan.Next(); c != '\''; c = n.scan.Next() {
		if c == scanner.EOF {
			n.fail("a string does not end")
			break
		}
		b.WriteRune(c)
	}
	return b.String()
}

func (n *notation) list() []string {
	list := []string{}
	n.expect('[')
	for n.token == '\'' {
		list = append(list, n.quoted())
		n.next()
		if !n.accept(',') {
			break
		}
	}
	n.expect(']')
	return list
}
