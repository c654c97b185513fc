package embedded

import "slices"

const (
	pageBits = 8
	// pageLen is the number of ids that share a page. A batch copies the pages it touches: 1,000 facts
	// scattered over as many pages of 8-byte values copy 2 MB, less than 1 ms.
	pageLen = 1 << pageBits
)

// page holds the values of pageLen consecutive ids. Only the batch that made it writes to it.
type page[T any] struct {
	batch  uint64
	values [pageLen]T
}

// column is a value for every id, zero where none was set. It is kept in pages, of which those that
// hold nothing but zeros need not be there. A copy of the struct is a snapshot: it stays as it is
// while later batches write to the original.
type column[T any] struct {
	pages []*page[T]
	batch uint64 // the batch that made pages, the list
}

func (c *column[T]) get(id uint32) (v T) {
	if p := int(id >> pageBits); p < len(c.pages) && c.pages[p] != nil {
		return c.pages[p].values[id%pageLen]
	}
	return v
}

// at returns where to write the value of id; the pointer is good until the batch ends.
func (c *column[T]) at(id uint32, batch uint64) *T {
	p := int(id >> pageBits)
	if c.batch != batch {
		c.pages, c.batch = slices.Clone(c.pages), batch
	}
	if more := p + 1 - len(c.pages); more > 0 {
		c.pages = append(c.pages, make([]*page[T], more)...)
	}
	switch old := c.pages[p]; {
	case old == nil:
		c.pages[p] = &page[T]{batch: batch}
	case old.batch != batch:
		own := *old
		own.batch = batch
		c.pages[p] = &own
	}
	return &c.pages[p].values[id%pageLen]
}

func (c *column[T]) set(id uint32, v T, batch uint64) { *c.at(id, batch) = v }
