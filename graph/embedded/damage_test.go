package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
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

// fillStore applies some documents of many sizes, and withdraws some, so that the file has trees, values
// that span pages and free pages.
func fillStore(t *testing.T, s *Store) {
	t.Helper()
	for i := range 40 {
		text := fmt.Sprintf("(p%d:Process {exe: 'x'})-[:RUNS_ON]->(h%d:Host {name: 'host %d'}), (p%d)-[:CONNECTS_TO]->(e%d:Endpoint), (e%d:Endpoint)-[:PROVIDED_BY]->(p%d)",
			i, i, i, i, (i+1)%40, i, i)
		if i%10 == 1 { // one address on several hosts
			text += fmt.Sprintf(", (vip:IP)-[:ON]->(nic%d:NIC)", i)
		}
		for j := range i * 3 {
			text += fmt.Sprintf(", (pkg%d:Package {name: 'package %d', version: '1.%d-1'})", j, j, i%4)
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
	for id := range m.all.all() {
		lines = append(lines, fmt.Sprint(m.ref(id), labelNamesOf(&m.image, id), propsOf(&m.image, m.nodeProps, id), len(m.nodeClaims.of(id))))
	}
	for id := range relsOf(&m.image) {
		lines = append(lines, fmt.Sprint(m.relRef(id), propsOf(&m.image, m.relProps, id), len(m.relClaims.of(id))))
	}
	for _, s := range m.sources[firstDocument:] {
		lines = append(lines, fmt.Sprint(s))
	}
	lines = append(lines, fmt.Sprint(m.lines))
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func relsOf(im *image) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		for id := range im.rels.limit() {
			if im.ends.get(id) != (ends{}) && !yield(id) {
				return
			}
		}
	}
}

func labelNamesOf(im *image, node uint32) (names []string) {
	for _, l := range im.labelsOf(node) {
		names = append(names, im.labels.list[l])
	}
	return names
}

func propsOf(im *image, of properties, id uint32) graph.Props {
	props := graph.Props{}
	for key := range of {
		if v := of.get(uint32(key), id, &im.texts); v != nil {
			props[im.keys.list[key]] = v
		}
	}
	return props
}

// used closes a store and returns its file up to the last page that was ever used.
func used(t *testing.T, s *Store) []byte {
	t.Helper()
	var size int64
	if err := s.db.View(func(tx *bbolt.Tx) error { size = tx.Size(); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	return b[:size]
}

// Whatever befalls a file, it is refused or it is what it was.
func TestDamaged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s := open(t, path)
	fillStore(t, s)
	want := dump(s.memory)
	whole := used(t, s)
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
		for seed := range uint64(60) {
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
			t.Errorf("%s: %d of 60 refused: the test has lost its grip", name, refused)
		}
		t.Logf("%s: %d of 60 refused", name, refused)
	}
}

// A file that ends before its last page does is refused, wherever it ends.
func TestCutAtPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "graph.db")
	s := open(t, path)
	fillStore(t, s)
	whole := used(t, s)
	pages := len(whole) / os.Getpagesize()
	if pages < 20 {
		t.Fatalf("a file of %d pages: the test has lost its grip", pages)
	}
	for n := range pages {
		if err := os.WriteFile(path, whole[:n*os.Getpagesize()], 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrFormat) {
			t.Errorf("%d of %d pages: %v, want ErrDamaged", n, pages, err)
		}
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
	edit(func(tx *bbolt.Tx) error { return writeHead(tx, head{Format: 1}) })
	refuse(path, ErrFormat, "graph of format 1, not 3")
	edit(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte(metaBucket)).Put([]byte(headKey), []byte(`{"format":1}12345678`))
	})
	refuse(path, ErrDamaged, "checksum of the head")
	edit(func(tx *bbolt.Tx) error {
		l := newLedger(tx, head{Format: format})
		l.putName(typeNames, 0, graph.DependsOn)
		l.putResolved(graph.RelRef{
			Type: graph.DependsOn, From: graph.Ref{Label: "Process", Key: "a"}, To: graph.Ref{Label: "Process", Key: "b"},
		}, silent)
		return l.finish()
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

// A file that is ahead of memory, as a disk that fails in the middle of a commit can leave it, is read
// again.
func TestFileAhead(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	applyText(t, s, "h1", 1, "(a:Host)")
	err := s.db.Update(func(tx *bbolt.Tx) error {
		m, h, err := load(tx)
		if err != nil {
			return err
		}
		m.file = newLedger(tx, h)
		f, err := graphtest.Facts(graph.Source{Host: "h2", Instance: "all", Boot: 1, Seq: 1}, "(b:Host)")
		if err != nil {
			return err
		}
		p, err := newPlan(m, []graph.Facts{f}, s.now())
		m.install(p)
		return errors.Join(err, m.file.finish())
	})
	if err != nil {
		t.Fatal(err)
	}
	if done := applyText(t, s, "h3", 1, "(c:Host)"); done.NodesAdded != 1 {
		t.Errorf("applied %+v, want one node", done)
	}
	res, err := s.Query(t.Context(), "MATCH (h:Host) RETURN h.key ORDER BY h.key", nil)
	if err != nil || fmt.Sprint(res.Rows) != "[[a] [b] [c]]" {
		t.Errorf("hosts %+v, %v; want a, b and c", res, err)
	}
}

// What ends a batch leaves file and memory as they were.
func TestBatchEnded(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	fillStore(t, s)
	want, head := dump(s.memory), s.head
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	more, err := graphtest.Facts(graph.Source{Host: "h1", Instance: "all", Boot: 1, Seq: 9}, "(new:Host)")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(ctx, []graph.Facts{more}); !errors.Is(err, context.Canceled) {
		t.Errorf("apply after its context ended: %v", err)
	}
	for i := range maxTypes {
		r := graph.Rel{Type: fmt.Sprint("T", i), From: more.Nodes[0].Ref, To: more.Nodes[0].Ref}
		more.Rels = append(more.Rels, r)
	}
	if _, err := s.Apply(t.Context(), []graph.Facts{more}); !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "261 types of relationships, at most 256") {
		t.Errorf("more types than fit: %v", err)
	}
	if got := dump(s.memory); got != want || s.head != head {
		t.Errorf("memory is\n%s\nwant\n%s", got, want)
	}
}
