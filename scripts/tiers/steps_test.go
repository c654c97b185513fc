package tiers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// haveExactly waits until both graphs have exactly the wanted edges.
func (f *fleet) haveExactly(t *testing.T, want edges) {
	t.Helper()
	for _, c := range []*cma{f.first, f.second} {
		f.eventually(t, c, func() error {
			found, err := askEdges(c.cli)
			if err == nil {
				err = compare(found, want)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.graph, err)
			}
			precision, recall := score(found, want)
			t.Logf("%-8s %d edges, precision %.3f, recall %.3f", c.graph, len(found), precision, recall)
			return nil
		})
	}
}

// eventually asks one of the CMAs until the answer is nil. The second has what the first has.
func (f *fleet) eventually(t *testing.T, c *cma, ask func() error) {
	t.Helper()
	testbed.Eventually(t, patience, func() error {
		if c == f.second {
			if err := f.mirror(t.Context()); err != nil {
				return err
			}
		}
		return ask()
	})
}

func (f *fleet) startProbes(t *testing.T) {
	for _, l := range layout {
		f.startProbe(t, f.hosts[l.name], l.name)
	}
}

func (f *fleet) stopDatabase(t *testing.T) { f.hosts["db1"].runs["redis"].Kill(t) }

func (f *fleet) startDatabaseAgain(t *testing.T) { f.startDatabase(t) }

func (f *fleet) changePort(t *testing.T) {
	app2 := f.hosts["app2"]
	app2.runs["shop"].Kill(t)
	f.startShop(t, app2, 8081)
	f.servers[1] = "app2 10.78.2.22:8081"
	f.restartProxies(t)
}

func (f *fleet) addApplication(t *testing.T) {
	f.startShop(t, f.hosts["db2"], 8080)
	f.servers = append(f.servers, "db2 10.78.2.32:8080")
	f.restartProxies(t)
}

// moveAddress lets the second proxy take the failover address from the first, which is slow to learn that
// it has lost it; the neighbours are told as keepalived tells them. Both CMAs make an event of it.
func (f *fleet) moveAddress(t *testing.T) {
	from, to := f.hosts["proxy1"], f.hosts["proxy2"]
	to.Run(t, "ip", "addr", "add", failover+"/24", "dev", "eth0")
	for _, c := range []*cma{f.first, f.second} {
		f.eventually(t, c, func() error { return c.toldMove(t.Context(), from, to) })
	}
	from.Run(t, "ip", "addr", "del", failover+"/24", "dev", "eth0")
	to.Run(t, "arping", "-U", "-c", "1", "-I", "eth0", failover)
}

// toldMove returns nil if an event says that the failover address moved.
func (c *cma) toldMove(ctx context.Context, from, to *host) error {
	events, err := c.client.Events(ctx, 0, api.MaxEvents, 0)
	for _, e := range events {
		if e.Kind == ring.AddressMoved && e.Address == failover && string(e.Subject.ID) == to.id && string(e.Other.ID) == from.id {
			return nil
		}
	}
	return fmt.Errorf("%s: no event says that %s moved from %s to %s, %v", c.graph, failover, from.Name, to.Name, err)
}

func (f *fleet) rename(t *testing.T) {
	desk := f.hosts["desk"]
	desk.probe.Stop(t)
	f.startProbe(t, desk, "counter")
}

func (f *fleet) stopResolver(t *testing.T) { f.hosts["dns2"].runs["dnsmasq"].Kill(t) }

func (f *fleet) cutResolver(t *testing.T) { f.cutPower(t, "dns2") }

// cutPower ends what runs on a host, which its neighbours tell.
func (f *fleet) cutPower(t *testing.T, name string) {
	h := f.hosts[name]
	h.PowerOff(t)
	delete(f.hosts, name)
	testbed.Eventually(t, patience, func() error {
		hosts, err := f.first.client.Hosts(t.Context())
		for _, other := range hosts {
			if other.ID == h.id && other.Status == "dead" {
				return nil
			}
		}
		return fmt.Errorf("nobody says that %s is dead, %v", name, err)
	})
}

func (f *fleet) addReport(t *testing.T) {
	f.peer(t, f.hosts["app1"], "report", "-once", "-to", f.database())
}

// cutDatabase ends the host of the database, and waits until a client has given it up for good, and until
// the nanoprobe there has looked once more: it finds what began to listen later.
func (f *fleet) cutDatabase(t *testing.T) {
	f.cutPower(t, "db1")
	app1 := f.hosts["app1"]
	testbed.Eventually(t, patience, func() error { return withoutSockets(app1.runs["report"]) })
	f.peer(t, app1, "later", "-listen", "127.0.0.1:4000")
	for _, c := range []*cma{f.first, f.second} {
		f.eventually(t, c, func() error {
			rows, err := c.cli.Query("MATCH (p:Process {name: 'later'}) RETURN p.name")
			if err == nil && len(rows) != 1 {
				err = fmt.Errorf("%s: %d processes began to listen, want 1", c.graph, len(rows))
			}
			return err
		})
	}
}

// withoutSockets returns nil if a process has none.
func withoutSockets(p *testbed.Process) error {
	dir := fmt.Sprintf("/proc/%d/fd", p.Pid)
	open, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, fd := range open {
		if link, err := os.Readlink(filepath.Join(dir, fd.Name())); err == nil && strings.HasPrefix(link, "socket:") {
			return fmt.Errorf("process %d has %s", p.Pid, link)
		}
	}
	return nil
}
