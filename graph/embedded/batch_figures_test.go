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

// race applies batches to a store and, in turn, does to a copy of its file what each has done to the file,
// in a bare transaction. What else a machine does falls on both.
type race struct {
	store       *Store
	bare        *bbolt.DB
	fleet       fleet
	rng         *rand.Rand
	seq         uint64 // of the versions that the next batch has
	ours, bares []time.Duration
}

// newRace begins a race on a store that has the first versions of a fleet's documents.
func newRace(t testing.TB, s *Store, f fleet) *race {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy.db")
	copyFile(t, s.path, copied)
	bare, err := bbolt.Open(copied, 0o600, &bbolt.Options{FreelistType: bbolt.FreelistMapType})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bare.Close() })
	return &race{store: s, bare: bare, fleet: f, rng: rand.New(rand.NewPCG(figureSeed, 2)), seq: 2}
}

// turn applies one batch, and does the bare transaction.
func (r *race) turn(t testing.TB) {
	t.Helper()
	batch := changedFacts(r.fleet, r.rng, r.seq)
	r.seq++
	begun := time.Now()
	done, err := r.store.Apply(t.Context(), batch)
	r.ours = append(r.ours, time.Since(begun))
	if err != nil || done.NodesChanged != len(batch) {
		t.Fatalf("%d facts: %+v, %v", len(batch), done, err)
	}
	changes := difference(t, r.bare, r.store.db)
	begun = time.Now()
	err = r.bare.Update(func(tx *bbolt.Tx) error { return replay(tx, changes) })
	r.bares = append(r.bares, time.Since(begun))
	if err != nil {
		t.Fatal(err)
	}
	if left := difference(t, r.bare, r.store.db); len(left) > 0 {
		t.Fatalf("%d records differ after the bare transaction", len(left))
	}
}

// medians returns the times of a batch and of a bare transaction, in ms.
func (r *race) medians() (ours, bare float64) {
	slices.Sort(r.ours)
	slices.Sort(r.bares)
	return r.ours[len(r.ours)/2].Seconds() * 1e3, r.bares[len(r.bares)/2].Seconds() * 1e3
}

// BenchmarkBatch changes one fact each of 1,000 documents, durably, and prints how many times as long that
// takes as a bare transaction of the same bytes.
func BenchmarkBatch(b *testing.B) {
	path, f := benchFile(b)
	s := open(b, path)
	defer s.Close()
	r := newRace(b, s, f)
	for b.Loop() {
		r.turn(b)
	}
	ours, bare := r.medians()
	b.ReportMetric(0, "ns/op") // of the comparison of files too
	b.ReportMetric(ours, "ms/batch")
	b.ReportMetric(bare, "ms/bare")
	b.ReportMetric(ours/bare, "ratio")
}

func copyFile(t testing.TB, from, to string) {
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

// bareChange is what becomes of a record: value is nil for one that goes.
type bareChange struct {
	bucket     string
	key, value []byte
}

// difference returns what turns the records of one file into those of another.
func difference(t testing.TB, from, to *bbolt.DB) (changes []bareChange) {
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
