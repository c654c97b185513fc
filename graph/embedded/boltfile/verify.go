package boltfile

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
)

// bbolt's layout. All numbers are little-endian here; bbolt writes them in the machine's order.
const (
	metaMagic   = 0xED0CDAED
	metaVersion = 2

	headerBytes  = 16 // of a page: id u64, flags u16, count u16, overflow u32 (further pages it spans)
	metaBytes    = 64 // magic, version, page size, flags u32; root, sequence, free list, high water, transaction, checksum u64
	elementBytes = 16 // leaf: flags, pos, key and value bytes u32; branch: pos, key bytes u32, page u64
	bucketBytes  = 16 // a bucket as a value: root page u64, sequence u64; then an inline page if the root is 0

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10

	flagBucket = 0x01 // of a leaf element

	manyFree = 0xFFFF // count of a free list whose true count is its first element

	minPageBytes, maxPageBytes = 1 << 10, 64 << 10

	// maxDepth bounds nested buckets and levels of a tree alike. With two keys a page, the fewest that
	// bbolt has, 64 levels would be more pages than a file can number.
	maxDepth = 64
)

var order = binary.LittleEndian

type meta struct {
	pageBytes      int64
	root, freelist uint64
	highWater      uint64 // pages that the file numbers
	txid           uint64
}

// verify reports whether the size bytes of r are structured as bbolt does.
func verify(r io.ReaderAt, size int64) error {
	m, err := readMetas(r, size)
	if err != nil {
		return err
	}
	if m.highWater > uint64(size/m.pageBytes) || m.highWater < 4 {
		return damaged("%d bytes, but %d pages of %d", size, m.highWater, m.pageBytes)
	}
	w := walk{r: r, meta: m, used: make([]bool, m.highWater)}
	w.used[0], w.used[1] = true, true
	if err := w.freelist(); err != nil {
		return err
	}
	if err := w.bucket(m.root, 0); err != nil {
		return err
	}
	for id, used := range w.used {
		if !used {
			return damaged("page %d is neither in use nor free", id)
		}
	}
	return nil
}

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDamaged, fmt.Sprintf(format, args...))
}

// readMetas returns the newer meta page. The second lies at the page size, which the first tells.
func readMetas(r io.ReaderAt, size int64) (meta, error) {
	a, err := readMeta(r, 0, size)
	if err != nil {
		return meta{}, err
	}
	b, err := readMeta(r, a.pageBytes, size)
	if err != nil {
		return meta{}, err
	}
	if b.txid > a.txid {
		a, b = b, a
	}
	if a.txid-b.txid != 1 || a.pageBytes != b.pageBytes {
		return meta{}, damaged("meta pages of transactions %d and %d", a.txid, b.txid)
	}
	return a, nil
}

func readMeta(r io.ReaderAt, off, size int64) (meta, error) {
	if size == 0 {
		return meta{}, damaged("it is empty")
	}
	p := make([]byte, headerBytes+metaBytes)
	if n, err := r.ReadAt(p, off); err == io.EOF {
		if off == 0 && (n < headerBytes+4 || order.Uint32(p[headerBytes:]) != metaMagic) {
			return meta{}, fmt.Errorf("%w: not a bbolt file", ErrFormat)
		}
		return meta{}, damaged("cut short at byte %d", size)
	} else if err != nil {
		return meta{}, err
	}
	p = p[headerBytes:]
	intact := metaSum(p) == order.Uint64(p[metaBytes-8:])
	switch magic, version := order.Uint32(p), order.Uint32(p[4:]); {
	case magic != metaMagic && off == 0 && !intact:
		return meta{}, fmt.Errorf("%w: not a bbolt file", ErrFormat)
	case !intact:
		return meta{}, damaged("checksum of the meta page at byte %d", off)
	case version != metaVersion:
		return meta{}, fmt.Errorf("%w: bbolt version %d, not %d", ErrFormat, version, metaVersion)
	}
	m := meta{
		pageBytes: int64(order.Uint32(p[8:])),
		root:      order.Uint64(p[16:]),
		freelist:  order.Uint64(p[32:]),
		highWater: order.Uint64(p[40:]),
		txid:      order.Uint64(p[48:]),
	}
	if m.pageBytes < minPageBytes || m.pageBytes > maxPageBytes || m.pageBytes&(m.pageBytes-1) != 0 {
		return meta{}, damaged("page size %d", m.pageBytes)
	}
	return m, nil
}

func metaSum(m []byte) uint64 {
	sum := fnv.New64a()
	sum.Write(m[:metaBytes-8])
	return sum.Sum64()
}
