package embedded

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
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
		id sayID
	}
	sourceRead struct {
		record
		graph.Claimant
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
	to.id = sayID(binary.BigEndian.Uint32(key))
	return nil
}

func readSource(to *sourceRead, key, value []byte) error {
	var ok bool
	to.Host, to.Instance, ok = strings.Cut(string(key), "\x00")
	if !ok || !to.record.decode(value) {
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
