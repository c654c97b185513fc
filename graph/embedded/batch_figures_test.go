package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
)

// changedFacts are documents of as many hosts, each with one fact changed: the worst order for the disk.
func changedFacts(f fleet, rng *rand.Rand, seq uint64) (batch []graph.Facts) {
	for _, n := range rng.Perm(f.hosts)[:min(batchFacts, f.hosts)] {
		facts := f.document(n, inventory)
		facts.Source.Seq = seq
		facts.Nodes[1].Props["hash"] = fmt.Sprintf("%016x", rng.Uint64())
		batch = append(batch, facts)
	}
	return batch
}

// measureBatches applies batches, and does to a copy of the file what each has done to the file, in a
// bare transaction.
func measureBatches(t *testing.T, s *Store, f fleet, figs *figures) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	copyFile(t, s.path, copied)
	bare, err := bbolt.Open(copied, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	rng := rand.New(rand.NewPCG(figureSeed, 2))
	var ours, bares []time.Duration
	for i := range batches {
		batch := changedFacts(f, rng, uint64(2+i))
		begun := time.Now()
		done, err := s.Apply(t.Context(), batch)
		ours = append(ours, time.Since(begun))
		if err != nil || done.NodesChanged != len(batch) {
			t.Fatalf("%d facts: %+v, %v", len(batch), done, err)
		}
		changes := difference(t, bare, s.db)
		begun = time.Now()
		err = bare.Update(func(tx *bbolt.Tx) error { return replay(tx, changes) })
		bares = append(bares, time.Since(begun))
		if err != nil {
			t.Fatal(err)
		}
		if left := difference(t, bare, s.db); len(left) > 0 {
			t.Fatalf("%d records differ after the bare transaction", len(left))
		}
	}
	slices.Sort(ours)
	slices.Sort(bares)
	figs.Batch, figs.BareBatch = ours[batches/2].Seconds()*1e3, bares[batches/2].Seconds()*1e3
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err != nil {
		t.Fatal(err)
	}
}

// record change: value is nil for one that goes.
type bareChange struct {
	bucket     string
	key, value []byte
}

// difference returns what turns the records of one file into those of another.
func difference(t *testing.T, from, to *bbolt.DB) (changes []bareChange) {
	t.Helper()
	err := from.View(func(old *bbolt.Tx) error {
		return to.View(func(new *bbolt.Tx) error {
			for _, bucket := range []string{metaBucket, namesBucket, sayingsBucket, sourcesBucket, resolvedBucket, linesBucket} {
				a, b := old.Bucket([]byte(bucket)).Cursor(), new.Bucket([]byte(bucket)).Cursor()
				ak, av := a.First()
				bk, bv := b.First()
				for ak != nil || bk != nil {
					switch order := bytes.Compare(ak, bk); {
					case bk == nil || ak != nil && order < 0:
						changes = append(changes, bareChange{bucket, bytes.Clone(ak), nil})
						ak, av = a.Next()
					case ak == nil || order > 0:
						changes = append(changes, bareChange{bucket, bytes.Clone(bk), bytes.Clone(bv)})
						bk, bv = b.Next()
					default:
						if !bytes.Equal(av, bv) {
							changes = append(changes, bareChange{bucket, bytes.Clone(bk), bytes.Clone(bv)})
						}
						ak, av = a.Next()
						bk, bv = b.Next()
					}
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func replay(tx *bbolt.Tx, changes []bareChange) error {
	for _, c := range changes {
		b := tx.Bucket([]byte(c.bucket))
		var err error
		if c.value == nil {
			err = b.Delete(c.key)
		} else {
			err = b.Put(c.key, c.value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// longestBeside returns the time, in ms, of the longest of the queries that are asked one after the other
// while batches are applied. Each takes microseconds on an idle store.
func longestBeside(t *testing.T, s *Store, f fleet) float64 {
	t.Helper()
	rng := rand.New(rand.NewPCG(figureSeed, 3))
	var ended atomic.Bool
	failed := make(chan error, 1)
	go func() {
		defer ended.Store(true)
		for i := range batches {
			if _, err := s.Apply(t.Context(), changedFacts(f, rng, uint64(100+i))); err != nil {
				failed <- err
				return
			}
		}
	}()
	var longest time.Duration
	for !ended.Load() {
		begun := time.Now()
		if _, err := s.Query(t.Context(), "MATCH (h:Host {key: $key}) RETURN h.name", map[string]any{"key": hostRef(0).Key}); err != nil {
			t.Fatal(err)
		}
		longest = max(longest, time.Since(begun))
	}
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	return longest.Seconds() * 1e3
}
