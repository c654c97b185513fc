package fleet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// centre is the address of the bridge, where all that is no host listens.
const centre = "10.77.0.254"

// host is a namespace of each kind that a host has to itself. Its first process sleeps; when that is
// killed, so is all that runs there, as if the power was cut.
type host struct {
	name string
	addr string // without port
	id   string
	dir  string // its files: etc, which it sees as /etc, and the nanoprobe's data
	init *testbed.Process
}

// furnish makes the host's own view of the machine. /run is empty, so that no socket of the machine's
// services can be reached.
const furnish = `set -e
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mkdir /run/sshd
mount --bind "$1/etc" /etc
echo "$2" >/proc/sys/kernel/hostname
ip link set lo up
echo ready
exec sleep infinity`

// newHost makes the host with that number, 1 to 250, on the bridge.
func newHost(t testing.TB, dir string, number int) *host {
	t.Helper()
	h := &host{
		name: fmt.Sprint("h", number), addr: fmt.Sprint("10.77.0.", number), id: fmt.Sprintf("%032x", number),
	}
	h.dir = filepath.Join(dir, h.name)
	if err := os.Mkdir(h.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", "/etc", h.dir).CombinedOutput(); err != nil {
		t.Fatalf("copy of /etc: %v: %s", err, out)
	}
	h.powerOn(t)
	return h
}

// powerOn starts the host's first process and plugs it into the bridge.
func (h *host) powerOn(t testing.TB) {
	t.Helper()
	cmd := exec.Command("sh", "-c", furnish, "sh", h.dir, h.name)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
	}
	h.init = testbed.Start(t, h.name+"-init", cmd)
	testbed.Eventually(t, 10*time.Second, func() error { return h.init.Says("ready") })
	if err := testbed.IP("",
		fmt.Sprintf("link add %s type veth peer name eth0 netns %d", h.port(), h.init.Pid),
		fmt.Sprintf("link set %s master br0 up", h.port())); err != nil {
		t.Fatal(err)
	}
	h.run(t, "ip", "addr", "add", h.addr+"/24", "dev", "eth0")
	h.run(t, "ip", "link", "set", "eth0", "up")
}

// port is the bridge's, at the other end of the host's cable.
func (h *host) port() string { return h.name + "-port" }

// powerOff pulls the cable and ends all that runs on the host. In the other order the kernel would take
// the cable away at a time of its own.
func (h *host) powerOff(t testing.TB) {
	t.Helper()
	if err := testbed.IP("", "link del "+h.port()); err != nil {
		t.Error(err)
	}
	h.init.Kill(t)
}

// command prepares a program to run on the host.
func (h *host) command(name string, args ...string) *exec.Cmd {
	own := []string{"--target", strconv.Itoa(h.init.Pid), "--mount", "--uts", "--net", "--pid", "--", name}
	return exec.Command("nsenter", append(own, args...)...)
}

// run runs a program on the host to its end.
func (h *host) run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := h.command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s on %s: %v: %s", name, h.name, err, out)
	}
}

// start starts a program on the host. nsenter, which stands between, ends with it and as it does.
func (h *host) start(t testing.TB, log, name string, args ...string) *testbed.Process {
	t.Helper()
	p := testbed.Start(t, h.name+"-"+log, h.command(name, args...))
	p.Descend(t)
	return p
}

// listen starts a server on a port of the host's.
func (h *host) listen(t testing.TB, port int) *testbed.Process {
	t.Helper()
	return h.start(t, "listener", "redis-server", "--bind", h.addr, "--port", strconv.Itoa(port), "--save", "")
}
