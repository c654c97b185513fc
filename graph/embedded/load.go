package embedded

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// load rebuilds the memory from a file and verifies that the file adds up.
func load(tx *bbolt.Tx) (*memory, head, error) {
	h, err := readHead(tx)
	if err != nil {
		return nil, head{}, err
	}
	l := newLoader(newLedger(tx, h))
	for _, read := range []func() error{
		func() error { return eachRecord(tx, namesBucket, h.Names, readName, l.name) },
		func() error { return eachRecord(tx, sayingsBucket, h.Sayings, readSaying, l.saying) },
		func() error { return eachRecord(tx, linesBucket, h.Lines, readLine, l.line) },
		func() error { return eachRecord(tx, sourcesBucket, h.Sources, readSource, l.source) },
		func() error { return eachRecord(tx, resolvedBucket, h.Resolved, readResolved, l.resolved) },
	} {
		if err := read(); err != nil {
			return nil, head{}, err
		}
	}
	if err := l.end(); err != nil {
		return nil, head{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	boltfile.Release(tx)
	return l.memory, h, nil
}

const (
	// partLen is how many records are read at a time, and partsAhead how many times that ahead.
	partLen    = 256
	partsAhead = 4
	// releaseEvery is after how many records the file is released. A look at one that lies apart brings
	// 64 kB of the file into memory; to release it after 64 records makes a start half as long again.
	releaseEvery = 1024
)

// eachRecord reads every record of a bucket, a little ahead of use: half of a start's work is to find
// and to decode records. That it fails, or the bucket does not come to want, is damage.
func eachRecord[T any](tx *bbolt.Tx, bucket string, want tally, read func(to *T, key, value []byte) error, use func(*T) error) error {
	full, empty := make(chan []T, partsAhead), make(chan []T, partsAhead)
	for range partsAhead {
		empty <- make([]T, 0, partLen)
	}
	var got tally
	var readErr, useErr error
	b := tx.Bucket([]byte(bucket))
	go func() {
		defer close(full)
		part := <-empty
		readErr = boltfile.Contain(func() error {
			return b.ForEach(func(key, value []byte) error {
				got.add(key, value)
				if got.Records%releaseEvery == 0 {
					boltfile.Release(tx)
				}
				if len(part) == partLen {
					full <- part
					part = <-empty
				}
				next := part[:len(part)+1]
				err := read(&next[len(part)], key, value)
				if err == nil {
					part = next
				}
				return err
			})
		})
		full <- part
	}()
	for part := range full {
		if useErr == nil {
			useErr = boltfile.Contain(func() error { return useAll(part, use) })
		}
		empty <- part[:0] // its records are used again
	}
	if err := cmp.Or(readErr, useErr); err != nil {
		return fmt.Errorf("%w: bucket %q: %w", ErrDamaged, bucket, err)
	}
	if got != want {
		return fmt.Errorf("%w: bucket %q has %d records of sum %016x, not %d of %016x",
			ErrDamaged, bucket, got.Records, got.Sum, want.Records, want.Sum)
	}
	return nil
}

func useAll[T any](part []T, use func(*T) error) error {
	for i := range part {
		if err := use(&part[i]); err != nil {
			return err
		}
	}
	return nil
}

var errUnreadable = errors.New("a record is not what was written")

// What readName and its like read are records as the file has them.
type (
	nameRead struct {
		kind byte
		id   uint32
		name string
	}
	sayingRead struct {
		saying
		id  sayID
		raw []byte // good within the transaction
	}
	sourceRead struct {
		record
		document
	}
	resolvedRead struct {
		ref  graph.RelRef
		says sayID
	}
)

func readName(to *nameRead, key, value []byte) error {
	if len(key) != 5 {
		return errUnreadable
	}
	*to = nameRead{kind: key[0], id: binary.BigEndian.Uint32(key[1:]), name: string(value)}
	return nil
}

func readSaying(to *sayingRead, key, value []byte) error {
	if ok := to.decode(value); !ok || len(key) != 4 {
		return errUnreadable
	}
	to.id, to.raw = sayID(binary.BigEndian.Uint32(key)), value
	return nil
}

func readSource(to *sourceRead, key, value []byte) (err error) {
	var ok1, ok2 bool
	to.host, to.instance, ok1 = strings.Cut(string(key), "\x00")
	if to.record, ok2 = decodeRecord(value); !ok1 || !ok2 {
		return errUnreadable
	}
	to.hash = strings.Clone(to.hash) // it is kept, and would keep the whole record
	return nil
}

func readResolved(to *resolvedRead, key, value []byte) error {
	var ok bool
	to.ref, ok = resolvedRef(key)
	r := newReader(value)
	if to.says = sayID(r.number()); !ok || !r.ended() {
		return errUnreadable
	}
	return nil
}

// loader fills a memory from the records of a file, bucket by bucket. What is ordered in memory it sorts
// once at the end.
type loader struct {
	*memory
	sayings column[loaded] // by number
	refs    []uint64       // of byRef

	byKey map[nodeName]uint32 // nodes whose key is also that of another label's
	first []uint32            // by text: the first node of which it is the key

	one   saying // of the relationship that was looked at last
	looks int    // at records that were read before
}

// loaded is a saying while a file is read.
type loaded struct {
	raw    []byte // its record, good within the transaction; nil if there is none
	about  uint32 // the node it is about; 0 for a relationship
	unused bool   // nobody has said it yet
}

// nodeName is a first label and the number of a key.
type nodeName struct{ label, text uint32 }

func newLoader(file *ledger) *loader {
	l := &loader{memory: newMemory(), byKey: map[nodeName]uint32{}}
	l.file = file
	return l
}

func (l *loader) name(n *nameRead) error {
	of := map[byte]*names{labelNames: &l.labels, typeNames: &l.types, keyNames: &l.keys}[n.kind]
	if of == nil {
		return errUnreadable
	}
	if id, isNew := of.id(n.name); !isNew || id != n.id {
		return fmt.Errorf("name %q is out of place", n.name)
	}
	return nil
}

// saying makes the node that something is said of.
func (l *loader) saying(s *sayingRead) error {
	for l.says++; l.says < s.id; l.says++ {
		l.freeSays = append(l.freeSays, l.says)
	}
	one := loaded{raw: s.raw, unused: true}
	if s.isNode {
		var ok bool
		if one.about, ok = l.named(s.label, s.key); !ok { // else more than one thing is said of it: see end
			one.about = l.newNode(&s.saying)
		}
	}
	l.sayings.set(uint32(s.id), one, writerOnly)
	return nil
}

// named returns a node that is there already.
func (l *loader) named(label uint32, key string) (node uint32, ok bool) {
	number := l.texts.find(key)
	if int(number) >= len(l.first) || l.first[number] == 0 {
		return 0, false
	}
	if node = l.first[number]; l.nodes.owner(node) == label {
		return node, true
	}
	node, ok = l.byKey[nodeName{label, number}]
	return node, ok
}

func (l *loader) newNode(s *saying) uint32 {
	id := l.nodes.take(s.label)
	l.relabel(id, l.labelSet(s.label, s.labels))
	key := l.nodeProps.at(keyProp)
	key.set(id, value{kind: text, text: s.key}, &l.texts, l.batch)
	for _, p := range s.props {
		l.nodeProps.at(p.key).set(id, p.value, &l.texts, l.batch)
	}
	number := uint32(key.bits.get(id))
	if missing := int(number) + 1 - len(l.first); missing > 0 {
		l.first = append(l.first, make([]uint32, missing)...)
	}
	if l.first[number] == 0 {
		l.first[number] = id
	} else {
		l.byKey[nodeName{s.label, number}] = id
	}
	l.refs = append(l.refs, l.refWord(s.label, s.key, id))
	return id
}

// source takes the claims of a document.
func (l *loader) source(s *sourceRead) error {
	where := func(err error) error {
		return fmt.Errorf("document %q of host %q: %w", s.instance, s.host, err)
	}
	if s.age > l.file.head.Clock {
		return where(errUnreadable)
	}
	id := l.hold(source{
		Source: graph.Source{Host: s.host, Instance: s.instance, Boot: s.boot, Seq: s.seq, Hash: s.hash},
		age:    s.age,
	})
	for _, says := range s.nodes {
		node := l.use(says).about
		if node == 0 {
			return where(fmt.Errorf("saying %d is of no node", says))
		}
		l.nodeClaims.add(node, claim{id, says})
	}
	for _, r := range s.rels {
		from, to := l.sayings.get(uint32(s.nodes[r.from])).about, l.sayings.get(uint32(s.nodes[r.to])).about
		if !l.claims(s.host, r, from) {
			continue
		}
		if err := l.relClaim(id, r.kind, from, to, r.says); err != nil {
			return where(err)
		}
	}
	return nil
}

func (l *loader) relClaim(source sourceID, kind, from, to uint32, says sayID) error {
	said := l.use(says)
	if int(kind) >= len(l.types.list) || says != silent && (said.raw == nil || said.about != 0) {
		return fmt.Errorf("a relationship of type %d refers to saying %d", kind, says)
	}
	rel, fresh := l.rel(kind, from, to)
	if says != silent && fresh {
		if !l.one.decode(l.look(said)) {
			return errUnreadable
		}
		for _, p := range l.one.props {
			l.relProps.at(p.key).set(rel, p.value, &l.texts, l.batch)
		}
	}
	l.relClaims.add(rel, claim{source, says})
	return nil
}

// use notes that somebody says a saying, and returns it; the zero one if there is none of this number.
func (l *loader) use(says sayID) loaded {
	one := l.sayings.get(uint32(says))
	if one.unused {
		l.sayings.at(uint32(says), writerOnly).unused = false
	}
	return one
}

// look returns the record of a saying once more. These lie all over the file.
func (l *loader) look(one loaded) []byte {
	if l.looks++; l.looks%releaseEvery == 0 {
		boltfile.Release(l.file.tx)
	}
	return one.raw
}

func (l *loader) resolved(r *resolvedRead) error {
	kind, ok := l.types.ids[r.ref.Type]
	if !ok {
		return fmt.Errorf("nothing is of the resolved type %q", r.ref.Type)
	}
	ends := [2]uint32{}
	for i, end := range []graph.Ref{r.ref.From, r.ref.To} {
		if ends[i], ok = l.named(l.labels.ids[end.Label], end.Key); !ok {
			return fmt.Errorf("resolved %q ends at %q, which nothing asserts", r.ref.Type, end.Key)
		}
	}
	return l.relClaim(resolver, kind, ends[0], ends[1], r.says)
}

// end sees that nothing is left over, gives back what lists have grown too much, unites what differs and
// builds what is sorted.
func (l *loader) end() error {
	for says := range l.says + 1 {
		if l.sayings.get(uint32(says)).unused {
			return fmt.Errorf("nobody says saying %d", says)
		}
	}
	l.byKey, l.first = nil, nil
	slices.Sort(l.refs)
	l.byRef, l.refs = newWordSet(l.refs, l.batch), nil
	for _, step := range []func(){
		func() { pack(&l.out) }, func() { pack(&l.in) }, l.nodeClaims.pack, l.relClaims.pack,
	} {
		debug.FreeOSMemory() // or memory would be at its greatest here: a step leaves as much as it makes
		step()
	}
	for id := range l.nodeClaims.differing() {
		s := unite(l.parts(&l.nodeClaims, id))
		l.relabel(id, l.labelSet(s.label, s.labels))
		l.setProps(&l.nodeProps, id, append([]prop{{keyProp, value{kind: text, text: s.key}}}, s.props...))
	}
	for id := range l.relClaims.differing() {
		l.setProps(&l.relProps, id, unite(l.parts(&l.relClaims, id)).props)
	}
	l.sayings = column[loaded]{}
	for i := range l.indexes {
		l.indexes[i].fill(&l.image, l.batch)
	}
	return nil
}

// parts is memory.said from the records that were read.
func (l *loader) parts(c *claims, id uint32) (parts []saying) {
	for _, says := range c.distinct(id, l.age) {
		var s saying
		if says != silent && !s.decode(l.look(l.sayings.get(uint32(says)))) {
			panic(errUnreadable) // it was read before
		}
		parts = append(parts, s)
	}
	return parts
}
