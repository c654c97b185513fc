package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// TestEveryKeyIsDocumented holds docs/operations.md to what the program reads.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### cma\n")
	for _, key := range config.Keys(defaults()) {
		if !strings.Contains(section, "| `"+key+"` |") {
			t.Errorf("docs/operations.md says nothing of the key %q", key)
		}
	}
}

// said runs cma with a data directory of its own, expects it to fail, and returns what it says.
func said(t *testing.T, args ...string) string {
	t.Helper()
	var stderr bytes.Buffer
	args = append([]string{"--set", "data=" + filepath.Join(t.TempDir(), "data"), "--set", "listen=127.0.0.1:0"}, args...)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a fault that is none would serve for ever
	defer cancel()
	if status := run(ctx, args, nil, &bytes.Buffer{}, &stderr); status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	return stderr.String()
}

// sayHTTP answers every connection as a web server answers what it does not understand.
func sayHTTP(t *testing.T) (addr string) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			io.WriteString(conn, "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
			conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestFaults: whatever is wrong with the configuration is said in one sentence, with what to do.
func TestFaults(t *testing.T) {
	page := sayHTTP(t)
	dir := t.TempDir()
	broken := filepath.Join(dir, "cma.yaml")
	if err := os.WriteFile(broken, []byte("graph:\n  stroe: neo4j\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	queries := fstest.MapFS{
		"bad/mine.cypher":   {Data: []byte("// title: Mine\n// columns: x\nMATCH (n) RETRUN n AS x\n")},
		"taken/down.cypher": {Data: []byte("// title: Mine\n// columns: x\nRETURN 1 AS x\n")},
	}
	if err := os.CopyFS(dir, queries); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"unknown key", []string{"run", "--config", broken}, []string{`line 2: unknown key "graph.stroe"`, `try: "store"`}},
		{"unknown store", []string{"run", "--set", "graph.store=mysql"}, []string{`"mysql" is neither embedded nor neo4j`}},
		{"another server", []string{"run", "--set", "graph.store=neo4j", "--set", "graph.uri=bolt://" + page},
			[]string{"not a Neo4j server", "try: set graph.uri to its Bolt address"}},
		{"password file", []string{"run", "--set", "graph.store=neo4j", "--set", "graph.password-file=" + dir + "/none"}, []string{"none: no such file"}},
		{"authority", []string{"run", "--set", "graph.store=neo4j", "--set", "graph.ca-file=" + broken}, []string{"cma.yaml: no certificate in it"}},
		{"no encryption", []string{"run", "--set", "graph.store=neo4j", "--set", "graph.uri=bolt+s://" + page},
			[]string{"no trusted encryption", "try: set graph.ca-file to"}},
		{"queries", []string{"run", "--set", "queries=" + dir + "/none"}, []string{"configuration: queries:"}},
		{"query", []string{"run", "--set", "queries=" + dir + "/bad"}, []string{"configuration: queries: query mine.cypher: line 3, column 11:"}},
		{"name of a query", []string{"run", "--set", "queries=" + dir + "/taken"}, []string{`configuration: queries: query "down" exists already`}},
		{"log level", []string{"run", "--set", "log-level=loud"}, []string{`log level "loud"`}},
		{"address", []string{"run", "--set", "listen=nowhere:x"}, []string{"listen tcp"}},
		{"site twice", []string{"run", "--set", "sites=[{name: a, caches: [{addr: 'h:1'}]}, {name: a, caches: [{addr: 'h:2'}]}]"}, []string{`configuration: invalid directory of sites: site "a" is there twice`}},
		{"site without servers", []string{"run", "--set", "sites=[{name: a}]"}, []string{`site "a": 0 servers`}},
		{"server without address", []string{"run", "--set", "sites=[{name: a, caches: [{username: x}]}]"}, []string{`site "a": a server has either an address`}},
		{"password file of a server", []string{"run", "--set", "sites=[{name: a, caches: [{addr: 'h:1', password-file: " + dir + "/none}]}]"}, []string{`site "a"`, "none: no such file"}},
		{"hosts of a segment", []string{"run", "--set", "indexer.min-hosts=0"}, []string{"indexer.min-hosts: 0, at least 1"}},
		{"pause of indexers", []string{"run", "--set", "indexer.every=999ms"}, []string{"indexer.every: 999ms, at least 1s"}},
		{"memory of indexers", []string{"run", "--set", "indexer.memory=7"}, []string{"indexer.memory: 7 MiB, 8 to 65536"}},
		{"time of a query", []string{"run", "--set", "graph.query-time=999ms"}, []string{"graph.query-time: 999ms, 1s to 1h"}},
		{"rows of a query", []string{"run", "--set", "graph.query-rows=9999"}, []string{"graph.query-rows: 9999, 10000 to 100000000"}},
		{"memory of a query", []string{"run", "--set", "graph.query-memory=19"}, []string{"graph.query-memory: 19 MB, 20 to 1000000"}},
		{"nothing to index", []string{"index"}, []string{"configuration: sites: no sites are known", "try: name each site"}},
		{"unknown site", []string{"index", "--site", "b", "--set", "sites=[{name: a, caches: [{addr: 'h:1'}]}]"}, []string{`site "b" is none of a`}},
		{"command", []string{"strat"}, []string{`unknown command "strat"`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := said(t, tt.args...)
			for _, part := range tt.want {
				if !strings.Contains(got, part) {
					t.Errorf("stderr lacks %q:\n%s", part, got)
				}
			}
		})
	}
}

// TestRunsWithoutItsGraph: a Neo4j that is away holds up nothing; init is idempotent and says where the
// fleet file is.
func TestRunsWithoutItsGraph(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	for range 2 {
		var stdout bytes.Buffer
		if status := run(t.Context(), []string{"init", "--set", "data=" + data}, nil, &stdout, &bytes.Buffer{}); status != 0 {
			t.Fatalf("init: exit status %d", status)
		}
		if got, want := stdout.String(), filepath.Join(data, "fleet.json")+"\n"; got != want {
			t.Errorf("init says %q, want %q", got, want)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	away := l.Addr().String()
	l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	stderr := &watched{want: "cma starts", found: cancel} // ends it as soon as it serves
	status := run(ctx, []string{"run", "--set", "data=" + data, "--set", "listen=127.0.0.1:0", "--set", "graph.store=neo4j", "--set", "graph.uri=bolt://" + away},
		nil, &bytes.Buffer{}, stderr)
	if status != 0 || !strings.Contains(stderr.String(), "the graph is fed later") {
		t.Errorf("exit status %d, want 0, and a warning that the graph is fed later:\n%s", status, stderr)
	}
}

// watched calls found when want is written to it. One goroutine writes at a time: slog sees to that.
type watched struct {
	bytes.Buffer
	want  string
	found func()
}

func (w *watched) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.want) {
		w.found()
	}
	return w.Buffer.Write(p)
}

// TestIndex: 'cma index' works on the servers of the sites that it is told, and 'cma run' on all, until it
// is told to end.
func TestIndex(t *testing.T) {
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	local, err := cache.NewLocalServer("127.0.0.1:0", "secret")
	if err != nil {
		t.Fatal(err)
	}
	serving, end := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- local.Run(serving) }()
	defer func() { end(); <-ended }()
	server := cache.Server{Addr: local.Addr(), Password: "secret"}
	set := "sites=[{name: far, caches: [{addr: '127.0.0.1:1'}]}, {name: near, caches: [{addr: '" + local.Addr() + "', password-file: " + password + "}]}]"
	for _, args := range [][]string{
		{"index", "--site", "near"},
		{"run", "--set", "data=" + filepath.Join(t.TempDir(), "data"), "--set", "listen=127.0.0.1:0"},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		var stderr bytes.Buffer
		status := make(chan int, 1)
		go func() { status <- run(ctx, append(args, "--set", set), nil, &bytes.Buffer{}, &stderr) }()
		deadline := time.Now().Add(20 * time.Second)
		for !cache.Inspect(t.Context(), server).Indexing {
			if time.Now().After(deadline) {
				t.Fatalf("%s: nobody indexes after 20 s", args[0])
			}
			time.Sleep(10 * time.Millisecond) // it says nothing to the process that runs it
		}
		cancel()
		if got := <-status; got != 0 {
			t.Errorf("%s: exit status %d, want 0:\n%s", args[0], got, &stderr)
		}
		if s := cache.Inspect(t.Context(), server); s.Err != nil || s.Indexing {
			t.Errorf("%s has ended: %+v, want that nobody indexes", args[0], s)
		}
		if args[0] == "index" && !strings.Contains(stderr.String(), `"msg":"indexing starts","sites":1}`) {
			t.Errorf("want that it indexes 1 site:\n%s", &stderr)
		}
	}
}

// TestIndexMetrics: 'cma index' tells what it does on the address that it is given, and nothing is on one
// that is taken.
func TestIndexMetrics(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	set := "sites=[{name: far, caches: [{addr: '127.0.0.1:1'}]}]"
	if got := said(t, "index", "--set", set, "--set", "indexer.metrics="+taken.Addr().String()); !strings.Contains(got, "configuration: indexer.metrics:") {
		t.Errorf("a taken address: stderr lacks the key:\n%s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	lines := make(chan string, 1)
	stderr := &told{want: "metrics are served", line: lines}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, []string{"index", "--set", set, "--set", "indexer.metrics=127.0.0.1:0"}, nil, &bytes.Buffer{}, stderr)
	}()
	var line struct{ Listen string }
	if err := json.Unmarshal([]byte(<-lines), &line); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get("http://" + line.Listen + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	families, err := promtext.Parse(resp.Body)
	if err != nil || !slices.ContainsFunc(families, func(f promtext.Family) bool { return f.Name == "assim_indexer_holding" }) {
		t.Errorf("metrics: %v, %v; want assim_indexer_holding among them", families, err)
	}
	cancel()
	if got := <-status; got != 0 {
		t.Errorf("exit status %d, want 0", got)
	}
}

// told sends the first line that has want.
type told struct {
	want string
	line chan<- string
}

func (t *told) Write(p []byte) (int, error) {
	if strings.Contains(string(p), t.want) {
		t.line <- string(p)
	}
	return len(p), nil
}
