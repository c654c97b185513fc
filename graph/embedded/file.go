package embedded

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io/fs"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// format is the version of what doc.go describes. A file of another one is not read.
const format = 1

const (
	metaBucket     = "meta"
	sourcesBucket  = "sources"
	resolvedBucket = "resolved"
	headKey        = "head"
)

// head is what the file says of itself.
type head struct {
	Format   int    `json:"format"`
	ID       string `json:"id"`     // 16 random bytes, hex
	Clock    uint64 `json:"clock"`  // steps by one with every document whose facts change
	Writes   uint64 `json:"writes"` // transactions since the file was made
	Sources  tally  `json:"sources"`
	Resolved tally  `json:"resolved"`
}

// tally is what a bucket must add up to.
type tally struct {
	Records uint64 `json:"records"`
	Sum     uint64 `json:"sum"` // of the records' checksums, modulo 2^64
}

func (t *tally) add(key, value []byte) {
	t.Records++
	t.Sum += checksum(key, value)
}

func (t *tally) remove(key, value []byte) {
	t.Records--
	t.Sum -= checksum(key, value)
}

func checksum(key, value []byte) uint64 {
	table := crc64.MakeTable(crc64.ECMA) // made once by the standard library
	return crc64.Update(crc64.Checksum(key, table), table, value)
}

// record is a document's value in the file.
type record struct {
	graph.Facts
	Age uint64 `json:"age"` // the clock when the facts changed last
}

// createFile makes an empty store's file.
func createFile(path string) error {
	var id [16]byte
	rand.Read(id[:]) // never fails: it crashes the program first (crypto/rand)
	return boltfile.Create(path, func(tx *bbolt.Tx) error {
		for _, name := range []string{metaBucket, sourcesBucket, resolvedBucket} {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return writeHead(tx, head{Format: format, ID: hex.EncodeToString(id[:])})
	})
}

// openFile opens the file at path, which is made if there is none.
func openFile(path string) (*bbolt.DB, error) {
	db, err := boltfile.Open(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return db, err
	}
	if err := createFile(path); err != nil && !errors.Is(err, fs.ErrExist) { // which another made meanwhile
		return nil, err
	}
	return boltfile.Open(path)
}

func writeHead(tx *bbolt.Tx, h head) error {
	value, err := json.Marshal(h)
	if err != nil {
		return err
	}
	value = binary.BigEndian.AppendUint64(value, checksum([]byte(headKey), value))
	return tx.Bucket([]byte(metaBucket)).Put([]byte(headKey), value)
}

func readHead(tx *bbolt.Tx) (head, error) {
	meta := tx.Bucket([]byte(metaBucket))
	if meta == nil || tx.Bucket([]byte(sourcesBucket)) == nil || tx.Bucket([]byte(resolvedBucket)) == nil {
		return head{}, fmt.Errorf("%w: not a graph", ErrFormat)
	}
	value := meta.Get([]byte(headKey))
	split := len(value) - 8
	if split < 0 || binary.BigEndian.Uint64(value[split:]) != checksum([]byte(headKey), value[:split]) {
		return head{}, fmt.Errorf("%w: checksum of the head", ErrDamaged)
	}
	var h head
	if err := json.Unmarshal(value[:split], &h); err != nil {
		return head{}, fmt.Errorf("%w: head: %w", ErrFormat, err)
	}
	if h.Format != format {
		return head{}, fmt.Errorf("%w: graph of format %d, not %d", ErrFormat, h.Format, format)
	}
	return h, nil
}

// load rebuilds the memory from a file and verifies that the file adds up.
func load(tx *bbolt.Tx) (*memory, head, error) {
	h, err := readHead(tx)
	if err != nil {
		return nil, head{}, err
	}
	m := newMemory()
	err = eachRecord(tx, sourcesBucket, h.Sources, func(key []byte, r record) error {
		if err := r.Validate(); err != nil {
			return err
		}
		if string(key) != string(sourceKey(documentOf(r.Source))) || r.Age > h.Clock {
			return fmt.Errorf("record of document %q of host %q is out of place", r.Source.Instance, r.Source.Host)
		}
		m.assert(m.hold(source{Source: r.Source, age: r.Age}), graph.Diff(graph.Facts{}, r.Facts))
		return nil
	})
	if err != nil {
		return nil, head{}, err
	}
	err = eachRecord(tx, resolvedBucket, h.Resolved, func(_ []byte, r graph.Rel) error {
		for _, end := range []graph.Ref{r.From, r.To} {
			if _, ok := m.byRef[end]; !ok {
				return fmt.Errorf("resolved %q ends at %q, which nothing asserts", r.Type, end.Key)
			}
		}
		m.claimResolved(r)
		return nil
	})
	m.finish()
	return m, h, err
}

// eachRecord calls fn for every record of a bucket. That it fails, or the bucket does not come to
// want, is damage.
func eachRecord[T any](tx *bbolt.Tx, bucket string, want tally, fn func(key []byte, v T) error) error {
	var got tally
	err := tx.Bucket([]byte(bucket)).ForEach(func(key, value []byte) error {
		got.add(key, value)
		var v T
		if err := json.Unmarshal(value, &v); err != nil {
			return err
		}
		return fn(key, v)
	})
	if err != nil {
		return fmt.Errorf("%w: bucket %q: %w", ErrDamaged, bucket, err)
	}
	if got != want {
		return fmt.Errorf("%w: bucket %q has %d records of sum %016x, not %d of %016x",
			ErrDamaged, bucket, got.Records, got.Sum, want.Records, want.Sum)
	}
	return nil
}

// sourceKey is unambiguous, since 0x00 is not in the name of a host.
func sourceKey(d document) []byte { return []byte(d.host + "\x00" + d.instance) }

// resolvedKey has every part after its length, so that no two names come out the same.
func resolvedKey(r graph.RelRef) (key []byte) {
	for _, part := range []string{r.Type, r.From.Label, r.From.Key, r.To.Label, r.To.Key} {
		key = binary.AppendUvarint(key, uint64(len(part)))
		key = append(key, part...)
	}
	return key
}

// storedFacts reads what the file holds of a document; nothing of one that it does not know.
func storedFacts(tx *bbolt.Tx, d document) (graph.Facts, error) {
	value := tx.Bucket([]byte(sourcesBucket)).Get(sourceKey(d))
	if value == nil {
		return graph.Facts{}, nil
	}
	var r record
	if err := json.Unmarshal(value, &r); err != nil {
		return graph.Facts{}, fmt.Errorf("%w: record of document %q of host %q: %w", ErrDamaged, d.instance, d.host, err)
	}
	return r.Facts, nil
}

// write puts a plan into the file and returns the head as it is then.
func (p plan) write(tx *bbolt.Tx, h head) (head, error) {
	h.Writes++
	for _, d := range p.documents {
		h.Clock = max(h.Clock, d.age)
		value, err := json.Marshal(record{Facts: d.Facts, Age: d.age})
		if err != nil {
			return head{}, err
		}
		if err := put(tx, sourcesBucket, &h.Sources, sourceKey(documentOf(d.Source)), value); err != nil {
			return head{}, err
		}
	}
	for _, r := range p.resolved {
		value, err := json.Marshal(r)
		if err != nil {
			return head{}, err
		}
		if err := put(tx, resolvedBucket, &h.Resolved, resolvedKey(r.Ref()), value); err != nil {
			return head{}, err
		}
	}
	for _, ref := range p.dissolved {
		if err := put(tx, resolvedBucket, &h.Resolved, resolvedKey(ref), nil); err != nil {
			return head{}, err
		}
	}
	return h, writeHead(tx, h)
}

// put sets a record, or deletes it if value is nil, and keeps its bucket's tally.
func put(tx *bbolt.Tx, bucket string, t *tally, key, value []byte) error {
	b := tx.Bucket([]byte(bucket))
	if old := b.Get(key); old != nil {
		t.remove(key, old)
	}
	if value == nil {
		return b.Delete(key)
	}
	t.add(key, value)
	return b.Put(key, value)
}
