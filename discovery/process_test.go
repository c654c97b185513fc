package discovery

import (
	"strings"
	"testing"
)

// TestKey: each of the five parts makes another process, and nothing else does.
func TestKey(t *testing.T) {
	base := Process{Exe: "/usr/bin/a", Cmdline: []string{"a", "b"}, UID: 1, GID: 2, NetNS: "net:[3]"}
	same := base
	same.Cwd, same.User, same.ExeDeleted, same.ListenAddrs = "/", "u", true, map[string]string{"0.0.0.0:1": "tcp"}
	if base.key() != same.key() {
		t.Errorf("key %q, want %q", same.key(), base.key())
	}
	if !strings.HasPrefix(base.key(), "a:") || len(base.key()) != 2+32 {
		t.Errorf("key %q, want a: and 32 hex digits", base.key())
	}
	for _, change := range []func(*Process){
		func(p *Process) { p.Exe = "/usr/sbin/a" },
		func(p *Process) { p.Cmdline = []string{"a b"} },
		func(p *Process) { p.UID = 2 },
		func(p *Process) { p.GID = 1 },
		func(p *Process) { p.NetNS = "" },
	} {
		other := base
		change(&other)
		if other.key() == base.key() {
			t.Errorf("%+v and %+v have one key", base, other)
		}
	}
}
