package embedded

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded/boltfile"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// fill applies some documents of many sizes, and withdraws some, so that the file has trees, values
// that span pages and free pages.
func fill(t *testing.T, s *Store) {
	t.Helper()
	for i := range 20 {
		text := fmt.Sprintf("(p%d:Process {exe: 'x'})-[:RUNS_ON]->(h%d:Host {name: 'host %d'}), (p%d)-[:CONNECTS_TO]->(e%d:Endpoint), (e%d:Endpoint)-[:PROVIDED_BY]->(p%d)",
			i, i, i, i, (i+1)%20, i, i)
		for j := range i * 3 {
			text += fmt.Sprintf(", (pkg%d:Package {name: 'package %d', version: '1.%d-1'})", j, j, j)
		}
		applyText(t, s, fmt.Sprint("h", i), 1, text)
		if i%7 == 3 {
			applyText(t, s, fmt.Sprint("h", i-1), 2, "")
		}
	}
}

func applyText(t *testing.T, s *Store, host string, seq uint64, text string) graph.Applied {
	t.Helper()
	f, err := graphtest.Facts(graph.Source{Host: host, Instance: "all", Boot: 1, Seq: seq, Hash: "x"}, text)
	if err != nil {
		t.Fatal(err)
	}
	done, err := s.Apply(t.Context(), []graph.Facts{f})
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// dump is everything in memory, by name.
func dump(m *memory) string {
	var lines []string
	for _, n := range m.nodes {
		if n != nil {
			lines = append(lines, fmt.Sprint(n.ref, n.content.labels, n.content.props, len(n.claims)))
		}
	}
	for _, r := range m.rels {
		if r != nil {
			lines = append(lines, fmt.Sprint(m.nodes[r.from].ref, m.kinds[r.kind], m.nodes[r.to].ref, r.content.props, len(r.claims)))
		}
	}
	for _, s := range m.sources[1:] {
		lines = append(lines, fmt.Sprint(s))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// Whatever befalls a file, it is refused or it is what it was.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s := open(t, path)
	fill(t, s)
	want := dump(s.memory)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	pages := len(whole) / page
	damages := map[string]func(rng *rand.Rand, b []byte) []byte{
		"cut": func(rng *rand.Rand, b []byte) []byte { return b[:rng.IntN(len(b))] },
		"bit": func(rng *rand.Rand, b []byte) []byte { b[rng.IntN(len(b))] ^= 1 << rng.IntN(8); return b },
		"head of a page": func(rng *rand.Rand, b []byte) []byte {
			b[rng.IntN(pages)*page+rng.IntN(128)] ^= 1 << rng.IntN(8)
			return b
		},
		"sector of zeros": func(rng *rand.Rand, b []byte) []byte { clear(b[rng.IntN(len(b)/512)*512:][:512]); return b },
		"page in another's place": func(rng *rand.Rand, b []byte) []byte {
			copy(b[rng.IntN(pages)*page:][:page], whole[rng.IntN(pages)*page:][:page])
			return b
		},
	}
	for name, damage := range damages {
		refused := 0
		for seed := range uint64(30) {
			b := damage(rand.New(rand.NewPCG(seed, 3)), slices.Clone(whole))
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(path, slog.New(slog.DiscardHandler))
			if err == nil {
				if got := dump(s.memory); got != want {
					t.Errorf("%s, seed %d: opened as another graph", name, seed)
				}
				s.db.NoSync = true // of the disk, this test wants nothing
				applyText(t, s, "h0", 9, "(more:Host)")
				s.Close()
				continue
			}
			refused++
			if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) || !strings.HasPrefix(err.Error(), "graph: "+path+": ") {
				t.Errorf("%s, seed %d: %v, want ErrDamaged and the path", name, seed, err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
				t.Errorf("%s, seed %d: a refused file was changed", name, seed)
			}
		}
		if refused < 5 {
			t.Errorf("%s: %d of 30 refused: the test has lost its grip", name, refused)
		}
		t.Logf("%s: %d of 30 refused", name, refused)
	}
}

func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s := open(t, path)
	refuse := func(path string, want error, text string) {
		t.Helper()
		_, err := Open(path, slog.New(slog.DiscardHandler))
		if !errors.Is(err, want) || !strings.Contains(err.Error(), text) || !strings.Contains(err.Error(), path) {
			t.Errorf("got %v, want %q with %q and the path", err, want, text)
		}
	}
	refuse(path, ErrLocked, "in use")
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}

	other := filepath.Join(t.TempDir(), "other.db")
	err := boltfile.Create(other, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("journal")); return err })
	if err != nil {
		t.Fatal(err)
	}
	refuse(other, ErrFormat, "not a graph")

	edit := func(change func(tx *bbolt.Tx) error) {
		t.Helper()
		db, err := boltfile.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.Update(change), db.Close()); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(sourcesBucket)).Put([]byte("h\x00i"), []byte("{}")) })
	refuse(path, ErrDamaged, `bucket "sources"`)
	edit(func(tx *bbolt.Tx) error { return tx.Bucket([]byte(sourcesBucket)).Delete([]byte("h\x00i")) })
	edit(func(tx *bbolt.Tx) error { return writeHead(tx, head{Format: 2}) })
	refuse(path, ErrFormat, "graph of format 2, not 1")
	edit(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(metaBucket)).Put([]byte(headKey), []byte(`{"format":1}12345678`))
	})
	refuse(path, ErrDamaged, "checksum of the head")
	edit(func(tx *bbolt.Tx) error {
		r := graph.Rel{Type: graph.DependsOn, From: graph.Ref{Label: "Process", Key: "a"}, To: graph.Ref{Label: "Process", Key: "b"}}
		h, err := plan{resolved: []graph.Rel{r}}.write(tx, head{Format: format})
		return errors.Join(err, writeHead(tx, h))
	})
	refuse(path, ErrDamaged, `resolved "DEPENDS_ON" ends at "a", which nothing asserts`)

	directory := t.TempDir()
	if _, err := Open(directory, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), directory) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Open(filepath.Join(directory, "none", "graph.db"), slog.New(slog.DiscardHandler)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a directory that is not there: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); err != nil || len(left) != 1 {
		t.Errorf("files left behind: %q, %v", left, err)
	}
}

// A disk that fails in the middle of a commit can leave a file that is ahead of memory.
func TestFileAhead(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h", 1, "(a:Host)")
	ahead := s.head
	ahead.Writes++
	if err := s.db.Update(func(tx *bbolt.Tx) error { return writeHead(tx, ahead) }); err != nil {
		t.Fatal(err)
	}
	f := graph.Facts{Source: graph.Source{Host: "h", Instance: "all", Boot: 1, Seq: 2}}
	if _, err := s.Apply(t.Context(), []graph.Facts{f}); err == nil || !strings.Contains(err.Error(), "opened anew") {
		t.Errorf("apply with a file ahead of memory: %v", err)
	}
	if res, err := s.Query(t.Context(), "MATCH (n) RETURN n", nil); err != nil || len(res.Rows) != 1 {
		t.Errorf("queries go on: %+v, %v", res, err)
	}
}
