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
	agents, err := Agents(discovery.Agents(), ScriptDirs{Own: own, Shipped: filepath.Join(t.TempDir(), "shipped")}, time.Minute, slog.New(slog.NewTextHandler(&log, nil)))
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
	agents, err = Agents(discovery.Agents(), ScriptDirs{Own: filepath.Join(own, "nowhere")}, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil || len(agents) != len(discovery.Agents()) {
		t.Errorf("without scripts: %d agents, %v", len(agents), err)
	}
}

func TestBuiltIn(t *testing.T) {
	for _, tt := range []struct {
		names, want []string
		fault       string // part of the error; empty: there is none
	}{
		{nil, nil, ""},
		{[]string{"os"}, []string{"os"}, ""},
		{AgentNames(), AgentNames(), ""},
		{[]string{"packages", "os", "packages"}, []string{"os", "packages"}, ""},
		{[]string{"os", "oss"}, nil, `agent "oss" is none of `},
	} {
		agents, err := BuiltIn(tt.names)
		var got []string
		for _, a := range agents {
			got = append(got, a.Name)
		}
		slices.Sort(got) // the usual order is no promise of the names
		want := slices.Sorted(slices.Values(tt.want))
		if !slices.Equal(got, want) || (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
			t.Errorf("%q: agents %q, error %v; want %q, %q", tt.names, got, err, want, tt.fault)
		}
	}
}

// TestAgentSwitchedOff: a script may take the place of a built-in agent that doesn't run.
func TestAgentSwitchedOff(t *testing.T) {
	own := t.TempDir()
	if err := os.WriteFile(filepath.Join(own, "os"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	agents, err := Agents(nil, ScriptDirs{Own: own}, time.Minute, slog.New(slog.DiscardHandler))
	if err != nil || len(agents) != 1 || agents[0].Name != "os" {
		t.Errorf("agents %v, %v; want the script alone", agents, err)
	}
}
