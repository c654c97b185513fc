package ring

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// ringPort is where every member listens.
const ringPort = 7946

// host is a network namespace of the host's name, and what runs there.
type host struct {
	number   int
	name     string
	addr     string // without port
	id       string
	onSwitch int
	ring     string // settings of its ring besides what all have, ", KEY: VALUE"
	probe    *testbed.Process
}

// newHost describes the host of that number, 1 to 250.
func newHost(number int) *host {
	return &host{
		number: number, name: fmt.Sprint("h", number), addr: fmt.Sprint("10.78.0.", number), id: fmt.Sprintf("%032x", number),
	}
}

// mac is the hardware address of its interface.
func (h *host) mac() string { return fmt.Sprintf("02:78:00:00:00:%02x", h.number) }

// linkUp takes its interface up. The kernel forgets neighbours when it goes down.
func (h *host) linkUp(t testing.TB, hosts []*host) {
	t.Helper()
	lines := append([]string{"link set eth0 up", "neigh replace " + centre + " lladdr " + centreMAC + " dev eth0 nud permanent"},
		neighbours("eth0", without(hosts, []*host{h}))...)
	h.ip(t, lines...)
}

// ringAddr is where its nanoprobe listens for others.
func (h *host) ringAddr() string { return net.JoinHostPort(h.addr, strconv.Itoa(ringPort)) }

// port is the switch's, at the other end of the host's cable.
func (h *host) port() string { return fmt.Sprint("port", h.number) }

// ip runs lines of iproute2's batch language in the host's namespace.
func (h *host) ip(t testing.TB, lines ...string) {
	t.Helper()
	if err := testbed.IP(h.name, lines...); err != nil {
		t.Fatal(err)
	}
}

// command prepares a program to run on the host: nsenter becomes it. One processor each is what 64 on a
// machine of two have anyway, and spares them threads.
func (h *host) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command("nsenter", append([]string{"--net=/run/netns/" + h.name, "--", name}, args...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	return cmd
}

// linkScript is a discovery script that says what LLDP would: the host's switch.
const linkScript = `#!/bin/sh
cat <<'END'
{"discovertype": "linkdiscovery", "description": "switch", "host": %q, "source": "link", "instance": "linkdiscovery",
 "data": {"eth0": {"ChassisId": "sw%d", "SystemName": "sw%[2]d", "PortId": %[3]q}}}
END
`

// configure writes the host's files below dir and returns the path of its configuration. Its file tree
// is empty, so that agents find nothing and cost nothing.
func (h *host) configure(t testing.TB, dir string, seeds string) string {
	t.Helper()
	dir = filepath.Join(dir, h.name)
	if err := os.MkdirAll(filepath.Join(dir, "root"), 0o700); err != nil {
		t.Fatal(err)
	}
	testbed.Write(t, filepath.Join(dir, "data", "snapshot.list"), 0o600, "")
	if h.onSwitch > 0 {
		testbed.Write(t, filepath.Join(dir, "data", "discovery.d", "link"), 0o755, linkScript, h.name, h.onSwitch, h.port())
	}
	return testbed.Write(t, filepath.Join(dir, "nanoprobe.yaml"), 0o600, `
data: %s/data
fleet: %s
host: {id: %q, name: %s, root: %[1]s/root}
cma: ['https://%[5]s:1984']
ring: {bind: '%s', seeds: [%s]%s}
scripts: {shipped: false}
`, dir, filepath.Join(dir, "../cma.d/fleet.json"), h.id, h.name, centre, h.ringAddr(), seeds, h.ring)
}
