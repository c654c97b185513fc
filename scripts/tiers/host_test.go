package tiers

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// host is one of the fleet, with what runs on it.
type host struct {
	*testbed.Host
	id    string
	addr  string // without port; of the first cable
	runs  map[string]*testbed.Process
	probe *testbed.Process
}

// layout is the fleet's hosts: each with its gateway and its cables, "BRIDGE ADDRESS/BITS".
var layout = []struct {
	name, gateway string
	cables        []string
}{
	{"gw", "", []string{"front 10.78.1.1/24", "back 10.78.2.1/24"}},
	{"proxy1", "10.78.1.1", []string{"front 10.78.1.11/24"}},
	{"proxy2", "10.78.1.1", []string{"front 10.78.1.12/24"}},
	{"desk", "10.78.1.1", []string{"front 10.78.1.41/24"}},
	{"nat", "10.78.1.1", []string{"front 10.78.1.61/24", "inner 10.99.0.1/24"}},
	{"till", "10.99.0.1", []string{"inner 10.99.0.2/24"}},
	{"app1", "10.78.2.1", []string{"back 10.78.2.21/24"}},
	{"app2", "10.78.2.1", []string{"back 10.78.2.22/24"}},
	{"db1", "10.78.2.1", []string{"back 10.78.2.31/24"}},
	{"db2", "10.78.2.1", []string{"back 10.78.2.32/24"}},
	{"dns1", "10.78.2.1", []string{"back 10.78.2.53/24"}},
	{"dns2", "10.78.2.1", []string{"back 10.78.2.54/24"}},
}

// newHosts makes all hosts, connected and without any service.
func newHosts(t testing.TB, dir string) map[string]*host {
	t.Helper()
	hosts := map[string]*host{}
	for i, l := range layout {
		var cables []testbed.Cable
		for _, c := range l.cables {
			bridge, addr, _ := strings.Cut(c, " ")
			cables = append(cables, testbed.Cable{Bridge: bridge, Addr: netip.MustParsePrefix(addr)})
		}
		h := &host{
			Host: testbed.NewHost(t, dir, l.name, cables...), addr: cables[0].Addr.Addr().String(),
			id: fmt.Sprintf("%032x", i+1), runs: map[string]*testbed.Process{},
		}
		if l.gateway != "" {
			h.Run(t, "ip", "route", "add", "default", "via", l.gateway)
		}
		h.resolveBy(t, "10.78.2.53", "10.78.2.54")
		hosts[l.name] = h
	}
	hosts["gw"].forward(t)
	hosts["nat"].forward(t)
	hosts["nat"].masquerade(t)
	return hosts
}

// resolveBy says whom the host asks for names. What the machine has there may be a link that leads out of
// the host's files.
func (h *host) resolveBy(t testing.TB, servers ...string) {
	t.Helper()
	path := filepath.Join(h.Dir, "etc", "resolv.conf")
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	testbed.Write(t, path, 0o644, "nameserver %s\n", strings.Join(servers, "\nnameserver "))
}

// forward makes a router of the host.
func (h *host) forward(t testing.TB) {
	t.Helper()
	h.Run(t, "sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
}

// masquerade hides whom the host forwards for behind its own address.
func (h *host) masquerade(t testing.TB) {
	t.Helper()
	h.Run(t, "nft", "add table ip nat; add chain ip nat out { type nat hook postrouting priority srcnat; }; "+
		`add rule ip nat out oifname "eth0" masquerade`)
}

// addContainer makes a network namespace with the address 172.17.0.2, as Docker does on every host.
func (h *host) addContainer(t testing.TB) {
	t.Helper()
	h.Run(t, "ip", "netns", "add", "container")
	h.Run(t, "sh", "-ec", `
ip link add docker0 type bridge
ip addr add 172.17.0.1/16 dev docker0
ip link set docker0 up
ip link add veth0 type veth peer name eth0 netns container
ip link set veth0 master docker0 up
ip -n container addr add 172.17.0.2/16 dev eth0
ip -n container link set lo up
ip -n container link set eth0 up
ip -n container route add default via 172.17.0.1`)
	h.forward(t)
	h.masquerade(t)
}

// start starts a program on the host.
func (h *host) start(t testing.TB, name string, args ...string) {
	t.Helper()
	h.runs[name] = h.Start(t, name, args[0], args[1:]...)
}
