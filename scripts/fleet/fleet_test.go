package fleet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
	"github.com/assim-mesh/assim/scripts/testbed"
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
	cli      string // path of the program assim
	hosts    []*host
	probes   map[*host]*testbed.Process
	caches   []*testbed.Process // the two Redis servers of the one site
	neo4j    *neo4jtest.Server
	cma      *testbed.Process
	listener listener
	password struct{ redis, neo4j string } // files
}

// newFleet starts a fleet of hostCount hosts.
func newFleet(t testing.TB) *fleet {
	t.Helper()
	testbed.Need(t, "redis-server", sshd, "ssh", "ssh-keygen", "nsenter")
	f := &fleet{
		dir: testbed.NewDir(t), cli: testbed.Program(t, "assim"),
		probes: map[*host]*testbed.Process{}, caches: make([]*testbed.Process, 2),
	}
	t.Cleanup(func() { f.end(t) })
	f.password.redis = testbed.Write(t, f.path("redis.password"), 0o600, redisPassword)
	f.password.neo4j = testbed.Write(t, f.path("neo4j.password"), 0o600, neo4jPassword)
	for i := range f.caches {
		f.startCache(t, i)
	}
	var err error
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

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

func cacheAddr(i int) string { return fmt.Sprintf("%s:%d", centre, 6379+i) }

// startCache starts a Redis server, empty.
func (f *fleet) startCache(t testing.TB, i int) {
	t.Helper()
	f.caches[i] = testbed.Start(t, fmt.Sprint("redis", i), exec.Command("redis-server",
		"--bind", centre, "--port", fmt.Sprint(6379+i), "--requirepass", redisPassword, "--save", "", "--dir", f.dir))
	testbed.Eventually(t, patience, func() error { return f.caches[i].Says("Ready to accept connections") })
}

// startCMA starts the CMA on Neo4j, again with what it had.
func (f *fleet) startCMA(t testing.TB) {
	t.Helper()
	config := testbed.Write(t, f.path("cma.yaml"), 0o600, `
data: %s
listen: %s:1984
hooks: %s
graph:
  store: neo4j
  uri: %s
  username: neo4j
  password-file: %s
`, f.path("cma.d"), centre, f.path("hooks"), f.neo4j.URI(), f.password.neo4j)
	f.cma = testbed.Start(t, "cma", exec.Command(testbed.Program(t, "cma"), "run", "--config", config))
	testbed.Eventually(t, patience, func() error { return f.cma.Says("cma starts") })
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
		testbed.Write(t, f.path(file), 0o600, "fleet: %s\ncma: https://%s:1984\nsites: [{name: one, caches: [%s]}]\n",
			f.path("cma.d/fleet.json"), centre, caches)
	}
}

// startProbe starts a host's nanoprobe, again with what it had.
func (f *fleet) startProbe(t testing.TB, h *host) {
	t.Helper()
	testbed.Write(t, filepath.Join(h.Dir, "data", "snapshot.list"), 0o600, "/etc/ssh/sshd_config\n/etc/hostname\n")
	config := testbed.Write(t, filepath.Join(h.Dir, "nanoprobe.yaml"), 0o600, `
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
metrics: %s
scripts: {shipped: false} # what lshw and netstat say moves at times by itself
`, filepath.Join(h.Dir, "data"), f.path("cma.d/fleet.json"), h.id, h.Name, centre,
		cacheAddr(0), f.password.redis, cacheAddr(1), h.addr, h.metricsAddr())
	f.probes[h] = h.Start(t, "nanoprobe", testbed.Program(t, "nanoprobe"), "--config", config)
}

// as is the CLI with one of the configurations.
func (f *fleet) as(config string) testbed.CLI {
	return testbed.CLI{Program: f.cli, Config: f.path(config)}
}

// assim runs the CLI. Its error has what it said on stderr.
func (f *fleet) assim(args ...string) ([]byte, error) { return f.as(bothCaches).Run(args...) }

// ask runs the CLI and decodes its answer. Nothing found is an empty answer.
func ask[T any](f *fleet, args ...string) (answer T, err error) {
	return askAs[T](f, bothCaches, args...)
}

func askAs[T any](f *fleet, config string, args ...string) (answer T, err error) {
	return testbed.Ask[T](f.as(config), args...)
}

// query asks the graph and returns its rows as JSON text.
func (f *fleet) query(text ...string) (rows []string, err error) {
	return f.as(bothCaches).Query(text...)
}

// end ends everything, as far as it was started, keeps what it said with the test's artifacts, and if
// the test failed prints what went wrong in that.
func (f *fleet) end(t testing.TB) {
	for _, h := range f.hosts {
		h.PowerOff(t)
	}
	for _, p := range append(f.caches, f.cma) {
		if p != nil {
			p.Kill(t)
		}
	}
	if f.neo4j != nil {
		if err := f.neo4j.Kill(); err != nil {
			t.Error(err)
		}
	}
	testbed.KeepLogs(t)
	if t.Failed() {
		printFaults(t, os.DirFS(testbed.LogDir(t)))
	}
}
