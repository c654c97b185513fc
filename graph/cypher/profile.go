package cypher

// profile counts what the operators of one run make and read.
type profile struct {
	reads *int // of the operator that is at work
}

// opened opens an operator whose rows go to the one behind it.
func (p *profile) opened(o, behind *step, open func(push) push, next push) push {
	run := open(func() bool {
		o.rows++
		return p.within(behind, next)
	})
	return func() bool { return p.within(o, run) }
}

// within counts what f reads for an operator.
func (p *profile) within(o *step, f push) bool {
	outer := p.reads
	p.reads = &o.reads
	more := f()
	p.reads = outer
	return more
}

// counting is a Reader that counts what is read: every node, relationship and property.
type counting struct {
	Reader
	to *profile
}

func (g counting) Nodes(label LabelID, cursor int, buf []NodeID) (n, next int) {
	n, next = g.Reader.Nodes(label, cursor, buf)
	*g.to.reads += n
	return n, next
}

func (g counting) Seek(label LabelID, key KeyID, value any, buf []NodeID) ([]NodeID, bool) {
	found, ok := g.Reader.Seek(label, key, value, buf)
	*g.to.reads += 1 + len(found) - len(buf)
	return found, ok
}

func (g counting) HasLabel(n NodeID, label LabelID) bool {
	*g.to.reads++
	return g.Reader.HasLabel(n, label)
}

func (g counting) NodeProp(n NodeID, key KeyID) any {
	*g.to.reads++
	return g.Reader.NodeProp(n, key)
}

func (g counting) NodeProps(n NodeID, buf []Property) []Property {
	all := g.Reader.NodeProps(n, buf)
	*g.to.reads += len(all) - len(buf)
	return all
}

func (g counting) Expand(n NodeID, dir Direction, types []TypeID, buf []Edge) []Edge {
	all := g.Reader.Expand(n, dir, types, buf)
	*g.to.reads += 1 + len(all) - len(buf)
	return all
}

func (g counting) Ends(r RelID) (from, to NodeID) {
	*g.to.reads++
	return g.Reader.Ends(r)
}

func (g counting) RelProp(r RelID, key KeyID) any {
	*g.to.reads++
	return g.Reader.RelProp(r, key)
}

func (g counting) RelProps(r RelID, buf []Property) []Property {
	all := g.Reader.RelProps(r, buf)
	*g.to.reads += len(all) - len(buf)
	return all
}
