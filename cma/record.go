package cma

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zstd"
	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
)

// A record is what the journal keeps under a key:
//
//	0  crc32c of the key and of all that follows, u32 little-endian
//	4  0: JSON follows; 1: JSON in a zstd frame follows
//	5  ...
//
// bbolt does not sum up its pages: this tells a record that a disk has altered.
const (
	recordHeader = 5
	recordPlain  = 0
	recordZstd   = 1

	// zstdAbove is the size of JSON from which compressing it saves a tenth or more.
	zstdAbove = 1 << 10
	// maxRecordBytes bounds a record's JSON: the largest document and its envelope.
	maxRecordBytes = discovery.MaxDocumentBytes + 64<<10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// records reads and writes values as records.
type records struct {
	enc *zstd.Encoder // EncodeAll and DecodeAll only, which may be called concurrently
	dec *zstd.Decoder
}

func newRecords() (records, error) {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		return records{}, err
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxRecordBytes))
	return records{enc: enc, dec: dec}, err
}

func (r records) put(b *bbolt.Bucket, key []byte, value any) error {
	text, err := api.Marshal(value)
	if err != nil {
		return err
	}
	record := []byte{0, 0, 0, 0, recordPlain}
	if len(text) > zstdAbove {
		record[4] = recordZstd
		record = r.enc.EncodeAll(text, record)
	} else {
		record = append(record, text...)
	}
	binary.LittleEndian.PutUint32(record, checksum(key, record))
	return b.Put(key, record)
}

// get decodes the record under key into value, and reports whether there is one.
func (r records) get(b *bbolt.Bucket, key []byte, value any) (bool, error) {
	record := b.Get(key)
	if record == nil {
		return false, nil
	}
	return true, r.decode(key, record, value)
}

func (r records) decode(key, record []byte, value any) error {
	if err := verifyRecord(key, record); err != nil {
		return err
	}
	text := record[recordHeader:]
	if record[4] == recordZstd {
		var err error
		if text, err = r.dec.DecodeAll(text, nil); err != nil {
			return fmt.Errorf("record %q: %w: %w", key, ErrDamaged, err)
		}
	}
	if err := json.Unmarshal(text, value); err != nil {
		return fmt.Errorf("record %q: %w: %w", key, ErrDamaged, err)
	}
	return nil
}

// verifyRecord reports a record that is not as it was written.
func verifyRecord(key, record []byte) error {
	if len(record) < recordHeader || binary.LittleEndian.Uint32(record) != checksum(key, record) {
		return fmt.Errorf("record %q: %w: its checksum differs", key, ErrDamaged)
	}
	return nil
}

func checksum(key, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, record[4:])
}
