package embedded

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// However many documents are in a batch, and however many processors compare them, the last one wins.
func TestBatchInParts(t *testing.T) {
	withProcessors(t, 4)
	for n := range 10 {
		s := open(t, filepath.Join(t.TempDir(), fmt.Sprint(n, ".db")))
		for seq := range uint64(2) {
			done, err := s.Apply(t.Context(), batchOf(t, n, 1+seq))
			if err != nil || done.NodesAdded+done.NodesChanged != min(n, 1)+n {
				t.Errorf("%d documents, the %d. time: %+v, %v", n, 1+seq, done, err)
			}
			want := []string{}
			for i := range n {
				want = append(want, fmt.Sprintf(`{Host h%d} [] {"of":%d}`, i, 1+seq))
			}
			if n > 0 {
				want = append(want, fmt.Sprintf(`{Host shared} [] {"by":%d,"of":%d}`, n-1, 1+seq))
			}
			if got := claimed(s.image.Load()); got != strings.Join(want, "\n") {
				t.Errorf("%d documents, the %d. time:\n%s\nwant\n%s", n, 1+seq, got, strings.Join(want, "\n"))
			}
		}
		s.Close()
	}
}

// The first facts that are not valid are told of, wherever they are in a batch, and nothing is applied.
func TestBatchInPartsRefused(t *testing.T) {
	withProcessors(t, 4)
	s := open(t, filepath.Join(t.TempDir(), "graph.db"))
	defer s.Close()
	for i := range 9 {
		batch := batchOf(t, 10, 1)
		batch[i].Nodes[0].Key, batch[9].Nodes[0].Key = "", ""
		_, err := s.Apply(t.Context(), batch)
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("host \"h%d\"", i)) || s.image.Load().all.count > 0 {
			t.Errorf("document %d of 10 has a node without a key: %v", i, err)
		}
	}
}

// withProcessors lets a test use as many processors, whatever the machine has.
func withProcessors(t *testing.T, n int) {
	had := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(had) })
}

// batchOf returns documents of n hosts, of which each has a node of its own and says something of another.
func batchOf(t *testing.T, n int, seq uint64) (batch []graph.Facts) {
	t.Helper()
	for i := range n {
		f, err := graphtest.Facts(graph.Source{Host: fmt.Sprint("h", i), Instance: "all", Boot: 1, Seq: seq},
			fmt.Sprintf("(h%d:Host {of: %d}), (shared:Host {by: %d, of: %d})", i, seq, i, seq))
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, f)
	}
	return batch
}
