package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
)

// kinds of names, the first byte of their keys.
const (
	labelNames = 'l'
	typeNames  = 't'
	keyNames   = 'k'
)

// sequentialFill is how full pages are left that grow at their end only.
const sequentialFill = 0.95

// ledger reads and writes the file within a transaction, and keeps the head's tallies. What is not there to
// be read, though the file added up when it was opened, is a panic: see boltfile.Contain.
type ledger struct {
	tx   *bbolt.Tx
	head head

	names, sayings, sources, resolveds, lines table

	next *bbolt.Cursor // of readSaid: where it has been
	last sayID
}

func newLedger(tx *bbolt.Tx, h head) *ledger {
	l := &ledger{tx: tx, head: h}
	l.names = newTable(tx, namesBucket, &l.head.Names)
	l.sayings = newTable(tx, sayingsBucket, &l.head.Sayings)
	l.sources = newTable(tx, sourcesBucket, &l.head.Sources)
	l.resolveds = newTable(tx, resolvedBucket, &l.head.Resolved)
	l.lines = newTable(tx, linesBucket, &l.head.Lines)
	l.sayings.bucket.FillPercent = sequentialFill
	return l
}

func (l *ledger) putName(kind byte, id uint32, name string) {
	l.names.put(nameKey(kind, id), []byte(name))
}

// putSaying writes what encode made of a saying, or deletes it if b is nil.
func (l *ledger) putSaying(id sayID, b []byte) { l.sayings.put(sayKey(id), b) }

func (l *ledger) putRecord(d graph.Claimant, rec record) {
	l.head.Clock = max(l.head.Clock, rec.age)
	l.sources.put(sourceKey(d), rec.encode())
}

func (l *ledger) putResolved(ref graph.RelRef, says sayID) {
	l.resolveds.put(resolvedKey(ref), binary.AppendUvarint(nil, uint64(says)))
}

func (l *ledger) deleteResolved(ref graph.RelRef) { l.resolveds.put(resolvedKey(ref), nil) }

// putLine writes the line of a slot, or deletes it if it is nil.
func (l *ledger) putLine(slot graph.Slot, line graph.Line) {
	l.lines.put(lineKey(slot), encodeLine(line))
}

// finish gives the transaction what was put since the ledger was made, and the head. The ledger is of no
// use after it.
func (l *ledger) finish() error {
	for _, t := range []*table{&l.names, &l.sayings, &l.sources, &l.resolveds, &l.lines} {
		if err := t.write(); err != nil {
			return err
		}
	}
	l.head.Writes++
	return writeHead(l.tx, l.head)
}

// said returns a saying as encode made it.
func (l *ledger) said(id sayID) []byte { return l.sayings.get(sayKey(id)) }

// readSaid is said as it was before anything was put. It need not search for what lies behind what it
// returned last: what a document says first is numbered, and thus kept, in one run.
func (l *ledger) readSaid(id sayID) []byte {
	if l.next == nil {
		l.next = l.sayings.bucket.Cursor()
	}
	key := sayKey(id)
	if l.last != 0 && l.last+1 == id {
		l.last = id
		if k, v := l.next.Next(); bytes.Equal(k, key) {
			return v
		}
	}
	l.last = id
	k, v := l.next.Seek(key)
	if !bytes.Equal(k, key) {
		panic(fmt.Sprintf("saying %d is not there", id))
	}
	return v
}

// saying returns what is said under a number; under silent, nothing of a relationship.
func (l *ledger) saying(id sayID) saying {
	if id == silent {
		return saying{}
	}
	s, ok := decodeSaying(l.said(id))
	if !ok {
		panic(fmt.Sprintf("saying %d is not there", id))
	}
	return s
}

// record returns what is kept of a document: of an unknown one, the zero record.
func (l *ledger) record(d graph.Claimant) record {
	value := l.sources.get(sourceKey(d))
	if value == nil {
		return record{}
	}
	rec, ok := decodeRecord(value)
	if !ok {
		panic(fmt.Sprintf("the record of document %q of host %q is not what was written", d.Instance, d.Host))
	}
	return rec
}

func nameKey(kind byte, id uint32) []byte { return binary.BigEndian.AppendUint32([]byte{kind}, id) }

func sayKey(id sayID) []byte { return binary.BigEndian.AppendUint32(nil, uint32(id)) }

// sourceKey is unambiguous, since 0x00 is not in the name of a host.
func sourceKey(d graph.Claimant) []byte { return []byte(d.Host + "\x00" + d.Instance) }

func resolvedKey(r graph.RelRef) []byte {
	return appendTexts(nil, r.Type, r.From.Label, r.From.Key, r.To.Label, r.To.Key)
}

// resolvedRef is the way back.
func resolvedRef(key []byte) (graph.RelRef, bool) {
	r := newReader(key)
	ref := graph.RelRef{Type: r.text(), From: graph.Ref{Label: r.text(), Key: r.text()}, To: graph.Ref{Label: r.text(), Key: r.text()}}
	return ref, r.ended()
}
