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
