package testbed

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestHost: two hosts on one bridge are one another's neighbours and nobody else's, and when the power of
// one is cut, what ran there is gone and its files are not.
func TestHost(t *testing.T) {
	Need(t, "ip", "nsenter", "arping")
	if err := IP("", "link add lan type bridge", "link set lan up"); err != nil {
		t.Fatal(err)
	}
	dir := NewDir(t)
	host := func(name, addr string) *Host {
		return NewHost(t, dir, name, Cable{Bridge: "lan", Addr: netip.MustParsePrefix(addr)})
	}
	a, b := host("a", "192.0.2.1/24"), host("b", "192.0.2.2/24")
	Write(t, b.Dir+"/etc/motd", 0o644, "welcome to b\n")
	said := func(h *Host, name string, args ...string) string {
		out, err := h.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s on %s: %v: %s", name, h.Name, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	if got := said(b, "hostname"); got != "b" {
		t.Errorf("host name %q, want b", got)
	}
	if got := said(b, "cat", "/etc/motd"); got != "welcome to b" {
		t.Errorf("/etc/motd %q: it is not the host's own", got)
	}
	a.Run(t, "arping", "-c", "1", "-w", "5", "-I", "eth0", "192.0.2.2")
	if got := strings.Fields(said(a, "ls", "/sys/class/net")); !slices.Equal(got, []string{"eth0", "lo"}) {
		t.Errorf("the host's interfaces are %q, want eth0 and lo", got)
	}

	sleeper := b.Start(t, "sleeper", "sleep", "600")
	b.PowerOff(t)
	sleeper.Ended(t, 5*time.Second)
	b.PowerOn(t)
	a.Run(t, "arping", "-c", "1", "-w", "5", "-I", "eth0", "192.0.2.2")
	if got := said(b, "cat", "/etc/motd"); got != "welcome to b" {
		t.Errorf("/etc/motd %q after the power was cut", got)
	}
	a.PowerOff(t)
	b.PowerOff(t)
	if err := IP("", "link del lan"); err != nil {
		t.Error(err)
	}
}
