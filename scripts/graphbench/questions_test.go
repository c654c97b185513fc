package graphbench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
)

// programs are ours, built from this tree.
type programs struct{ cma, assim string }

func build(t *testing.T) programs {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"cma", "assim"} {
		if out, err := exec.Command("go", "build", "-o", filepath.Join(dir, name), "../../cmd/"+name).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return programs{filepath.Join(dir, "cma"), filepath.Join(dir, "assim")}
}

// fill applies the fleet's documents, and that one database is dead, until all are in or the time is
// over. It returns how many hosts are in.
func (f fleet) fill(t *testing.T, store graph.Store, within time.Duration) int {
	t.Helper()
	const step = 100 // hosts
	began, hosts := time.Now(), 0
	for ; hosts < f.hosts && time.Since(began) < within; hosts += step {
		for batch := range f.batches(t, hosts, min(hosts+step, f.hosts)) {
			if _, err := store.Apply(t.Context(), batch); err != nil {
				t.Fatal(err)
			}
		}
	}
	data, err := json.Marshal(derive.HostStatus{Status: "dead", Reason: "host dead", SinceMS: 1_790_000_000_000})
	if err != nil {
		t.Fatal(err)
	}
	h := f.host(first("db"))
	dead := discovery.Document{Envelope: discovery.Envelope{DiscoverType: derive.StatusDocument, Instance: derive.StatusDocument, Host: h.hostname(), Data: data},
		HostID: h.id(), Boot: 1, Seq: 1, Hash: "dead"}
	if _, err := store.Apply(t.Context(), h.facts(t, []discovery.Document{dead})); err != nil {
		t.Fatal(err)
	}
	return min(hosts, f.hosts)
}

// server is a CMA in a process of its own.
type server struct {
	programs
	config string // for assim
}

// serve starts a CMA on a data directory with the graph that the settings name. It ends with the test, or
// by the function that is returned.
func (p programs) serve(t *testing.T, data string, settings ...string) (server, func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	args := []string{"run", "--set", "data=" + data, "--set", "listen=" + addr, "--set", "log-level=error", "--set", `hooks=""`}
	for _, s := range settings {
		args = append(args, "--set", s)
	}
	var said bytes.Buffer
	cmd := exec.Command(p.cma, args...)
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop := func() {
		if cmd.ProcessState == nil {
			cmd.Process.Signal(os.Interrupt)
			cmd.Wait()
		}
	}
	t.Cleanup(stop)
	s := server{p, filepath.Join(data, "assim.yaml")}
	text := fmt.Sprintf("fleet: %s\ncma: https://%s\n", filepath.Join(data, "fleet.json"), addr)
	if err := os.WriteFile(s.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute) // a graph of a million nodes takes seconds to start
	for {
		_, err := s.ask("query", "RETURN 1")
		if err == nil {
			return s, stop
		}
		if time.Now().After(deadline) {
			stop()
			t.Fatalf("the CMA does not answer: %v: %s", err, &said)
		}
		time.Sleep(100 * time.Millisecond) // it says nothing to the process that waits
	}
}

// ask runs assim from its start to its end.
func (s server) ask(args ...string) (out []byte, err error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(s.assim, append(args, "--config", s.config)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("assim %q: %w: %s", args, err, &stderr)
	}
	return stdout.Bytes(), nil
}

// timed asks several times and returns the median in ms, and the answer.
func (s server) timed(t *testing.T, turns int, args ...string) (ms float64, out []byte) {
	t.Helper()
	var took []float64
	for turn := range turns + 1 {
		began := time.Now()
		var err error
		if out, err = s.ask(args...); err != nil {
			t.Error(err)
			return -1, nil
		}
		if turn > 0 { // the first warms up plans and pages
			took = append(took, time.Since(began).Seconds()*1000)
		}
	}
	return median(took), out
}

// embeddedGraph fills a graph at data.
func embeddedGraph(t *testing.T, f fleet, data string) {
	t.Helper()
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	store, err := embedded.Open(filepath.Join(data, "graph.db"), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	f.fill(t, store, time.Hour)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
}
