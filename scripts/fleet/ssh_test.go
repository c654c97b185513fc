package fleet

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

const (
	sshd = "/usr/sbin/sshd"
	// markedLine stands in the configuration of one sshd only.
	markedLine = "MaxStartups 17:30:117"
)

// configureSSH starts a server on the first host, and on the second a client that stays connected.
func (f *fleet) configureSSH(t testing.TB) {
	t.Helper()
	server, client := f.hosts[0], f.hosts[1]
	for _, key := range []string{"host", "user"} {
		out, err := exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f.path(key)).CombinedOutput()
		if err != nil {
			t.Fatalf("ssh-keygen: %v: %s", err, out)
		}
	}
	public, err := os.ReadFile(f.path("user.pub"))
	if err != nil {
		t.Fatal(err)
	}
	authorized := testbed.Write(t, f.path("authorized_keys"), 0o600, "%s", public)
	testbed.Write(t, filepath.Join(server.Dir, "etc/ssh/sshd_config"), 0o600, `
ListenAddress %s
HostKey %s
AuthorizedKeysFile %s
StrictModes no
PermitRootLogin prohibit-password
UsePAM no
%s
`, server.addr, f.path("host"), authorized, markedLine)
	server.Start(t, "sshd", sshd, "-D", "-e")
	testbed.Eventually(t, patience, func() error {
		return exec.Command("ssh-keyscan", "-t", "ed25519", server.addr).Run()
	})
	client.Start(t, "ssh", "ssh", "-N", "-F", "none", "-i", f.path("user"), "-o", "BatchMode=yes",
		"-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "root@"+server.addr)
}
