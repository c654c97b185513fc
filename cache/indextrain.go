package cache

import (
	"cmp"
	"context"
	"errors"
	"hash/fnv"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	// trainSample is how many hosts a dictionary is trained and judged on, trainBytes what is taken of a
	// content.
	trainSample = 24
	trainBytes  = 1 << 20
)

// training is when the dictionary of a path was last compared, and how many hosts there were.
type training struct {
	at    time.Time
	hosts int
}

// due reports whether it is time for another: after a while, or when there are many more hosts.
func (t training) due(now time.Time, hosts int) bool {
	return hosts >= minTrainHosts && (now.Sub(t.at) >= trainEvery || hosts >= 4*t.hosts)
}

// train publishes a dictionary for a path that has none, or one that pays better than the one it has.
func (w *worker) train(ctx context.Context, path string, hosts int) error {
	if now := time.Now(); w.trained[path].due(now, hosts) {
		w.trained[path] = training{now, hosts}
	} else {
		return nil
	}
	contents, err := w.sample(ctx, path)
	if err != nil {
		return err
	}
	var current []byte
	name, err := w.c.redis.HGet(ctx, keyDicts, path).Result()
	if err == nil {
		var dict *dictionary
		if dict, err = w.c.dicts.get(ctx, w.c, name); err == nil {
			current = dict.content
		} else if errors.Is(err, ErrDamaged) {
			err = nil // as if there were none
		}
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return w.c.fail(err)
	}
	fresh := better(contents, current)
	if fresh == nil {
		return nil
	}
	name = dictName(fresh)
	answer, err := w.publishing.Run(ctx, w.c.redis, []string{keyLease, keyDicts, dictKey(name)},
		w.token, path, name, fresh, 2*w.c.cfg.KeepFor.Milliseconds()).Text()
	if err != nil || answer != "published" {
		return cmp.Or(w.c.fail(err), errLeaseLost)
	}
	w.count(func(s *IndexerStats) { s.Dictionaries++ })
	w.logger.Info("dictionary published", "path", path, "name", name, "bytes", len(fresh))
	return nil
}

// sample returns the contents of a few hosts, which are the same on all servers of a site.
func (w *worker) sample(ctx context.Context, path string) ([][]byte, error) {
	d := w.newDirectory(path)
	names, err := w.c.redis.ZRange(ctx, indexKey(path), 0, -1).Result()
	if err != nil {
		return nil, w.c.fail(err)
	}
	for _, name := range chosen(names) {
		d.add(name, 0, nameSet{})
	}
	d.sort(nil)
	dec := w.c.newDecoder()
	defer dec.close()
	var contents [][]byte
	err = w.c.batches(ctx, d, d.refs, true, func(some batch) error {
		rows, err := w.c.scan(ctx, d, some, searchedFields())
		for i := 0; err == nil && i < len(rows); i++ {
			if rows[i].damaged != nil || rows[i].id == "" {
				continue
			}
			content, bad := dec.unpack(ctx, rows[i].packed)
			if bad == nil {
				contents = append(contents, slices.Clone(content[:min(len(content), trainBytes)]))
			} else if !errors.Is(bad, ErrDamaged) {
				return bad
			}
		}
		return err
	})
	return contents, err
}

// chosen returns a few of names, which are any ones, but of the same names the same.
func chosen(names []string) []string {
	type hashed struct {
		hash uint64
		name string
	}
	all := make([]hashed, len(names))
	for i, name := range names {
		all[i] = hashed{nameHash(name), name}
	}
	slices.SortFunc(all, func(a, b hashed) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.name, b.name)) })
	few := make([]string, min(len(all), trainSample))
	for i := range few {
		few[i] = all[i].name
	}
	return few
}

func nameHash(name string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(name))
	return h.Sum64()
}
