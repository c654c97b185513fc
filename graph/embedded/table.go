package embedded

import (
	"maps"
	"slices"

	"go.etcd.io/bbolt"
)

// table is a bucket in a transaction. What is put waits until write gives it to the bucket in the order of
// keys, because neighbours lie in the same pages, and because what a batch has just put is read again.
type table struct {
	bucket  *bbolt.Bucket
	tally   *tally
	waiting map[string][]byte // nil for what is to be deleted
}

func newTable(tx *bbolt.Tx, name string, of *tally) table {
	return table{bucket: tx.Bucket([]byte(name)), tally: of, waiting: map[string][]byte{}}
}

// get returns the value of a key, or nil.
func (t *table) get(key []byte) []byte {
	if value, ok := t.waiting[string(key)]; ok {
		return value
	}
	return t.bucket.Get(key)
}

// put sets the value of a key, or deletes it if value is nil.
func (t *table) put(key, value []byte) { t.waiting[string(key)] = value }

// write gives the bucket what was put, and keeps its tally.
func (t *table) write() error {
	for _, name := range slices.Sorted(maps.Keys(t.waiting)) {
		if err := t.writeOne([]byte(name), t.waiting[name]); err != nil {
			return err
		}
	}
	return nil
}

func (t *table) writeOne(key, value []byte) error {
	if old := t.bucket.Get(key); old != nil {
		t.tally.remove(key, old)
	}
	if value == nil {
		return t.bucket.Delete(key)
	}
	t.tally.add(key, value)
	return t.bucket.Put(key, value)
}
