package testbed

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Host is a namespace of each kind that a host has to itself: network, processes, mounts, host name; and
// an /etc of its own. Its first process sleeps; when that is killed, so is all that runs there, as if the
// power was cut.
type Host struct {
	Name string
	Dir  string // its files; etc there is what it sees as /etc
	init *Process

	cables []Cable
}

// Cable leads from a host to a bridge. The host's ends are eth0, eth1, ... in their order.
type Cable struct {
	Bridge string
	Addr   netip.Prefix // of the host's end, with the length of its network's prefix
}

// furnish makes the host's own view of the machine: /sys shows the interfaces of the namespace in which it
// is mounted. /run is empty, so that no socket of the machine's services can be reached.
const furnish = `set -e
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mkdir /run/sshd
mount --bind "$1/etc" /etc
echo "$2" >/proc/sys/kernel/hostname
ip link set lo up
echo ready
exec sleep infinity`

// NewHost makes the host of a name, of at most 9 letters and digits, with its files in a directory of
// that name below dir. It is on.
func NewHost(t testing.TB, dir, name string, cables ...Cable) *Host {
	t.Helper()
	h := &Host{Name: name, Dir: filepath.Join(dir, name), cables: cables}
	if err := os.Mkdir(h.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", "-a", "/etc", h.Dir).CombinedOutput(); err != nil {
		t.Fatalf("copy of /etc: %v: %s", err, out)
	}
	h.PowerOn(t)
	return h
}

// PowerOn starts the host's first process and plugs in its cables.
func (h *Host) PowerOn(t testing.TB) {
	t.Helper()
	cmd := exec.Command("sh", "-c", furnish, "sh", h.Dir, h.Name)
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
	}
	h.init = Start(t, h.Name+"-init", cmd)
	Eventually(t, 10*time.Second, func() error { return h.init.Says("ready") })
	for i, c := range h.cables {
		if err := IP("",
			fmt.Sprintf("link add %s type veth peer name eth%d netns %d", h.port(i), i, h.init.Pid),
			fmt.Sprintf("link set %s master %s up", h.port(i), c.Bridge)); err != nil {
			t.Fatal(err)
		}
		h.Run(t, "ip", "addr", "add", c.Addr.String(), "dev", fmt.Sprint("eth", i))
		h.Run(t, "ip", "link", "set", fmt.Sprint("eth", i), "up")
	}
}

// port is the bridge's, at the other end of the host's cable of that number.
func (h *Host) port(cable int) string { return fmt.Sprintf("%s-port%d", h.Name, cable) }

// PowerOff pulls the cables and ends all that runs on the host. In the other order the kernel would take
// the cables away at a time of its own.
func (h *Host) PowerOff(t testing.TB) {
	t.Helper()
	for i := range h.cables {
		if err := IP("", "link del "+h.port(i)); err != nil {
			t.Error(err)
		}
	}
	h.init.Kill(t)
}

// Command prepares a program to run on the host.
func (h *Host) Command(name string, args ...string) *exec.Cmd {
	own := []string{"--target", strconv.Itoa(h.init.Pid), "--mount", "--uts", "--net", "--pid", "--", name}
	return exec.Command("nsenter", append(own, args...)...)
}

// Run runs a program on the host to its end, which must be a good one.
func (h *Host) Run(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := h.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s on %s: %v: %s", name, h.Name, err, out)
	}
}

// Start starts a program on the host. nsenter, which stands between, ends with it and as it does.
func (h *Host) Start(t testing.TB, log, name string, args ...string) *Process {
	t.Helper()
	p := Start(t, h.Name+"-"+log, h.Command(name, args...))
	p.Descend(t)
	return p
}
