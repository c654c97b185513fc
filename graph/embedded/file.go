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

	"github.com/assim-mesh/assim/graph/embedded/boltfile"
)

// format is the version of what doc.go describes. A file of another one is not read.
const format = 3

const (
	metaBucket     = "meta"
	namesBucket    = "names"
	sayingsBucket  = "sayings"
	sourcesBucket  = "sources"
	resolvedBucket = "resolved"
	linesBucket    = "lines"
	headKey        = "head"
)

// head is what the file says of itself.
type head struct {
	Format   int    `json:"format"`
	ID       string `json:"id"`     // 16 random bytes, hex
	Clock    uint64 `json:"clock"`  // steps by one with every document whose facts change
	Writes   uint64 `json:"writes"` // transactions since the file was made
	Names    tally  `json:"names"`
	Sayings  tally  `json:"sayings"`
	Sources  tally  `json:"sources"`
	Resolved tally  `json:"resolved"`
	Lines    tally  `json:"lines"`
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

// createFile makes an empty store's file.
func createFile(path string) error {
	var id [16]byte
	rand.Read(id[:]) // never fails: it crashes the program first (crypto/rand)
	return boltfile.Create(path, func(tx *bbolt.Tx) error {
		for _, name := range []string{metaBucket, namesBucket, sayingsBucket, sourcesBucket, resolvedBucket, linesBucket} {
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

// readHead reads the head before anything else is known to be there: a file of another format may lack
// some buckets.
func readHead(tx *bbolt.Tx) (head, error) {
	meta := tx.Bucket([]byte(metaBucket))
	if meta == nil || tx.Bucket([]byte(sourcesBucket)) == nil {
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
	for _, name := range []string{namesBucket, sayingsBucket, resolvedBucket, linesBucket} {
		if tx.Bucket([]byte(name)) == nil {
			return head{}, fmt.Errorf("%w: no bucket %q", ErrDamaged, name)
		}
	}
	return h, nil
}
