package nanoprobe

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestDefaultList: every entry is one, and the commands work where their programs are.
func TestDefaultList(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list")
	if err := WriteDefaultList(list); err != nil {
		t.Fatal(err)
	}
	w, err := findWanted("/", "/nowhere", list)
	if err != nil || len(w.warnings) > 0 {
		t.Fatalf("%v, warnings %v", err, w.warnings)
	}
	shows := map[string]string{"sysctl": "kernel.ostype = Linux\n", "netcounters": "TcpExt: "}
	for _, c := range w.commands {
		out := c.run(t.Context(), time.Minute)
		_, err := exec.LookPath("sysctl")
		if c.name == "sysctl" && err != nil {
			continue
		}
		if !bytes.Contains(out.content, []byte(shows[c.name])) || bytes.Contains(out.content, []byte("stable_secret")) {
			t.Errorf("@%s: %.200q, %q, %q, want %q in it", c.name, out.content, out.stat, out.notice, shows[c.name])
		}
	}
	if len(w.commands) != len(shows) {
		t.Errorf("%d commands, want %d", len(w.commands), len(shows))
	}
}
