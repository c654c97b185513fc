package segment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/assim-mesh/assim/cache/trigram"
	"github.com/klauspost/compress/zstd"
)

const (
	// blockBytes is where the text of a block is cut: what a candidate costs a query, and still large
	// enough to pack well.
	blockBytes = 128 << 10
	// maxTextBytes is a block that got its last line just before it was cut.
	maxTextBytes = blockBytes + MaxLineBytes
	// maxBlockLines is what a block can't have: 128 KiB of distinct lines are 44,000 at most.
	maxBlockLines = 1 << 16
	// maxPostingBytes is where the postings of a block are cut, before the one that goes beyond. One
	// posting of 2^17 hosts, each with its own number of times, takes at most 640 KiB.
	maxPostingBytes = 320 << 10
	// maxBlocks bounds a segment to 128 GiB of distinct lines.
	maxBlocks = 1 << 20
)

// ErrFull is returned when a segment would be larger than allowed. Its path is not worth one.
var ErrFull = errors.New("segment is full")

// Stats says what is in a segment.
type Stats struct {
	Hosts     int   // covered, those with empty files too
	Lines     int   // distinct
	Blocks    int   //
	Unindexed int   // blocks that every query has to read
	TextBytes int64 // of the distinct lines with a line end each
	Bytes     int64 // of all fields, as stored; 0 for one that was opened
}

// writer writes a segment from lines in ascending order.
type writer struct {
	put     Put
	most    int64 // bytes
	sealer  *sealer
	hosts   []uint32 // ordinals of the covered hosts by position
	index   *index   // nil for a run of a builder, which nobody searches
	anchors anchorage
	stats   Stats

	// The block that is being filled.
	text, ranks, sets []byte
	lines             int
	rank              uint64
	prev, members     []uint32
}

func newWriter(put Put, most int64, hosts []uint32) *writer {
	return &writer{put: put, most: most, hosts: hosts, sealer: newSealer(zstd.SpeedDefault), index: newIndex(),
		stats: Stats{Hosts: len(hosts)}}
}

// newRunWriter is for a segment that is read once, soon, and dropped.
func newRunWriter(put Put, most int64, hosts []uint32) *writer {
	return &writer{put: put, most: most, hosts: hosts, sealer: newSealer(zstd.SpeedFastest), stats: Stats{Hosts: len(hosts)}}
}

// add writes a line. Holders are not empty, and ascend by position.
func (w *writer) add(line []byte, rank uint64, holders []Holder) error {
	members := w.members[:0]
	for _, h := range holders {
		members = append(members, h.Host)
	}
	w.members = members
	before := len(w.sets)
	w.appendPosting(holders)
	if before > 0 && len(w.sets) > maxPostingBytes {
		w.sets = w.sets[:before]
		if err := w.flush(); err != nil {
			return err
		}
		w.appendPosting(holders)
	}
	w.prev, w.members = w.members, w.prev
	w.text = append(append(w.text, line...), '\n')
	delta := rank - w.rank
	w.ranks = binary.AppendUvarint(w.ranks, delta<<1^-(delta>>63)) // zigzag
	w.rank = rank
	w.lines++
	w.anchors.add(line, rank, len(holders))
	if len(w.text) >= blockBytes {
		return w.flush()
	}
	return nil
}

func (w *writer) appendPosting(holders []Holder) {
	w.sets = appendSet(w.sets, len(w.hosts), w.members, w.prev)
	w.sets = appendTimes(w.sets, holders)
}

// flush ends the block.
func (w *writer) flush() error {
	if w.lines == 0 {
		return nil
	}
	block := uint32(w.stats.Blocks)
	if w.stats.Blocks++; w.stats.Blocks > maxBlocks {
		return fmt.Errorf("%w: at most %d blocks", ErrFull, maxBlocks)
	}
	w.stats.Lines += w.lines
	w.stats.TextBytes += int64(len(w.text))
	if w.index != nil {
		w.index.add(block, w.text)
	}
	raw := binary.AppendUvarint(nil, uint64(w.lines))
	raw = binary.AppendUvarint(raw, uint64(len(w.ranks)))
	raw = slices.Concat(raw, w.ranks, w.sets)
	if err := w.field(textField(block), w.text); err != nil {
		return err
	}
	w.text, w.ranks, w.sets, w.prev, w.lines, w.rank = w.text[:0], w.ranks[:0], w.sets[:0], w.prev[:0], 0, 0
	return w.field(postingField(block), raw)
}

func (w *writer) field(name string, raw []byte) error {
	sealed := w.sealer.seal(name, raw)
	if w.stats.Bytes += int64(len(sealed)); w.stats.Bytes > w.most {
		return fmt.Errorf("%w: more than %d bytes", ErrFull, w.most)
	}
	return w.put(name, sealed)
}

// finish writes what is not in blocks; last of all the field without which there is no segment.
func (w *writer) finish() (Stats, error) {
	if err := w.flush(); err != nil {
		return w.stats, err
	}
	var firsts []trigram.Trigram
	var left []uint32
	if w.index != nil {
		left = w.index.left
		w.stats.Unindexed = len(left)
		var err error
		if firsts, err = w.index.write(w.stats.Blocks, w.field); err != nil {
			return w.stats, err
		}
	}
	if err := w.field(fieldAnchors, w.anchors.append(nil)); err != nil {
		return w.stats, err
	}
	return w.stats, w.field(fieldMeta, appendMeta(nil, w.hosts, w.stats, left, firsts))
}
