package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
)

// TestEveryKeyIsDocumented holds docs/operations.md to what the program reads.
func TestEveryKeyIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n### nanoprobe\n")
	section, _, _ = strings.Cut(section, "\n### ")
	for _, key := range config.Keys(defaults()) {
		if !strings.Contains(section, "| `"+key+"` |") {
			t.Errorf("docs/operations.md says nothing of the key %q", key)
		}
	}
}

// TestFaults: whatever is wrong with the configuration is said in one sentence, with what to do.
func TestFaults(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	fleet := filepath.Join(dir, "fleet.json")
	if err := api.NewFleet([]byte("ca")).Write(fleet); err != nil {
		t.Fatal(err)
	}
	readable := file("readable", "{}", 0o644)
	good := []string{"--set", "fleet=" + fleet, "--set", "data=" + filepath.Join(dir, "data")}
	tests := []struct {
		name string
		args []string
		want []string // parts of what it says
	}{
		{"unknown key", []string{"--config", file("a.yaml", "ring:\n  seds: []\n", 0o600)}, []string{`a.yaml, line 2: unknown key "ring.seds"`, `try: "seeds"`}},
		{"no fleet file", []string{"--set", "fleet=" + dir + "/none"}, []string{"no fleet file", "try: 'cma init'"}},
		{"fleet file for all", []string{"--set", "fleet=" + readable}, []string{"mode 0644", "0600"}},
		{"profile", append(good, "--set", "ring.profile=fast"), []string{`ring.profile: profile "fast" is none of local, lan and wan`}},
		{"address of the cma", append(good, "--set", "cma=[10.0.0.1]"), []string{"configuration: cma:", "https://HOST:PORT"}},
		{"password for all", append(good, "--set", "caches=[{addr: x:1, password-file: "+readable+"}]"), []string{"configuration: caches:", "mode 0644"}},
		{"cache without address", append(good, "--set", "caches=[{username: x}]"), []string{"has no addr"}},
		{"bind address", append(good, "--set", "ring.bind=nowhere"), []string{`bind address "nowhere"`}},
		{"log level", append(good, "--set", "log-level=loud"), []string{`log level "loud" is none of`}},
		{"host name", append(good, "--set", "host.name=a#b"), []string{`"a#b"`}},
		{"argument", []string{"x"}, []string{`unknown command "x"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stderr bytes.Buffer
			status := run(context.Background(), tt.args, nil, &bytes.Buffer{}, &stderr)
			if status != 1 {
				t.Errorf("exit status %d, want 1", status)
			}
			for _, part := range tt.want {
				if !strings.Contains(stderr.String(), part) {
					t.Errorf("stderr lacks %q:\n%s", part, &stderr)
				}
			}
		})
	}
}
