package tiers

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// failover is the address that the proxies have between them; both may listen there, and one has it.
const failover = "10.78.1.10"

// startServices starts all that the fleet serves and asks for, last those who ask.
func (f *fleet) startServices(t testing.TB) {
	t.Helper()
	f.servePayments(t)
	for _, h := range []*host{f.hosts["dns1"], f.hosts["dns2"]} {
		h.start(t, "dnsmasq", "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--user=root",
			"--bind-interfaces", "--except-interface=lo", "--listen-address="+h.addr)
	}
	f.startDatabase(t)
	f.hosts["db2"].start(t, "redis", "redis-server", "--bind", f.hosts["db2"].addr, "--port", "6379", "--save", "",
		"--protected-mode", "no", "--replicaof", f.hosts["db1"].addr+" 6379")
	f.startApplications(t)
	f.servers = []string{"app1 10.78.2.21:8080", "app2 10.78.2.22:8080"}
	f.hosts["proxy1"].Run(t, "ip", "addr", "add", failover+"/24", "dev", "eth0")
	for _, name := range []string{"proxy1", "proxy2"} {
		f.hosts[name].Run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_nonlocal_bind")
		f.startProxy(t, f.hosts[name])
	}
	for _, name := range []string{"desk", "till"} {
		f.peer(t, f.hosts[name], "browser", "-to", failover+":80")
	}
}

func (f *fleet) startDatabase(t testing.TB) {
	t.Helper()
	db := f.hosts["db1"]
	db.start(t, "redis", "redis-server", "--bind", db.addr, "--port", "6379", "--save", "", "--protected-mode", "no",
		"--repl-diskless-sync-delay", "0")
	testbed.Eventually(t, patience, func() error { return db.runs["redis"].Says("Ready to accept connections") })
}

// startApplications starts the shop, and what stands beside it.
func (f *fleet) startApplications(t testing.TB) {
	t.Helper()
	app1, app2, db2 := f.hosts["app1"], f.hosts["app2"], f.hosts["db2"]
	f.peer(t, app1, "shop", "-listen", app1.addr+":8080", "-to", f.database(), "-to", payments)
	f.startShop(t, app2, 8080)
	for _, h := range []*host{app1, app2} {
		f.peer(t, h, "cache", "-listen", "127.0.0.1:11211")
		f.peer(t, h, "session", "-to", "127.0.0.1:11211")
	}
	app2.addContainer(t)
	f.contained(t, app2, "cart", "-listen", "172.17.0.2:9000", "-to", f.database())
	db2.addContainer(t)
	f.contained(t, db2, "audit", "-listen", "172.17.0.2:9000")
	for _, h := range []*host{app2, db2} {
		f.peer(t, h, "collector", "-to", "172.17.0.2:9000")
	}
}

// startShop starts the application on all addresses of a host.
func (f *fleet) startShop(t testing.TB, h *host, port int) {
	t.Helper()
	f.peer(t, h, "shop", "-listen", fmt.Sprint(":", port), "-to", f.database())
}

func (f *fleet) database() string { return f.hosts["db1"].addr + ":6379" }

// startProxy starts a proxy for the applications there are. It does not look whether they are well, and
// asks where it has the fewest connections: one that starts again has its share at once.
func (f *fleet) startProxy(t testing.TB, h *host) {
	t.Helper()
	config := `
global
  nbthread 1
defaults
  mode tcp
  timeout connect 1s
  timeout client 3s
  timeout server 3s
listen shop
  bind ` + failover + `:80
  balance leastconn
`
	for _, server := range f.servers {
		config += "  server " + server + "\n"
	}
	h.start(t, "haproxy", "haproxy", "-db", "-f", testbed.Write(t, filepath.Join(h.Dir, "haproxy.cfg"), 0o600, "%s", config))
}

// restartProxies lets the proxies read what applications there are.
func (f *fleet) restartProxies(t testing.TB) {
	t.Helper()
	for _, name := range []string{"proxy1", "proxy2"} {
		f.hosts[name].runs["haproxy"].Kill(t)
		f.startProxy(t, f.hosts[name])
	}
}

// peer starts the program of package peer on a host, under a name of its own.
func (f *fleet) peer(t testing.TB, h *host, name string, args ...string) {
	t.Helper()
	h.start(t, name, append([]string{f.peerAs(t, name)}, args...)...)
}

// contained does the same in the host's container.
func (f *fleet) contained(t testing.TB, h *host, name string, args ...string) {
	t.Helper()
	h.start(t, name, append([]string{"nsenter", "--net=/run/netns/container", "--", f.peerAs(t, name)}, args...)...)
}

// peerAs is a link of that name to the program of package peer, which is built first.
func (f *fleet) peerAs(t testing.TB, name string) string {
	t.Helper()
	program, link := f.path("bin/peer"), f.path("bin/"+name)
	if _, err := os.Stat(program); err != nil {
		if out, err := exec.Command("go", "build", "-o", program, "./peer").CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	if _, err := os.Lstat(link); err != nil {
		if err := os.Symlink(program, link); err != nil {
			t.Fatal(err)
		}
	}
	return link
}

// servePayments serves, in the test's own namespace, what no nanoprobe knows.
func (f *fleet) servePayments(t testing.TB) {
	t.Helper()
	f.payments = testbed.Start(t, "payments", exec.Command(f.peerAs(t, "payments"), "-listen", payments))
	testbed.Eventually(t, patience, func() error { return reachable(payments) })
}

func reachable(addr string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	return conn.Close()
}
