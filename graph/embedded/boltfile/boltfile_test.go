package boltfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// sample makes a file with all that bbolt knows: a tree of several levels, values that span pages, an
// inline and a nested bucket, and a free list.
func sample(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sample.db")
	err := Create(path, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("tree"))
		if err != nil {
			return err
		}
		for i := range 1500 {
			if err := b.Put(fmt.Appendf(nil, "key %06d", i), bytes.Repeat([]byte{'v'}, i%97)); err != nil {
				return err
			}
		}
		if _, err := b.CreateBucket([]byte("nested")); err != nil {
			return err
		}
		small, err := tx.CreateBucket([]byte("inline"))
		return errors.Join(err, small.Put([]byte("k"), []byte("v")))
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte("tree"))
		for i := 400; i < 700; i++ { // pages for the free list
			if err := b.Delete(fmt.Appendf(nil, "key %06d", i)); err != nil {
				return err
			}
		}
		return b.Put([]byte("large"), bytes.Repeat([]byte{'x'}, 9000))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// count returns the number of keys, in all buckets.
func count(t *testing.T, db *bbolt.DB) (n int) {
	t.Helper()
	var visit func(b *bbolt.Bucket) error
	visit = func(b *bbolt.Bucket) error {
		return b.ForEach(func(k, v []byte) error {
			n++
			if v != nil {
				return nil
			}
			return visit(b.Bucket(k))
		})
	}
	err := db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(_ []byte, b *bbolt.Bucket) error { return visit(b) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFlipped(t *testing.T) {
	path := sample(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want := count(t, db)
	db.Close()

	rng := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 300 {
		off := rng.IntN(len(whole))
		if rng.IntN(2) == 0 { // every other time where a page keeps its structure
			off = rng.IntN(len(whole)/4096)*4096 + rng.IntN(256)
		}
		bit := byte(1) << rng.IntN(8)
		b := slices.Clone(whole)
		b[off] ^= bit
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path)
		if err != nil {
			refused++
			if !errors.Is(err, ErrDamaged) || !strings.HasPrefix(err.Error(), path+": ") {
				t.Errorf("byte %d ^ %#02x: %v, want ErrDamaged and the path", off, bit, err)
			}
			continue
		}
		if got := count(t, db); got != want {
			t.Errorf("byte %d ^ %#02x: opened with %d keys, want %d", off, bit, got, want)
		}
		checkWritable(t, db, fmt.Sprintf("byte %d ^ %#02x", off, bit))
		db.Close()
	}
	if refused < 25 {
		t.Errorf("%d of 300 files refused: the test has lost its grip", refused)
	}
	t.Logf("%d of 300 refused", refused)
}

// checkWritable lets bbolt check a file that was opened and one write later.
func checkWritable(t *testing.T, db *bbolt.DB, at string) {
	t.Helper()
	err := db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte("tree2"))
		return errors.Join(err, b.Put([]byte("more"), make([]byte, 5000)))
	})
	if err != nil {
		t.Errorf("%s: %v", at, err)
	}
	db.View(func(tx *bbolt.Tx) error {
		for err := range tx.Check() {
			t.Errorf("%s: opened, but bbolt finds: %v", at, err)
		}
		return nil
	})
}

func TestCut(t *testing.T) {
	path := sample(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{0, 1, 19, 20, 79, 80, 4096, 4097, 4176, 8192, 16384, len(whole) / 4} {
		if err := os.WriteFile(path, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := Open(path)
		if err == nil {
			db.Close()
		}
		want := ErrDamaged
		if size == 1 || size == 19 {
			want = ErrFormat // too short to tell that it was one of bbolt's
		}
		if !errors.Is(err, want) {
			t.Errorf("cut to %d of %d bytes: %v, want %v", size, len(whole), err, want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	text := filepath.Join(dir, "text")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{
		filepath.Join(dir, "absent"): fs.ErrNotExist,
		text:                         ErrFormat,
		os.DevNull:                   ErrFormat,
	} {
		if _, err := Open(path); !errors.Is(err, want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %v and the path", path, err, want)
		}
	}

	path := sample(t)
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("open twice: %v, want ErrLocked", err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, func(*bbolt.Tx) error { return nil }); !errors.Is(err, fs.ErrExist) {
		t.Errorf("create over a file: %v, want fs.ErrExist", err)
	}
}

func TestContain(t *testing.T) {
	if err := Contain(func() error { panic("page 7") }); !errors.Is(err, ErrDamaged) {
		t.Errorf("a panic came out as %v, want ErrDamaged", err)
	}
	if err := Contain(func() error { return fs.ErrClosed }); err != fs.ErrClosed {
		t.Errorf("an error came out as %v, want it unchanged", err)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add(0, byte(0), 4096)
	f.Add(16384, byte(3), 20000)
	path := filepath.Join(f.TempDir(), "seed.db")
	err := Create(path, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		for i := range 300 {
			err = errors.Join(err, b.Put(fmt.Appendf(nil, "%04d", i), make([]byte, 40)))
		}
		return err
	})
	if err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, off int, value byte, size int) {
		b := slices.Clone(whole)
		b[uint(off)%uint(len(b))] = value
		b = b[:min(uint(size), uint(len(b)))]
		_ = verify(bytes.NewReader(b), int64(len(b))) // must return, without a panic
	})
}
