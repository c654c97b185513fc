package boltfile

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// TestRelease reads a file of 16 MB, releases it, and looks at what it has read.
func TestRelease(t *testing.T) {
	const records, valueBytes = 4096, 4096
	path := filepath.Join(t.TempDir(), "large.db")
	err := Create(path, func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucket([]byte("b"))
		for i := 0; i < records && err == nil; i++ {
			err = b.Put(fmt.Appendf(nil, "%06d", i), bytes.Repeat([]byte{byte(i)}, valueBytes))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		var values [][]byte
		sum := 0 // reads every page
		err := tx.Bucket([]byte("b")).ForEach(func(_, v []byte) error {
			values, sum = append(values, v), sum+int(v[valueBytes-1])
			return nil
		})
		full := mapped(t)
		Release(tx)
		if left := mapped(t); full-left < records*valueBytes*3/4>>10 {
			t.Errorf("%d kB of files are in memory, %d kB when all was read", left, full)
		}
		for i, v := range values {
			if !bytes.Equal(v, bytes.Repeat([]byte{byte(i)}, valueBytes)) {
				t.Fatalf("value %d is not what was written", i)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// mapped returns how many kB of files this process has in memory.
func mapped(t *testing.T) (kB int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, after, _ := strings.Cut(string(status), "RssFile:")
	if _, err := fmt.Sscan(after, &kB); err != nil {
		t.Fatal(err)
	}
	return kB
}
