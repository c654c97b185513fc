package nanoprobe

import "slices"

// outbox holds the newest item of each key for one destination until that destination has stored it.
// It is bounded by its keys: an item of a further key is refused, and counted.
//
//	Put(k, v1) Put(k, v2) → v2 waits, in the place of v1
//	Take → v2 is under way, and waits still
//	Put(k, v3), Done → v3 waits: what was stored was not the newest
//	Postpone → v3 waits behind the other keys
//
// It is not safe for concurrent use.
type outbox[T any] struct {
	maxKeys int
	order   []string // keys by age of their oldest undelivered item
	items   map[string]parcel[T]
	last    uint64 // number of the newest parcel
	refused uint64 // items refused because the box was full
}

// parcel is an item and the number that tells it from its successors.
type parcel[T any] struct {
	key    string
	number uint64
	item   T
}

func newOutbox[T any](maxKeys int) *outbox[T] {
	return &outbox[T]{maxKeys: maxKeys, items: map[string]parcel[T]{}}
}

// Put adds item or replaces the one of the same key. It reports false when the box is full.
func (o *outbox[T]) Put(key string, item T) bool {
	if _, waits := o.items[key]; !waits {
		if len(o.items) >= o.maxKeys {
			o.refused++
			return false
		}
		o.order = append(o.order, key)
	}
	o.last++
	o.items[key] = parcel[T]{key: key, number: o.last, item: item}
	return true
}

// Take returns the oldest parcels, at most max, and keeps them.
func (o *outbox[T]) Take(max int) []parcel[T] {
	batch := make([]parcel[T], 0, min(max, len(o.order)))
	for _, key := range o.order[:min(max, len(o.order))] {
		batch = append(batch, o.items[key])
	}
	return batch
}

// Done forgets the parcels of batch that no newer item has replaced.
func (o *outbox[T]) Done(batch []parcel[T]) {
	for _, p := range batch {
		if o.items[p.key].number == p.number {
			delete(o.items, p.key)
		}
	}
	o.order = slices.DeleteFunc(o.order, func(key string) bool {
		_, waits := o.items[key]
		return !waits
	})
}

// Postpone has the parcels of batch wait behind all others.
func (o *outbox[T]) Postpone(batch []parcel[T]) {
	last := make(map[string]bool, len(batch))
	for _, p := range batch {
		last[p.key] = true
	}
	o.order = slices.DeleteFunc(o.order, func(key string) bool { return last[key] })
	for _, p := range batch {
		o.order = append(o.order, p.key)
	}
}

// Len is the number of keys that wait.
func (o *outbox[T]) Len() int { return len(o.items) }
