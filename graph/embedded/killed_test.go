package embedded

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
)

// killedFile names the file in which a process applies batches until TestKilled kills it.
const killedFile = "ASSIM_TEST_KILLED_FILE"

// killedHosts are those of a batch, which gives each the batch's number.
const killedHosts = 20

// TestKilled kills processes in the middle of a batch. The file opens, with the batch or without it, and
// with every batch that was acknowledged: Store.commit says why.
func TestKilled(t *testing.T) {
	if path := os.Getenv(killedFile); path != "" {
		applyUntilKilled(t, path)
	}
	path := filepath.Join(t.TempDir(), "graph.db")
	rng := rand.New(rand.NewPCG(1, 1))
	for range 10 {
		acknowledged := killAfter(t, path, 1+rng.IntN(4), time.Duration(rng.IntN(3000))*time.Microsecond)
		s := open(t, path)
		res, err := s.Query(t.Context(), "MATCH (h:Host) RETURN count(h), min(h.batch), max(h.batch)", nil)
		if err != nil {
			t.Fatal(err)
		}
		first, last := res.Rows[0][1].(int64), res.Rows[0][2].(int64)
		if res.Rows[0][0] != int64(killedHosts) || first != last || last < acknowledged || last > acknowledged+1 {
			t.Errorf("after batch %d the hosts, and the first and the last batch that they are of, are %v", acknowledged, res.Rows[0])
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter starts a process, kills it a moment after it has acknowledged some batches, and returns the
// number of the last that it did.
func killAfter(t *testing.T, path string, batches int, moment time.Duration) (last int64) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilled$")
	cmd.Env = append(os.Environ(), killedFile+"="+path)
	cmd.Stderr = t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 1; lines.Scan(); n++ {
		if last, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
			t.Errorf("a process that applies batches says %q", lines.Text())
		}
		if n == batches {
			time.AfterFunc(moment, func() { _ = cmd.Process.Kill() }) // it may be gone: see last
		}
	}
	_ = cmd.Wait() // it was killed
	if last == 0 {
		t.Fatal("no batch was acknowledged")
	}
	return last
}

// applyUntilKilled numbers batches from what the file has on, and prints the number of each that is
// acknowledged. It ends by itself only after far more than are wanted.
func applyUntilKilled(t *testing.T, path string) {
	s := open(t, path)
	for range 100_000 {
		seq := s.head.Writes + 1
		var batch []graph.Facts
		for host := range killedHosts {
			f, err := graphtest.Facts(graph.Source{Host: fmt.Sprint("h", host), Instance: "all", Boot: 1, Seq: seq},
				fmt.Sprintf("(h%d:Host {batch: %d})", host, seq))
			if err != nil {
				t.Fatal(err)
			}
			batch = append(batch, f)
		}
		if _, err := s.Apply(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		fmt.Println(seq)
	}
	os.Exit(0)
}
