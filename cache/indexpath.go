package cache

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cache/segment"
	"github.com/redis/go-redis/v9"
)

// listPaths returns the paths that have rows or pointers, sorted, and the pointers.
func (w *worker) listPaths(ctx context.Context) ([]string, map[string]string, error) {
	var members *redis.StringSliceCmd
	var pointers *redis.MapStringStringCmd
	_, err := w.c.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		members, pointers = pipe.SMembers(ctx, keyPaths), pipe.HGetAll(ctx, keySegments)
		return nil
	})
	if err != nil {
		return nil, nil, w.c.fail(err)
	}
	paths := slices.AppendSeq(members.Val(), maps.Keys(pointers.Val()))
	paths = slices.DeleteFunc(paths, func(path string) bool { return checkPath(path) != nil })
	slices.Sort(paths)
	return slices.Compact(paths), pointers.Val(), nil
}

// indexPath brings the segments of a path up to date, of which so many hosts have a row.
func (w *worker) indexPath(ctx context.Context, path, text string, hosts int) (err error) {
	p, damaged := parsePointer(text)
	state := pathState{pointer: p, damaged: damaged != nil, hosts: hosts, minHosts: w.minHosts}
	state.wanted = path != TimesPath && w.paths.match(path) && time.Since(w.refused[path]) >= trainEvery
	switch decide(state) {
	case drop:
		w.count(func(s *IndexerStats) { s.Dropped++ })
		return w.swap(ctx, path, p, pointer{})
	case rebuild:
		err = w.rebuild(ctx, path, p)
	case update:
		if err = w.update(ctx, path, p, hosts); unusable(err) {
			w.logger.Warn("segments are made anew", "path", path, "err", err)
			err = w.rebuild(ctx, path, p)
		}
	}
	if errors.Is(err, segment.ErrFull) {
		w.refused[path] = time.Now()
	}
	return err
}

// rebuild makes one segment of all rows of a path.
func (w *worker) rebuild(ctx context.Context, path string, old pointer) error {
	started := time.Now()
	if !old.usable() { // from now on deletions are noted
		watched := newPointer(nil)
		if err := w.swap(ctx, path, old, watched); err != nil {
			return err
		}
		old = watched
	}
	write, err := w.writes(ctx)
	if err != nil {
		return err
	}
	d := w.newDirectory(path)
	if err := w.c.addPaths(ctx, d, []uint32{0}, scope{}); err != nil {
		return err
	}
	d.sort(nil)
	base, entries, err := w.build(ctx, path, d, newOrdinals(nil), segment.Anchors{})
	if err != nil {
		return err
	}
	if err := w.swap(ctx, path, old, newPointer([]generation{{base, write}})); err != nil {
		return err
	}
	w.count(func(s *IndexerStats) { s.Built++ })
	w.logger.Info("segments built", "path", path, "hosts", len(entries), "took", time.Since(started))
	return nil
}

// update makes a segment of the rows of a path that changed, and merges segments when they are many.
func (w *worker) update(ctx context.Context, path string, old pointer, hosts int) error {
	names, write, err := w.changes(ctx, path, old)
	if err != nil || len(names) == 0 && !w.inspects {
		return err
	}
	segments, err := w.c.openGenerations(ctx, path, old)
	if err != nil || len(names) == 0 {
		return err
	}
	numbers := newOrdinals(segments)
	// As many as a pointer takes are left only where merges have failed time and again.
	if len(old.generations) >= maxGenerations || tooMuchChanged(hosts, len(names), numbers.next) {
		return w.rebuild(ctx, path, old)
	}
	anchors, err := segments[0].Anchors(ctx)
	if err != nil {
		return err
	}
	d := w.newDirectory(path)
	for _, name := range names {
		d.add(name, 0, nameSet{})
	}
	d.sort(nil)
	small, entries, err := w.build(ctx, path, d, numbers, anchors)
	if err != nil {
		return err
	}
	p := newPointer(append(slices.Clone(old.generations), generation{small, write}))
	if err := w.swap(ctx, path, old, p); err != nil {
		return err
	}
	w.count(func(s *IndexerStats) { s.Extended++ })
	w.logger.Debug("segment added", "path", path, "hosts", len(entries))
	sizes := []int{}
	for _, s := range segments {
		sizes = append(sizes, len(s.entries))
	}
	if from := mergeFrom(append(sizes, len(entries))); from < len(p.generations)-1 {
		return w.merge(ctx, path, p, from)
	}
	return nil
}

// changes returns the hosts that changed since the segments were made, and up to which write.
func (w *worker) changes(ctx context.Context, path string, old pointer) (names []string, write uint64, err error) {
	write, err = w.writes(ctx)
	if err != nil || write == old.covers() {
		return nil, write, err
	}
	names, err = w.changed(ctx, path, old.covers())
	return names, write, err
}

// merge makes one segment of those from one on.
func (w *worker) merge(ctx context.Context, path string, old pointer, from int) error {
	segments, err := w.c.openGenerations(ctx, path, pointer{generations: old.generations[from:]})
	if err != nil {
		return err
	}
	entries, masked := mergeEntries(segments)
	if from == 0 { // there is nothing older in which they would have to be absent
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.state == absent })
	}
	sources := make([]segment.Source, len(segments))
	for i, s := range segments {
		sources[i] = segment.Source{Segment: s.Segment, Masked: masked[i]}
	}
	d := w.c.newDraft(path, rand.Text())
	if _, err := segment.Merge(ctx, sources, d.putter(ctx), w.segmentConfig(segment.Anchors{})); err != nil {
		return err
	}
	if err := d.finish(ctx, entries); err != nil {
		return err
	}
	p := newPointer(append(slices.Clone(old.generations[:from]), generation{d.id, old.covers()}))
	if err := w.swap(ctx, path, old, p); err != nil {
		return err
	}
	w.count(func(s *IndexerStats) { s.Merged++ })
	w.logger.Debug("segments merged", "path", path, "from", from, "hosts", len(entries))
	return nil
}

func (w *worker) segmentConfig(anchors segment.Anchors) segment.Config {
	return segment.Config{MemoryBytes: cmp.Or(w.MemoryBytes, defaultIndexMemory), Anchors: anchors}
}

// newDirectory returns one of a single path, which has the place 0.
func (w *worker) newDirectory(path string) *directory {
	return &directory{paths: []string{path}, place: map[string]uint32{}}
}

// writes returns the number of the last write. What was written until then is in the indexes.
func (w *worker) writes(ctx context.Context) (uint64, error) {
	n, err := w.c.redis.Get(ctx, keyWrites).Uint64()
	if errors.Is(err, redis.Nil) {
		return 0, nil
	}
	return n, w.c.fail(err)
}

// changed returns the hosts whose rows at path may have changed since a write, but for those that
// expired: they are taken out of the index first.
func (w *worker) changed(ctx context.Context, path string, write uint64) ([]string, error) {
	late, _, err := w.c.changesSince(ctx, path, write, time.Time{})
	return slices.Sorted(maps.Keys(late)), err
}

// build makes a segment of the rows of a directory, to which nothing points yet.
func (w *worker) build(ctx context.Context, path string, d *directory, numbers *ordinals, anchors segment.Anchors) (id string, entries []entry, err error) {
	if err := w.c.meet(ctx, d); err != nil {
		return "", nil, err
	}
	b := segment.NewBuilder(w.segmentConfig(anchors))
	dec := w.c.newDecoder()
	defer dec.close()
	err = w.c.batches(ctx, d, d.refs, true, func(some batch) error {
		rows, err := w.c.scan(ctx, d, some, searchedFields())
		if err != nil {
			return err
		}
		for _, row := range rows {
			owner := d.ids[row.host]
			if !numbers.has(row.host) && row.damaged == nil && (row.id == "" || row.id != owner) {
				continue // nothing is there, and nothing was
			}
			if numbers.next >= segment.MaxHosts {
				return segment.ErrFull
			}
			e := entry{ordinal: numbers.get(row.host), name: row.host, changed: millis(parseTime(row.changed))}
			if e.state, err = addRow(ctx, b, dec, e.ordinal, row, owner); err != nil {
				return err
			}
			entries = append(entries, e)
		}
		return nil
	})
	if err != nil {
		return "", nil, err
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(a.ordinal, b.ordinal) })
	draft := w.c.newDraft(path, rand.Text())
	if _, err := b.Finish(ctx, draft.putter(ctx)); err != nil {
		return "", nil, err
	}
	return draft.id, entries, draft.finish(ctx, entries)
}

// addRow adds a row to a segment, if it can be in one, and says where its content is.
func addRow(ctx context.Context, b *segment.Builder, dec *decoder, ordinal uint32, row scanned, owner string) (hostState, error) {
	switch {
	case row.damaged != nil || row.notice != "" && row.id == owner:
		return live, nil
	case row.id == "" || row.id != owner:
		return absent, nil
	}
	content, err := dec.unpack(ctx, row.packed)
	if err == nil {
		err = b.Add(ordinal, content)
	}
	switch {
	case errors.Is(err, ErrDamaged) || errors.Is(err, segment.ErrUnfit):
		return live, nil
	case err != nil:
		return absent, err
	}
	return covered, nil
}
