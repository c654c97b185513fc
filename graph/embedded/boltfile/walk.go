package boltfile

import (
	"bytes"
	"io"
)

// walk visits the pages of a file, each at most once: there lies its bound.
type walk struct {
	r    io.ReaderAt
	meta meta
	used []bool // by page id: seen in a tree or on the free list
}

// page is one page with those it spans, or an inline page within a value.
type page struct {
	id    uint64
	flags uint16
	count int
	b     []byte // header included
}

// read takes page id with all that it spans into use.
func (w *walk) read(id uint64) (page, error) {
	if id >= w.meta.highWater {
		return page{}, damaged("page %d of %d", id, w.meta.highWater)
	}
	b := make([]byte, w.meta.pageBytes)
	if _, err := w.r.ReadAt(b, int64(id)*w.meta.pageBytes); err != nil {
		return page{}, err
	}
	if got := order.Uint64(b); got != id {
		return page{}, damaged("page %d says that it is page %d", id, got)
	}
	span := 1 + uint64(order.Uint32(b[12:]))
	for i := id; i < id+span; i++ {
		if err := w.use(i); err != nil {
			return page{}, err
		}
	}
	if span > 1 {
		b = make([]byte, int64(span)*w.meta.pageBytes)
		if _, err := w.r.ReadAt(b, int64(id)*w.meta.pageBytes); err != nil {
			return page{}, err
		}
	}
	return newPage(id, b), nil
}

func (w *walk) use(id uint64) error {
	if id >= w.meta.highWater || w.used[id] {
		return damaged("page %d of %d is used twice or does not exist", id, w.meta.highWater)
	}
	w.used[id] = true
	return nil
}

func newPage(id uint64, b []byte) page {
	return page{id: id, flags: order.Uint16(b[8:]), count: int(order.Uint16(b[10:])), b: b}
}

func (w *walk) freelist() error {
	p, err := w.read(w.meta.freelist)
	if err != nil {
		return err
	}
	if p.flags != flagFreelist {
		return damaged("page %d is not the free list", p.id)
	}
	ids, count := p.b[headerBytes:], uint64(p.count)
	if count == manyFree {
		count, ids = order.Uint64(ids), ids[8:]
	}
	if count > uint64(len(ids)/8) {
		return damaged("the free list has %d entries in %d bytes", count, len(ids))
	}
	for i := range count {
		if err := w.use(order.Uint64(ids[8*i:])); err != nil {
			return err
		}
	}
	return nil
}

// bucket visits the tree of a bucket.
func (w *walk) bucket(root uint64, depth int) error {
	p, err := w.read(root)
	if err != nil {
		return err
	}
	_, err = w.tree(p, nil, depth)
	return err
}

// tree visits p and what is below it. Keys must ascend and none be less than least, the key by which
// a search comes here. It returns the greatest key.
func (w *walk) tree(p page, least []byte, depth int) (last []byte, err error) {
	if depth > maxDepth {
		return nil, damaged("page %d is nested deeper than %d", p.id, maxDepth)
	}
	if headerBytes+p.count*elementBytes > len(p.b) {
		return nil, damaged("page %d has %d elements", p.id, p.count)
	}
	switch {
	case p.flags == flagLeaf:
		return w.leaf(p, least, depth)
	case p.flags == flagBranch && p.count > 0:
		return w.branch(p, least, depth)
	}
	return nil, damaged("page %d has flags %#x and %d elements", p.id, p.flags, p.count)
}

func (w *walk) branch(p page, least []byte, depth int) (last []byte, err error) {
	for i := range p.count {
		e := p.element(i)
		key, err := p.cut(i, order.Uint32(e), order.Uint32(e[4:]), 0)
		if err != nil {
			return nil, err
		}
		switch {
		case i == 0 && bytes.Compare(key, least) < 0, i > 0 && bytes.Compare(key, last) <= 0:
			return nil, damaged("page %d: key %d is out of order", p.id, i)
		}
		child, err := w.read(order.Uint64(e[8:]))
		if err != nil {
			return nil, err
		}
		if last, err = w.tree(child, key, depth+1); err != nil {
			return nil, err
		}
	}
	return last, nil
}

func (w *walk) leaf(p page, least []byte, depth int) (last []byte, err error) {
	last = least
	for i := range p.count {
		e := p.element(i)
		keyBytes, valueBytes := order.Uint32(e[8:]), order.Uint32(e[12:])
		kv, err := p.cut(i, order.Uint32(e[4:]), keyBytes, valueBytes)
		if err != nil {
			return nil, err
		}
		key, value := kv[:keyBytes], kv[keyBytes:]
		if c := bytes.Compare(key, last); c < 0 || c == 0 && i > 0 {
			return nil, damaged("page %d: key %d is out of order", p.id, i)
		}
		last = key
		switch flags := order.Uint32(e); {
		case flags == flagBucket:
			if err := w.nested(p, value, depth); err != nil {
				return nil, err
			}
		case flags != 0:
			return nil, damaged("page %d: element %d has flags %#x", p.id, i, flags)
		}
	}
	return last, nil
}

// nested visits a bucket that is a value of p.
func (w *walk) nested(p page, value []byte, depth int) error {
	if len(value) < bucketBytes {
		return damaged("page %d: a bucket of %d bytes", p.id, len(value))
	}
	if root := order.Uint64(value); root != 0 {
		return w.bucket(root, depth+1)
	}
	inline := value[bucketBytes:]
	if len(inline) < headerBytes {
		return damaged("page %d: an inline page of %d bytes", p.id, len(inline))
	}
	_, err := w.tree(newPage(p.id, inline), nil, depth+1)
	return err
}

func (p page) element(i int) []byte {
	return p.b[headerBytes+i*elementBytes:][:elementBytes]
}

// cut returns the key and value of element i, which lie pos bytes after the element's own start.
func (p page) cut(i int, pos, keyBytes, valueBytes uint32) ([]byte, error) {
	from := uint64(headerBytes+i*elementBytes) + uint64(pos)
	to := from + uint64(keyBytes) + uint64(valueBytes)
	if to > uint64(len(p.b)) || pos < elementBytes {
		return nil, damaged("page %d: element %d lies outside", p.id, i)
	}
	return p.b[from:to], nil
}
