package cache

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"time"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/klauspost/compress/zstd"
)

// fieldHosts is a segment's table of hosts, beside the fields of package segment.
const fieldHosts = "hosts"

// fieldMade is when a segment was swapped in, Unix seconds by the server's clock.
const fieldMade = "made"

// entry is what a segment knows of a host. Ordinals are of one numbering in all segments of a path.
type entry struct {
	ordinal uint32
	name    string
	state   hostState
	changed int64 // the row's, Unix milliseconds by the host's clock; 0 if not known
}

// hostState is where the content of a host is.
type hostState uint8

const (
	covered hostState = iota // in the segment
	live                     // in the row only: binary, damaged, a notice, or else not fit for a segment
	absent                   // nowhere: what older segments have of the host doesn't count
	states
)

// packHostTable packs entries, whose ordinals ascend:
//
//	byte 0      1, the version
//	bytes 1-4   CRC-32C of the rest, little-endian
//	bytes 5-    one zstd frame, of at most 16 MiB unpacked. In it, for each host: its ordinal less the one
//	            before and 1 (the first: less 0), times 3, plus its state; how many bytes its name shares
//	            with the one before; how many follow, and these; changed less the one before, zigzag. All
//	            numbers are uvarint
func packHostTable(entries []entry) ([]byte, error) {
	var raw []byte
	next, name, changed := uint32(0), "", int64(0)
	for _, e := range entries {
		shared := 0
		for shared < min(len(name), len(e.name)) && name[shared] == e.name[shared] {
			shared++
		}
		raw = binary.AppendUvarint(raw, uint64(e.ordinal-next)*uint64(states)+uint64(e.state))
		raw = binary.AppendUvarint(raw, uint64(shared))
		raw = binary.AppendUvarint(raw, uint64(len(e.name)-shared))
		raw = append(raw, e.name[shared:]...)
		raw = binary.AppendVarint(raw, e.changed-changed)
		next, name, changed = e.ordinal+1, e.name, e.changed
	}
	if len(raw) > maxStoredBytes {
		return nil, fmt.Errorf("%w: the names of its hosts take %d bytes, at most %d", segment.ErrFull, len(raw), maxStoredBytes)
	}
	enc := newEncoder(nil)
	defer enc.Close()
	return sealTable(enc.EncodeAll(raw, nil)), nil
}

// sealTable puts version and checksum before a table's frame.
func sealTable(frame []byte) []byte {
	sealed := binary.LittleEndian.AppendUint32([]byte{1}, crc32.Checksum(frame, crc32.MakeTable(crc32.Castagnoli)))
	return append(sealed, frame...)
}

// parseHostTable reads what packHostTable wrote, or says that it is ErrDamaged.
func parseHostTable(stored []byte) ([]entry, error) {
	if len(stored) < 5 || len(stored) > maxStoredBytes || stored[0] != 1 ||
		binary.LittleEndian.Uint32(stored[1:]) != crc32.Checksum(stored[5:], crc32.MakeTable(crc32.Castagnoli)) {
		return nil, fmt.Errorf("%w: no table of hosts", ErrDamaged)
	}
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxStoredBytes))
	if err != nil {
		panic("cache: zstd options: " + err.Error())
	}
	defer dec.Close()
	raw, err := dec.DecodeAll(stored[5:], nil)
	if err != nil {
		return nil, fmt.Errorf("%w: table of hosts: zstd: %w", ErrDamaged, err)
	}
	in := tableReader{raw: raw}
	const usual = 12 // bytes of an entry
	entries := make([]entry, 0, min(len(raw)/usual+1, segment.MaxHosts))
	for len(in.raw) > 0 && !in.bad {
		entries = append(entries, in.entry())
	}
	if in.bad {
		return nil, fmt.Errorf("%w: table of hosts: entry %d", ErrDamaged, len(entries))
	}
	return entries, nil
}

// tableReader reads entries one after the other, until bad.
type tableReader struct {
	raw  []byte
	next uint32
	last entry
	bad  bool
}

func (r *tableReader) entry() entry {
	step := r.uvarint(segment.MaxHosts*uint64(states) + uint64(states) - 1)
	shared, more := r.uvarint(uint64(len(r.last.name))), r.uvarint(maxHostBytes)
	if r.bad || more > uint64(len(r.raw)) {
		r.bad = true
		return entry{}
	}
	e := entry{name: r.last.name[:shared] + string(r.raw[:more]), state: hostState(step % uint64(states))}
	r.raw = r.raw[more:]
	delta, n := binary.Varint(r.raw)
	ordinal := uint64(r.next) + step/uint64(states)
	if n <= 0 || ordinal >= segment.MaxHosts || checkHostName(e.name) != nil {
		r.bad = true
		return entry{}
	}
	r.raw = r.raw[n:]
	e.ordinal, e.changed = uint32(ordinal), r.last.changed+delta
	r.next, r.last = e.ordinal+1, e
	return e
}

func (r *tableReader) uvarint(limit uint64) uint64 {
	v, n := binary.Uvarint(r.raw)
	if n <= 0 || v > limit {
		r.bad, r.raw = true, nil
		return 0
	}
	r.raw = r.raw[n:]
	return v
}

// millis and fromMillis keep a time in a table; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
