package nanoprobe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hostTree makes a host's file tree of the given files.
func hostTree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestIdentity(t *testing.T) {
	const machineID = "0123456789abcdef0123456789abcdef"
	root := hostTree(t, map[string]string{"etc/machine-id": machineID + "\n", "proc/sys/kernel/hostname": "web1\n"})
	dir := t.TempDir()
	now := time.UnixMilli(1_700_000_000_000)
	a, err := LoadIdentity(dir, root, "", "", now)
	if err != nil {
		t.Fatal(err)
	}
	if a.Name != "web1" || len(a.HostID) != 32 || strings.Contains(a.HostID, machineID[:8]) {
		t.Errorf("identity %+v: want the name web1 and an id that doesn't show the machine id", a)
	}
	if a.Boot != 1_700_000_000_000 {
		t.Errorf("first boot %d, want the clock in milliseconds", a.Boot)
	}
	b, err := LoadIdentity(dir, root, "", "", now.Add(-time.Hour)) // the clock was set back
	if err != nil {
		t.Fatal(err)
	}
	if b.HostID != a.HostID || b.Boot != a.Boot+1 || !b.Key.Equal(a.Key) {
		t.Errorf("second start %+v, want id and key of %+v and the next boot", b, a)
	}
	c, err := LoadIdentity(t.TempDir(), root, "configured", "db1", now)
	if err != nil || c.HostID != "configured" || c.Name != "db1" {
		t.Errorf("configured identity: %+v, %v", c, err)
	}
}

func TestIdentityWithoutMachineID(t *testing.T) {
	for _, machineID := range []string{"", "uninitialized\n"} {
		root := hostTree(t, map[string]string{"etc/machine-id": machineID, "proc/sys/kernel/hostname": "c1"})
		dir := t.TempDir()
		a, errA := LoadIdentity(dir, root, "", "", time.UnixMilli(1))
		b, errB := LoadIdentity(dir, root, "", "", time.UnixMilli(1))
		other, errC := LoadIdentity(t.TempDir(), root, "", "", time.UnixMilli(1))
		if errA != nil || errB != nil || errC != nil {
			t.Fatal(errA, errB, errC)
		}
		if len(a.HostID) != 32 || a.HostID != b.HostID || a.HostID == other.HostID {
			t.Errorf("machine id %q: ids %q, %q and, elsewhere, %q; want the first two equal", machineID, a.HostID, b.HostID, other.HostID)
		}
	}
}

func TestIdentityDamaged(t *testing.T) {
	root := hostTree(t, map[string]string{"proc/sys/kernel/hostname": "c1"})
	for name, want := range map[string]string{"boot": "is not a boot number", "host-id": "is not a host id", "key": "not a host key"} {
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("garbage"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := LoadIdentity(dir, root, "", "", time.UnixMilli(1))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("damaged %s: %v, want one that says %q and names the file", name, err, want)
		}
	}
}
