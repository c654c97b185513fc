package segment

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"

	"github.com/klauspost/compress/zstd"
)

// MaxFieldBytes bounds every field of a segment, stored and unpacked.
const MaxFieldBytes = 1 << 20

// growBytes is the step in which buffers grow, so that fields of about one size find room.
const growBytes = 32 << 10

// maxRawBytes leaves room for the head of a field that does not get smaller.
const maxRawBytes = MaxFieldBytes - 16

var (
	// ErrDamaged is returned for a field that can't be what was put; the message names it.
	ErrDamaged = errors.New("damaged")
	// ErrMissing is returned for a field that is not there, as all are when a segment has been dropped.
	ErrMissing = errors.New("missing")
)

// Put stores one field of a segment. The value is valid until Put returns.
type Put func(field string, value []byte) error

// Get returns the values of fields in their order, nil for one that is not there. It has to allow calls
// at the same time.
type Get func(ctx context.Context, fields []string) ([][]byte, error)

const (
	fieldMeta    = "meta"
	fieldAnchors = "anchors"
)

func textField(block uint32) string    { return "b" + strconv.Itoa(int(block)) }
func postingField(block uint32) string { return "p" + strconv.Itoa(int(block)) }
func indexField(n int) string          { return "t" + strconv.Itoa(n) }

// InIndex reports whether a field is of the trigram index, which may be kept apart from the rest.
func InIndex(field string) bool { return field[0] == 't' }

// How the bytes of a field are stored; also the version of the format.
const (
	storedPlain = 0x10
	storedZstd  = 0x11
)

func damaged(field, format string, args ...any) error {
	return fmt.Errorf("field %q: %w: %s", field, ErrDamaged, fmt.Sprintf(format, args...))
}

func checksum(field string, sealed []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli) // made once by the package
	return crc32.Update(crc32.Checksum([]byte(field), castagnoli), castagnoli, sealed[4:])
}

// sealer packs fields, one at a time.
type sealer struct {
	zstd *zstd.Encoder
	buf  []byte
}

func newSealer(level zstd.EncoderLevel) *sealer {
	enc, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(level), zstd.WithEncoderCRC(false))
	if err != nil {
		panic("segment: zstd options: " + err.Error())
	}
	return &sealer{zstd: enc}
}

// seal returns raw as it is stored in the field. It is valid until the next call.
func (s *sealer) seal(field string, raw []byte) []byte {
	if len(raw) > maxRawBytes {
		panic(fmt.Sprintf("segment: field %q has %d bytes, at most %d", field, len(raw), maxRawBytes))
	}
	head := append(s.buf[:0], 0, 0, 0, 0, storedZstd)
	head = binary.AppendUvarint(head, uint64(len(raw)))
	s.buf = s.zstd.EncodeAll(raw, head)
	if len(s.buf)-len(head) >= len(raw) {
		s.buf = append(head, raw...)
		s.buf[4] = storedPlain
	}
	binary.LittleEndian.PutUint32(s.buf, checksum(field, s.buf))
	return s.buf
}

// opener unpacks fields. It allows calls at the same time.
type opener struct{ zstd *zstd.Decoder }

func newOpener() opener {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(MaxFieldBytes), zstd.IgnoreChecksum(true))
	if err != nil {
		panic("segment: zstd options: " + err.Error())
	}
	return opener{zstd: dec}
}

// open returns what was sealed, in buf if that is large enough.
func (o opener) open(field string, sealed, buf []byte) ([]byte, error) {
	switch {
	case len(sealed) < 6 || len(sealed) > MaxFieldBytes:
		return nil, damaged(field, "%d bytes", len(sealed))
	case binary.LittleEndian.Uint32(sealed) != checksum(field, sealed):
		return nil, damaged(field, "wrong checksum")
	}
	in := input{b: sealed[5:]}
	size := int(in.uvarint(maxRawBytes))
	if in.bad {
		return nil, damaged(field, "no size")
	}
	if cap(buf) < size {
		buf = make([]byte, 0, (size+growBytes-1)/growBytes*growBytes)
	}
	var raw []byte
	switch sealed[4] {
	case storedPlain:
		if len(in.b) != size {
			return nil, damaged(field, "%d bytes, %d promised", len(in.b), size)
		}
		return append(buf[:0], in.b...), nil
	case storedZstd:
		var err error
		if raw, err = o.zstd.DecodeAll(in.b, buf[:0:size]); err != nil {
			return nil, damaged(field, "zstd: %v", err)
		}
	default:
		return nil, damaged(field, "format %#x is not known", sealed[4])
	}
	if len(raw) != size {
		return nil, damaged(field, "%d bytes unpacked, %d promised", len(raw), size)
	}
	return raw, nil
}

// fetch gets fields, all of which have to be there.
func (get Get) fetch(ctx context.Context, fields []string) ([][]byte, error) {
	values, err := get(ctx, fields)
	if err != nil {
		return nil, err
	}
	if len(values) != len(fields) {
		return nil, fmt.Errorf("%d values for %d fields: %w", len(values), len(fields), ErrDamaged)
	}
	for i, value := range values {
		if value == nil {
			return nil, fmt.Errorf("field %q: %w", fields[i], ErrMissing)
		}
	}
	return values, nil
}
