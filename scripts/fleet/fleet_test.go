package fleet

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

const (
	hostCount = 6

	redisPassword = "battery staple"
	neo4jPassword = "correct horse"

	// patience is how long a fleet may take to do what it does at once when nothing hinders it.
	patience = 45 * time.Second
)

// fleet is all that runs.
type fleet struct {
	dir      string // all files of the run
	hosts    []*host
	probes   map[*host]*process
	caches   []*process // the two Redis servers of the one site
	neo4j    *neo4jtest.Server
	cma      *process
	listener listener
	password struct{ redis, neo4j string } // files
}

// newFleet starts a fleet of hostCount hosts.
func newFleet(t testing.TB) *fleet {
	t.Helper()
	need(t)
	dir, err := os.MkdirTemp(os.Getenv(dirEnv), "fleet")
	if err != nil {
		t.Fatal(err)
	}
	f := &fleet{dir: dir, probes: map[*host]*process{}, caches: make([]*process, 2)}
	t.Cleanup(func() { f.end(t) })
	f.build(t)
	f.password.redis = write(t, f.path("redis.password"), 0o600, redisPassword)
	f.password.neo4j = write(t, f.path("neo4j.password"), 0o600, neo4jPassword)
	for i := range f.caches {
		f.startCache(t, i)
	}
	f.neo4j, err = neo4jtest.Start(t.Context(), neo4jtest.Config{
		Lib: neo4jtest.Lib(t), Home: f.path("neo4j"), Password: neo4jPassword,
	})
	if err != nil {
		t.Fatal(err)
	}
	f.installHooks(t)
	f.startCMA(t)
	f.configureCLI(t)
	for number := 1; number <= hostCount; number++ {
		f.hosts = append(f.hosts, newHost(t, f.dir, number))
	}
	f.configureSSH(t)
	for _, h := range f.hosts {
		f.startProbe(t, h)
	}
	return f
}

// need fails the test by name of what it lacks.
func need(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs namespaces, Redis, Neo4j and minutes")
	}
	if os.Getenv(dirEnv) == "" {
		t.Fatal("needs root, which alone may make namespaces")
	}
	for _, program := range []string{"redis-server", sshd, "ssh", "ssh-keygen", "nsenter"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: scripts/test installs it", err)
		}
	}
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

// build makes the three programs.
func (f *fleet) build(t testing.TB) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", f.dir, "../../cmd/assim", "../../cmd/cma", "../../cmd/nanoprobe")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

func cacheAddr(i int) string { return fmt.Sprintf("%s:%d", centre, 6379+i) }

// startCache starts a Redis server, empty.
func (f *fleet) startCache(t testing.TB, i int) {
	t.Helper()
	f.caches[i] = start(t, fmt.Sprint("redis", i), exec.Command("redis-server",
		"--bind", centre, "--port", fmt.Sprint(6379+i), "--requirepass", redisPassword, "--save", "", "--dir", f.dir))
	eventually(t, patience, func() error { return f.caches[i].says("Ready to accept connections") })
}

// startCMA starts the CMA on Neo4j, again with what it had.
func (f *fleet) startCMA(t testing.TB) {
	t.Helper()
	config := write(t, f.path("cma.yaml"), 0o600, `
data: %s
listen: %s:1984
hooks: %s
graph:
  store: neo4j
  uri: %s
  username: neo4j
  password-file: %s
`, f.path("cma.d"), centre, f.path("hooks"), f.neo4j.URI(), f.password.neo4j)
	f.cma = start(t, "cma", exec.Command(f.path("cma"), "run", "--config", config))
	eventually(t, patience, func() error { return f.cma.says("cma starts") })
}

// Configurations of the CLI; they differ in the caches that a search asks.
const (
	bothCaches  = "assim.yaml"
	firstCache  = "first.yaml"
	secondCache = "second.yaml"
)

func (f *fleet) configureCLI(t testing.TB) {
	t.Helper()
	first := fmt.Sprintf("{addr: %s, password-file: %s}", cacheAddr(0), f.password.redis)
	second := fmt.Sprintf("{addr: %s, password-file: %s}", cacheAddr(1), f.password.redis)
	for file, caches := range map[string]string{bothCaches: first + ", " + second, firstCache: first, secondCache: second} {
		write(t, f.path(file), 0o600, "fleet: %s\ncma: https://%s:1984\nsites: [{name: one, caches: [%s]}]\n",
			f.path("cma.d/fleet.json"), centre, caches)
	}
}

// startProbe starts a host's nanoprobe, again with what it had.
func (f *fleet) startProbe(t testing.TB, h *host) {
	t.Helper()
	write(t, filepath.Join(h.dir, "data", "snapshot.list"), 0o600, "/etc/ssh/sshd_config\n/etc/hostname\n")
	config := write(t, filepath.Join(h.dir, "nanoprobe.yaml"), 0o600, `
data: %s
fleet: %s
host: {id: %q, name: %s}
cma: ['https://%s:1984']
caches:
- {addr: %s, password-file: %[7]s}
- {addr: %[8]s, password-file: %[7]s}
ring:
  bind: %[9]s:7946
  seeds: [10.77.0.1:7946, 10.77.0.2:7946]
scripts: {shipped: false} # what lshw and netstat say moves at times by itself
`, filepath.Join(h.dir, "data"), f.path("cma.d/fleet.json"), h.id, h.name, centre,
		cacheAddr(0), f.password.redis, cacheAddr(1), h.addr)
	f.probes[h] = h.start(t, "nanoprobe", f.path("nanoprobe"), "--config", config)
}

// assim runs the CLI. Its error has what it said on stderr.
func (f *fleet) assim(args ...string) ([]byte, error) {
	return f.assimAs(bothCaches, args...)
}

func (f *fleet) assimAs(config string, args ...string) ([]byte, error) {
	var said bytes.Buffer
	cmd := exec.Command(f.path("assim"), append(args, "--json", "--config", f.path(config))...)
	cmd.Stderr = &said
	answer, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("assim %s: %w: %s", strings.Join(args, " "), err, said.Bytes())
	}
	return answer, err
}

// ask runs the CLI and decodes its answer. Nothing found is an empty answer.
func ask[T any](f *fleet, args ...string) (answer T, err error) {
	return askAs[T](f, bothCaches, args...)
}

func askAs[T any](f *fleet, config string, args ...string) (answer T, err error) {
	out, err := f.assimAs(config, args...)
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == 3 {
		err = nil
	}
	if err == nil && len(out) > 0 {
		err = json.Unmarshal(out, &answer)
	}
	return answer, err
}

// query asks the graph and returns its rows as JSON text.
func (f *fleet) query(text ...string) (rows []string, err error) {
	return f.queryAs(bothCaches, text...)
}

func (f *fleet) queryAs(config string, text ...string) (rows []string, err error) {
	answer, err := askAs[api.Rows](f, config, append([]string{"query"}, text...)...)
	for _, row := range answer.Rows {
		b, err := json.Marshal(row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, string(b))
	}
	return rows, err
}

// end ends everything, as far as it was started, keeps what it said with the test's artifacts, and if
// the test failed prints what went wrong in that.
func (f *fleet) end(t testing.TB) {
	for _, h := range f.hosts {
		h.powerOff(t)
	}
	for _, p := range append(f.caches, f.cma) {
		if p != nil {
			_ = p.cmd.Process.Kill() // a check that failed may have left it dead
			<-p.ended
		}
	}
	if f.neo4j != nil {
		if err := f.neo4j.Kill(); err != nil {
			t.Error(err)
		}
	}
	logs := os.DirFS(logDir(t))
	if err := os.CopyFS(t.ArtifactDir(), logs); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		printFaults(t, logs)
	}
}
