package tiers

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
	"github.com/assim-mesh/assim/scripts/testbed"
)

const (
	neo4jPassword = "correct horse"

	// patience is how long may be waited for what is a matter of seconds when nothing hinders it: a machine
	// with ten times as much to do is slow to give Neo4j its time.
	patience = 120 * time.Second
)

// fleet is all that runs.
type fleet struct {
	dir      string // all files of the run
	hosts    map[string]*host
	servers  []string // of the proxies: "NAME ADDRESS:PORT"
	payments *testbed.Process
	neo4j    *neo4jtest.Server
	first    *cma // of which the nanoprobes know, on Neo4j
	second   *cma // on the embedded graph; see mirror
}

// newFleet starts the fleet, without nanoprobes.
func newFleet(t testing.TB) *fleet {
	t.Helper()
	testbed.Need(t, "redis-server", "haproxy", "dnsmasq", "nft", "arping", "nsenter")
	f := &fleet{dir: testbed.NewDir(t)}
	t.Cleanup(func() { f.end(t) })
	var err error
	f.neo4j, err = neo4jtest.Start(t.Context(), neo4jtest.Config{Lib: neo4jtest.Lib(t), Home: f.path("neo4j"), Password: neo4jPassword})
	if err != nil {
		t.Fatal(err)
	}
	password := testbed.Write(t, f.path("neo4j.password"), 0o600, neo4jPassword)
	f.first = f.startCMA(t, "neo4j", 1984, fmt.Sprintf("{store: neo4j, uri: %q, username: neo4j, password-file: %s}", f.neo4j.URI(), password))
	f.second = f.startCMA(t, "embedded", 1985, "{store: embedded}")
	f.hosts = newHosts(t, f.dir)
	f.startServices(t)
	return f
}

func (f *fleet) path(name string) string { return filepath.Join(f.dir, name) }

// startProbe starts a host's nanoprobe under a name, again with what it had. Who is behind NAT can't be
// reached by others, and is in no ring.
func (f *fleet) startProbe(t testing.TB, h *host, name string) {
	t.Helper()
	bind := h.addr + ":7946"
	if h == f.hosts["till"] {
		bind = ""
	}
	linger := "1h"
	if strings.HasPrefix(h.Name, "proxy") {
		linger = "3s" // their servers move, and so does their address: what they no longer use shall be seen to end
	}
	config := testbed.Write(t, filepath.Join(h.Dir, "nanoprobe.yaml"), 0o600, `
data: %s
fleet: %s
host: {id: %q, name: %s}
cma: ['https://%s:1984']
ring: {bind: '%s', seeds: ['10.78.1.1:7946', '10.78.2.21:7946']}
agents: [mounts, netconfig, os, resolvers, tcpdiscovery]
every: {netconfig: 1s, tcpdiscovery: 1s}
linger: %s
scripts: {shipped: false}
`, filepath.Join(h.Dir, "data"), f.path("neo4j.d/fleet.json"), h.id, name, centre, bind, linger)
	h.probe = h.Start(t, "nanoprobe", testbed.Program(t, "nanoprobe"), "--config", config)
}

// end ends everything, as far as it was started, and keeps what it said with the test's artifacts.
func (f *fleet) end(t testing.TB) {
	for _, h := range f.hosts {
		h.PowerOff(t)
	}
	for _, c := range []*cma{f.first, f.second} {
		if c != nil {
			c.Kill(t)
		}
	}
	if f.payments != nil {
		f.payments.Kill(t)
	}
	if f.neo4j != nil {
		if err := f.neo4j.Kill(); err != nil {
			t.Error(err)
		}
	}
	testbed.KeepLogs(t)
}
