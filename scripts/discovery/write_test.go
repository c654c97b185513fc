package discoveryscripts

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
)

// layOut writes the scripts into a new directory.
func layOut(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "discovery.d")
	if err := Write(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrite(t *testing.T) {
	dir := layOut(t)
	path := func(name string) string { return filepath.Join(dir, name) }
	stat := func(name string) fs.FileInfo {
		t.Helper()
		info, err := os.Stat(path(name))
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	lshw, netstat := stat("lshw"), stat("netstat")
	for _, err := range []error{
		os.WriteFile(path("netstat"), []byte("#!/bin/sh\n"), 0o755),
		os.WriteFile(path("mine"), nil, 0o600),
		os.Chmod(path("lshw"), 0o644),
		Write(dir),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if !os.SameFile(lshw, stat("lshw")) || stat("lshw").Mode() != 0o755 {
		t.Errorf("lshw, which only lost its mode: %v, want the same file, executable", stat("lshw").Mode())
	}
	if os.SameFile(netstat, stat("netstat")) || stat("netstat").Size() != netstat.Size() || stat("netstat").Mode() != 0o755 {
		t.Error("netstat, which was changed, is not replaced by a new file")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 || stat("mine").Mode() != 0o600 {
		t.Errorf("%v, %v, want lshw, mine as it was, netstat and nothing else", entries, err)
	}
}

func TestWriteRefused(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(file); err == nil || !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file for a directory: %v", err)
	}
	dir := filepath.Join(t.TempDir(), "d")
	if err := os.MkdirAll(filepath.Join(dir, "lshw", "x"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Write(dir); err == nil {
		t.Error("a directory for a script: no error")
	}
}

// seal runs a script as a nanoprobe does.
func seal(t *testing.T, path string) (discovery.Document, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	agent := discovery.Script(path, time.Hour, nil)
	v, err := agent.Discover(ctx, discovery.Host{})
	if err != nil {
		return discovery.Document{}, err
	}
	return discovery.Seal(agent, v, discovery.Origin{Host: "db1", HostID: "1", Boot: 1}, 1, time.Now())
}

// TestReal runs each script twice over the real tool: what they find does not move by itself.
func TestReal(t *testing.T) {
	listener, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("no IPv6")
	}
	defer listener.Close()
	dir := layOut(t)
	for _, tt := range []struct{ tool, want string }{
		{"lshw", `"class":"system"`},
		{"netstat", `"` + listener.Addr().String() + `":["discovery`},
	} {
		if _, err := exec.LookPath(tt.tool); err != nil {
			if testing.Short() {
				continue
			}
			t.Fatalf("%s is not installed: scripts/test installs it", tt.tool)
		}
		path := filepath.Join(dir, tt.tool)
		first, err := seal(t, path)
		if err != nil {
			t.Fatal(err)
		}
		if err := first.Validate(); err != nil {
			t.Error(err)
		}
		if first.DiscoverType != tt.tool || !strings.Contains(string(first.Data), tt.want) {
			t.Errorf("%s: %q %s, want type %q with %s", tt.tool, first.DiscoverType, first.Data, tt.tool, tt.want)
		}
		second, err := seal(t, path)
		if err != nil {
			t.Fatal(err)
		}
		if tt.tool == "lshw" && first.Hash != second.Hash { // programs may come and go between two netstats
			t.Errorf("two runs differ:\n%s\n%s", first.Data, second.Data)
		}
	}
}

// TestSaid runs the scripts over what other versions and hosts print, kept in testdata/TOOL/NAME.
// NAME.json is the data that must come of it; where there is none, the script must fail.
func TestSaid(t *testing.T) {
	dir := layOut(t)
	cases, err := filepath.Glob("testdata/*/*.txt")
	if err != nil || len(cases) == 0 {
		t.Fatalf("%v, %v", cases, err)
	}
	for _, said := range cases {
		t.Run(said, func(t *testing.T) {
			tool := filepath.Base(filepath.Dir(said))
			said, err := filepath.Abs(said)
			if err != nil {
				t.Fatal(err)
			}
			bin := t.TempDir()
			if err := os.WriteFile(filepath.Join(bin, tool), []byte("#!/bin/sh\ncat '"+said+"'\n"), 0o755); err != nil {
				t.Fatal(err)
			}
			// The runner's PATH holds the real tool, so the script is started through another.
			wrapper := filepath.Join(t.TempDir(), tool)
			text := "#!/bin/sh\nPATH=" + bin + ":$PATH exec " + filepath.Join(dir, tool) + ` "$@"` + "\n"
			if err := os.WriteFile(wrapper, []byte(text), 0o755); err != nil {
				t.Fatal(err)
			}
			doc, err := seal(t, wrapper)
			want, missing := os.ReadFile(strings.TrimSuffix(said, ".txt") + ".json")
			if errors.Is(missing, fs.ErrNotExist) {
				if err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), tool+": ") {
					t.Errorf("%s, %v, want exit status 1 and a reason", doc.Data, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if wanted, err := discovery.Canonical(want); err != nil || string(doc.Data) != string(wanted) {
				t.Errorf("got  %s\nwant %s, %v", doc.Data, wanted, err)
			}
		})
	}
}

// TestContract: without the tool a script says so by exit status 5, and called otherwise how it is called.
func TestContract(t *testing.T) {
	dir := layOut(t)
	for _, tool := range []string{"lshw", "netstat"} {
		cmd := exec.Command(filepath.Join(dir, tool), "discover")
		cmd.Env = []string{"PATH=/nowhere"}
		_ = cmd.Run()
		if status := cmd.ProcessState.ExitCode(); status != 5 {
			t.Errorf("%s without its tool: exit status %d, want 5", tool, status)
		}
		out, _ := exec.Command(filepath.Join(dir, tool), "start").CombinedOutput()
		if !strings.Contains(string(out), "usage: ") || !strings.Contains(string(out), tool+" discover") {
			t.Errorf("%s start: %q, want its usage", tool, out)
		}
	}
}
