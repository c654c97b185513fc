package segment

import "encoding/binary"

// Holder is a host that has a line.
type Holder struct {
	Host  uint32 // its ordinal; in the insides of a segment, its position among the covered hosts
	Times uint32 // how often the line is in its content, at least once
}

// appendTimes stores how often each holder has the line: 0 when each has it once, otherwise how often
// most have it, and those that differ.
func appendTimes(dst []byte, holders []Holder) []byte {
	most, others, once := usual(holders)
	if once {
		return append(dst, 0)
	}
	dst = binary.AppendUvarint(dst, uint64(most))
	dst = binary.AppendUvarint(dst, uint64(others))
	next := uint32(0)
	for _, h := range holders {
		if h.Times != most {
			dst = binary.AppendUvarint(dst, uint64(h.Host-next))
			dst = binary.AppendUvarint(dst, uint64(h.Times))
			next = h.Host + 1
		}
	}
	return dst
}

// usual returns how often most of the holders have the line, if there is a majority, and how many differ.
func usual(holders []Holder) (most uint32, others int, once bool) {
	votes := 0
	for _, h := range holders {
		switch {
		case votes == 0:
			most, votes = h.Times, 1
		case h.Times == most:
			votes++
		default:
			votes--
		}
	}
	for _, h := range holders {
		if h.Times != most {
			others++
		}
	}
	return most, others, most == 1 && others == 0
}

// times is how often hosts have a line, as stored. It has been checked, but not that the hosts it names
// have the line.
type times struct {
	most   uint32
	others []byte
}

func (in *input) times(universe int) times {
	t := times{most: uint32(in.uvarint(MaxLines))}
	if t.most == 0 {
		t.most = 1
		return t
	}
	count := int(in.uvarint(uint64(universe)))
	others := in.b
	next := uint64(0)
	for range count {
		next += in.uvarint(uint64(universe)) + 1
		if in.uvarint(MaxLines) == 0 || next > uint64(universe) || in.bad {
			in.fail()
			return t
		}
	}
	t.others = others[:len(others)-len(in.b)]
	return t
}

// listed yields the positions of hosts that have the line another number of times than most, and that
// number.
func (t times) listed(yield func(position, times uint32) bool) {
	in := input{b: t.others}
	for next := uint32(0); len(in.b) > 0; next++ {
		next += uint32(in.uvarint(MaxHosts))
		if !yield(next, uint32(in.uvarint(MaxLines))) {
			return
		}
	}
}

// posting is who has a line and where in their files it is.
type posting struct {
	rank  uint64
	hosts set
	times times
}

// count returns how many hosts that are not masked have the line, and how often it is in all of theirs.
func (p posting) count(m mask) (hosts, times int) {
	hosts = p.hosts.sizeWithout(m)
	times = hosts * int(p.times.most)
	for position, n := range p.times.listed {
		if !m.in.has(position) {
			times += int(n) - int(p.times.most)
		}
	}
	return hosts, times
}

// appendHolders appends the hosts that are not masked, by position.
func (p posting) appendHolders(dst []Holder, m mask) []Holder {
	start := len(dst)
	for position := range p.hosts.all {
		if !m.in.has(position) {
			dst = append(dst, Holder{Host: position, Times: p.times.most})
		}
	}
	i := start
	for position, n := range p.times.listed {
		for i < len(dst) && dst[i].Host < position {
			i++
		}
		if i < len(dst) && dst[i].Host == position {
			dst[i].Times = n
		}
	}
	return dst
}

// postings reads those of a block, line by line.
type postings struct {
	lines       int
	ranks, sets input
	universe    int
	posting     posting
}

// newPostings reads the head of a block's postings. A damaged one yields no posting.
func newPostings(raw []byte, universe int) postings {
	in := input{b: raw}
	p := postings{universe: universe, lines: int(in.uvarint(maxRawBytes))}
	p.ranks.b = in.take(int(in.uvarint(maxRawBytes)))
	p.sets = in
	return p
}

// next reads the posting of the next line; false if it is damaged.
func (p *postings) next() bool {
	delta := p.ranks.uvarint(1<<64 - 1)
	p.posting.rank += delta>>1 ^ -(delta & 1) // zigzag
	p.posting.hosts = p.sets.set(p.universe, p.posting.hosts)
	p.posting.times = p.sets.times(p.universe)
	return !p.ranks.bad && !p.sets.bad && p.posting.rank <= maxRank
}
