package cypher

// pathMaking makes the value of a named path of what its pattern has found.
type pathMaking struct {
	step
	nodes []int
	rels  []int // a RelID, or *hops
	to    int
}

func (o *pathMaking) open(next push) push {
	return o.ready(o.input, func() bool {
		first, ok := o.row[o.nodes[0]].(NodeID)
		if !ok {
			return true
		}
		p := &path{nodes: []NodeID{first}}
		for _, slot := range o.rels {
			switch v := o.row[slot].(type) {
			case RelID:
				p.extend(o.graph, v)
			case *hops:
				p.follow(o.graph, v)
			}
		}
		o.spend(len(p.nodes))
		o.row[o.to] = p
		return next()
	})
}

func (o *pathMaking) title() string { return "Path" }

// extend adds a relationship, which starts or ends at the last node.
func (p *path) extend(g names, rel RelID) {
	from, to := g.Ends(rel)
	if p.nodes[len(p.nodes)-1] == to {
		to = from
	}
	p.rels = append(p.rels, rel)
	p.nodes = append(p.nodes, to)
}

// follow adds a way from the pattern's left end to its right.
func (p *path) follow(g names, h *hops) {
	for i := range h.rels {
		if h.backwards {
			i = len(h.rels) - 1 - i
		}
		p.extend(g, h.rels[i])
	}
}
