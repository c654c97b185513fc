package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// image is a file in memory, to be damaged on purpose.
type image struct {
	b    []byte
	meta meta
	free []bool // by page id
}

func newImage(t *testing.T) image {
	t.Helper()
	b, err := os.ReadFile(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	m, err := readMetas(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	w := walk{r: bytes.NewReader(b), meta: m, used: make([]bool, m.highWater)}
	if err := w.freelist(); err != nil {
		t.Fatal(err)
	}
	return image{b, m, w.used}
}

// page returns the bytes of the first page in use with these flags and at least three elements.
func (im image) page(flags uint16) []byte {
	for id := range im.meta.highWater {
		p := im.b[int64(id)*im.meta.pageBytes:][:im.meta.pageBytes]
		if id > 1 && (!im.free[id] || id == im.meta.freelist) && order.Uint64(p) == id && order.Uint16(p[8:]) == flags && order.Uint16(p[10:]) > 2 {
			return p
		}
	}
	panic(fmt.Sprintf("no page with flags %#x", flags))
}

func element(p []byte, i int) []byte { return p[headerBytes+i*elementBytes:] }

func TestVerifyFinds(t *testing.T) {
	addFree := func(p []byte, id uint64) {
		count := order.Uint16(p[10:])
		order.PutUint64(p[headerBytes+8*int(count):], id)
		order.PutUint16(p[10:], count+1)
	}
	// copyKey gives element i the key of element j, as long as its own.
	copyKey := func(p []byte, i, j, posAt, lenAt int) {
		a, b := element(p, i), element(p, j)
		copy(a[order.Uint32(a[posAt:]):][:order.Uint32(a[lenAt:])], b[order.Uint32(b[posAt:]):][:order.Uint32(b[lenAt:])])
	}
	for want, damage := range map[string]func(im image){
		"":                        func(image) {},
		"used twice":              func(im image) { addFree(im.page(flagFreelist), order.Uint64(im.page(flagBranch))) },
		"does not exist":          func(im image) { addFree(im.page(flagFreelist), im.meta.highWater) },
		"neither in use nor free": func(im image) { p := im.page(flagFreelist); order.PutUint16(p[10:], order.Uint16(p[10:])-1) },
		"has 65534 entries":       func(im image) { order.PutUint16(im.page(flagFreelist)[10:], 65534) },
		"is not the free list":    func(im image) { order.PutUint16(im.page(flagFreelist)[8:], flagLeaf) },
		"key 1 is out of order":   func(im image) { copyKey(im.page(flagLeaf), 1, 0, 4, 8) },
		"key 2 is out of order":   func(im image) { copyKey(im.page(flagBranch), 2, 1, 0, 4) },
		"key 0 is out of order":   func(im image) { copyKey(im.page(flagBranch), 0, 2, 0, 4) },
		"says that it is page":    func(im image) { im.page(flagLeaf)[0] ^= 0x80 },
		"element 0 has flags 0x2": func(im image) { order.PutUint32(element(im.page(flagLeaf), 0), 2) },
		"a bucket of 8 bytes": func(im image) {
			e := element(im.page(flagLeaf), 0)
			order.PutUint32(e, flagBucket)
			order.PutUint32(e[12:], 8)
		},
		"element 1 lies outside":    func(im image) { order.PutUint32(element(im.page(flagLeaf), 1)[4:], 8) },
		"has flags 0x20":            func(im image) { order.PutUint16(im.page(flagLeaf)[8:], 0x20) },
		"has flags 0x1 and 0":       func(im image) { order.PutUint16(im.page(flagBranch)[10:], 0) },
		"has 9999 elements":         func(im image) { order.PutUint16(im.page(flagLeaf)[10:], 9999) },
		"page 1099511627776 of":     func(im image) { order.PutUint64(element(im.page(flagBranch), 0)[8:], 1<<40) },
		"checksum of the meta page": func(im image) { im.b[headerBytes+8] ^= 1 },
		"bbolt version 3, not 2":    func(im image) { editMeta(im.b, func(m []byte) { order.PutUint32(m[4:], 3) }) },
		"page size 1000":            func(im image) { editMeta(im.b, func(m []byte) { order.PutUint32(m[8:], 1000) }) },
		"18446744073709551615 pages of": func(im image) {
			for _, page := range []int64{0, im.meta.pageBytes} {
				editMeta(im.b[page:], func(m []byte) { order.PutUint64(m[40:], 1<<64-1) })
			}
		},
	} {
		im := newImage(t)
		damage(im)
		err := verify(bytes.NewReader(im.b), int64(len(im.b)))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// editMeta changes a meta page and makes its checksum right.
func editMeta(page []byte, edit func(m []byte)) {
	m := page[headerBytes:][:metaBytes]
	edit(m)
	order.PutUint64(m[metaBytes-8:], metaSum(m))
}

// A search that comes to a branch page by a greater key than its first would miss what is below.
func TestVerifyBelow(t *testing.T) {
	im := newImage(t)
	for least, want := range map[string]error{"key 000000": nil, "key 000000x": ErrDamaged} {
		w := walk{r: bytes.NewReader(im.b), meta: im.meta, used: make([]bool, im.meta.highWater)}
		p, err := w.read(order.Uint64(im.page(flagBranch)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.branch(p, []byte(least), 0); !errors.Is(err, want) {
			t.Errorf("branch page below %q: %v, want %v", least, err, want)
		}
	}
}

// An element may end where its page does, and no byte later.
func TestVerifyEndOfPage(t *testing.T) {
	for extra, want := range map[uint32]error{0: nil, 1: ErrDamaged} {
		im := newImage(t)
		p := im.page(flagLeaf)
		last := int(order.Uint16(p[10:])) - 1
		e := element(p, last)
		start := uint32(headerBytes+last*elementBytes) + order.Uint32(e[4:]) + order.Uint32(e[8:])
		order.PutUint32(e[12:], uint32(len(p))-start+extra)
		if err := verify(bytes.NewReader(im.b), int64(len(im.b))); !errors.Is(err, want) {
			t.Errorf("value %d bytes beyond the page: %v, want %v", extra, err, want)
		}
	}
}

// A free list with more entries than its page can count says how many in its first.
func TestVerifyManyFree(t *testing.T) {
	im := newImage(t)
	p := im.page(flagFreelist)
	count := int(order.Uint16(p[10:]))
	copy(p[headerBytes+8:], slices.Clone(p[headerBytes:headerBytes+8*count]))
	order.PutUint64(p[headerBytes:], uint64(count))
	order.PutUint16(p[10:], manyFree)
	if err := verify(bytes.NewReader(im.b), int64(len(im.b))); err != nil {
		t.Error(err)
	}
}

// A meta page that is some transactions older than the other was not written when it should have been.
func TestVerifyOldMeta(t *testing.T) {
	path := sample(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		err := db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("inline")).Put([]byte{byte(i)}, []byte("v")) })
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []int{0, 4096} {
		b := slices.Clone(after)
		copy(b[page:page+4096], before[page:])
		if err := verify(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), "meta pages of transactions") {
			t.Errorf("with an old meta page at %d: %v", page, err)
		}
	}
}
