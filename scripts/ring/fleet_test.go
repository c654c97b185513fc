package ring

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// patience is how long the fleet may take to do what it does at once when nothing hinders it.
const patience = 30 * time.Second

// fleet is all that runs.
type fleet struct {
	dir    string // all files of the run
	hosts  []*host
	net    network
	cma    *testbed.Process
	client *api.Client
	began  time.Time // when the first nanoprobe was started

	mu       sync.Mutex
	verdicts []verdict         // that nanoprobes logged
	events   []api.EventRecord // that the CMA was told, in their order
}

// newFleet lays a network of so many switches, none for TAP devices, and starts a CMA and that many
// nanoprobes, which end with the test. edit may change what hosts are before that.
func newFleet(t testing.TB, hosts, switches int, edit func(*host)) *fleet {
	t.Helper()
	f := layFleet(t, hosts, switches)
	if edit != nil {
		for _, h := range f.hosts {
			edit(h)
		}
	}
	f.startCMA(t)
	f.start(t, f.hosts...)
	return f
}

// layFleet is a fleet of which nothing runs yet.
func layFleet(t testing.TB, hosts, switches int) *fleet {
	t.Helper()
	testbed.Need(t, "ip", "nft", "nsenter")
	f := &fleet{dir: testbed.NewDir(t), net: network{switches: switches}}
	for number := 1; number <= hosts; number++ {
		f.hosts = append(f.hosts, newHost(number))
	}
	t.Cleanup(func() { f.end(t) })
	f.net.lay(t, f.hosts)
	return f
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

// startCMA starts a CMA on the embedded graph, with a hook that counts, and follows its events.
func (f *fleet) startCMA(t testing.TB) {
	t.Helper()
	testbed.Write(t, f.path("hooks/count"), 0o755, countHook, f.path("calls"))
	config := testbed.Write(t, f.path("cma.yaml"), 0o600, "data: %s\nlisten: %s:1984\nhooks: %s\n", f.path("cma.d"), centre, f.path("hooks"))
	f.cma = testbed.Start(t, "cma", exec.Command(testbed.Program(t, "cma"), "run", "--config", config))
	testbed.Eventually(t, patience, func() error { return f.cma.Says("cma starts") })
	members, err := api.ReadFleet(f.path("cma.d/fleet.json"))
	if err != nil {
		t.Fatal(err)
	}
	if f.client, err = api.Dial("https://"+centre+":1984", members, api.Options{}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var followed sync.WaitGroup
	followed.Go(func() { f.follow(ctx, t) })
	t.Cleanup(func() {
		cancel()
		followed.Wait()
		f.client.Close()
	})
}

// follow collects the events that the CMA is told, until ctx is done.
func (f *fleet) follow(ctx context.Context, t testing.TB) {
	var last uint64
	for ctx.Err() == nil {
		events, err := f.client.Events(ctx, last, api.MaxEvents, 20*time.Second)
		if err != nil && ctx.Err() == nil {
			t.Errorf("events: %v", err)
			return
		}
		f.mu.Lock()
		f.events = append(f.events, events...)
		f.mu.Unlock()
		if len(events) > 0 {
			last = events[len(events)-1].Number
		}
	}
}

// start starts nanoprobes as near to at once as the machine can and returns how long that took.
func (f *fleet) start(t testing.TB, hosts ...*host) time.Duration {
	t.Helper()
	path := testbed.Program(t, "nanoprobe")
	configs := make([]string, len(hosts))
	for i, h := range hosts {
		configs[i] = h.configure(t, f.dir, f.seeds())
	}
	began := time.Now()
	if f.began.IsZero() {
		f.began = began
	}
	for i, h := range hosts {
		h.probe = testbed.Start(t, h.name, h.command(path, "--config", configs[i]), func(line string) { f.hear(h.name, line) })
	}
	return time.Since(began)
}

// seeds are two members, as YAML.
func (f *fleet) seeds() string {
	var addrs []string
	for _, h := range f.hosts[:min(2, len(f.hosts))] {
		addrs = append(addrs, "'"+h.ringAddr()+"'")
	}
	return strings.Join(addrs, ", ")
}

// end ends everything, as far as it was started, and keeps what it said with the test's artifacts.
func (f *fleet) end(t testing.TB) {
	for _, h := range f.hosts {
		if h.probe != nil {
			h.probe.Kill(t)
		}
	}
	if f.cma != nil {
		f.cma.Kill(t)
	}
	heal(t)
	testbed.KeepLogs(t)
}
