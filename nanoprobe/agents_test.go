package nanoprobe

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/discovery"
)

func TestAgentsNamesAreUnique(t *testing.T) {
	own := t.TempDir()
	for _, name := range []string{"os", "lshw", "rack"} {
		if err := os.WriteFile(filepath.Join(own, name), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	agents, err := Agents(ScriptDirs{Own: own, Shipped: filepath.Join(t.TempDir(), "shipped")}, time.Minute, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range agents {
		names = append(names, a.Name)
	}
	want := []string{}
	for _, a := range discovery.Agents() {
		want = append(want, a.Name)
	}
	want = append(want, "lshw", "rack", "netstat") // the user's lshw, not the shipped one
	if !slices.Equal(names, want) {
		t.Errorf("agents %q, want %q", names, want)
	}
	if !strings.Contains(log.String(), "script=os") || strings.Contains(log.String(), "script=lshw") {
		t.Errorf("the log names what was not meant or misses what was:\n%s", &log)
	}
	agents, err = Agents(ScriptDirs{Own: filepath.Join(own, "nowhere")}, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil || len(agents) != len(discovery.Agents()) {
		t.Errorf("without scripts: %d agents, %v", len(agents), err)
	}
}
