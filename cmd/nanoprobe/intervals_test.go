package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
)

// TestRemember: of a process that has lost its connections the agent tells these for as long as it is told
// to, and other agents are as before.
func TestRemember(t *testing.T) {
	for _, tt := range []struct {
		linger time.Duration
		want   bool
	}{{maxLinger, true}, {0, false}} {
		host := discovery.Host{Dir: t.TempDir()}
		for _, dir := range []string{"proc", "etc"} {
			if err := os.CopyFS(filepath.Join(host.Dir, dir), os.DirFS(filepath.Join("../../discovery/testdata/hosts/debian12", dir))); err != nil {
				t.Fatal(err)
			}
		}
		agents := []discovery.Agent{discovery.OS(), discovery.TCPDiscovery(time.Nanosecond)}
		if err := remember(agents, tt.linger); err != nil {
			t.Fatal(err)
		}
		look := func() string {
			if _, err := agents[0].Discover(t.Context(), host); err != nil {
				t.Fatal(err)
			}
			v, err := agents[1].Discover(t.Context(), host)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		const database = `"192.0.2.50:5432":"tcp"`
		if text := look(); !strings.Contains(text, database) {
			t.Fatalf("the database is not found: %s", text)
		}
		fd := filepath.Join(host.Dir, "proc/1011/fd") // of the worker that is connected to the database
		if err := os.Rename(fd, fd+".lost"); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(fd, 0o755); err != nil {
			t.Fatal(err)
		}
		if text := look(); strings.Contains(text, database) != tt.want {
			t.Errorf("held for %v: the database is told %t, want %t", tt.linger, !tt.want, tt.want)
		}
	}
}
