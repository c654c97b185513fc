package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/nanoprobe"
	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
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
	damaged := filepath.Join(dir, "damaged")
	if err := os.MkdirAll(filepath.Join(damaged, "identity"), 0o700); err != nil {
		t.Fatal(err)
	}
	file("damaged/identity/key", "garbage", 0o600)
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
		{"3 neighbours", append(good, "--set", "ring.neighbours=3"), []string{"configuration: ring.neighbours: 3 neighbours, a host watches 2 or 4"}},
		{"no neighbours", append(good, "--set", "ring.neighbours=0"), []string{"ring.neighbours: 0 neighbours"}},
		{"rings too small", append(good, "--set", "ring.sizes.split=3", "--set", "ring.sizes.merge=1"), []string{"ring.sizes: split 3, merge 1: split is 4 to"}},
		{"half a size", append(good, "--set", "ring.sizes.split=8"), []string{"ring.sizes: split 8, merge 0"}},
		{"rings that would split at once", append(good, "--set", "ring.sizes.split=8", "--set", "ring.sizes.merge=5"), []string{"ring.sizes: split 8, merge 5"}},
		{"heartbeat", append(good, "--set", "ring.heartbeat=0"), []string{`unknown key "ring.heartbeat"`}},
		{"agent", append(good, "--set", "agents=[os, oss]"), []string{`configuration: agents: agent "oss" is none of`, "os, "}},
		{"interval of an agent that does not run", append(good, "--set", "agents=[os]", "--set", "every={memory: 1m}"), []string{`configuration: every: agent "memory" is none of those that run`}},
		{"interval too short", append(good, "--set", "every={os: 999ms}"), []string{"configuration: every: os: 999ms, it is 1s to 720h"}},
		{"interval too long", append(good, "--set", "every={os: 721h}"), []string{"configuration: every: os: 721h0m0s, it is 1s to"}},
		{"interval without unit", append(good, "--set", "every={os: 5}"), []string{"every", `"5" is not a duration`}},
		{"memory too short", append(good, "--set", "linger=-1s"), []string{"configuration: linger: -1s, it is 0s, which is off, to 168h"}},
		{"memory too long", append(good, "--set", "linger=169h"), []string{"configuration: linger: 169h0m0s, it is 0s"}},
		{"memory without unit", append(good, "--set", "linger=5"), []string{"linger", `"5" is not a duration`}},
		{"label", append(good, "--set", "host.labels={rack/1: r7}"), []string{`configuration: host.labels: the name of label "rack/1"`}},
		{"labels as a list", append(good, "--set", "host.labels=[r7]"), []string{"--set host.labels: line 1"}},
		{"metrics address", append(good, "--set", "metrics=nowhere"), []string{"configuration: metrics: ", "nowhere"}},
		{"host key", append(good, "--set", "data="+damaged), []string{"identity/key: not a host key"}},
		{"address of the cma", append(good, "--set", "cma=[10.0.0.1]"), []string{"configuration: cma:", "https://HOST:PORT"}},
		{"password for all", append(good, "--set", "caches=[{addr: x:1, password-file: "+readable+"}]"), []string{"configuration: caches:", "mode 0644"}},
		{"cache without address", append(good, "--set", "caches=[{username: x}]"), []string{"has no addr"}},
		{"directory without site", append(good, "--set", "sites-dns=x"), []string{"configuration: sites-dns: site is not set"}},
		{"site that nobody knows of", append(good, "--set", "site=a"), []string{"configuration: site: neither sites-dns nor cma is set"}},
		{"site and servers", append(good, "--set", "site=a", "--set", "caches=[{addr: x:1}]"), []string{"configuration: site: caches is set too"}},
		{"login", append(good, "--set", "site=a", "--set", "sites-dns=x", "--set", "cache-login.password-file="+readable), []string{"configuration: cache-login:", "mode 0644"}},
		{"certificate", append(good, "--set", "caches=[{addr: x:1, cert-file: "+readable+"}]"), []string{"configuration: caches: cert-file", "readable"}},
		{"authority", append(good, "--set", "caches=[{addr: x:1, ca-file: "+readable+"}]"), []string{"readable: no certificate in it"}},
		{"address of a cache", append(good, "--set", "caches=[{addr: x}]"), []string{`configuration: caches: address "x" is not HOST:PORT`}},
		{"sentinel without addresses", append(good, "--set", "caches=[{sentinel: {master: m}}]"), []string{"a master and its sentinels"}},
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

// TestSettings: what stands in the file reaches the nanoprobe.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	if err := api.NewFleet([]byte("ca")).Write(filepath.Join(dir, "fleet.json")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "nanoprobe.yaml")
	const text = "host:\n  name: web1\n  labels: {rack: r7, room: north}\nagents: [memory, os]\nevery: {memory: 720h, os: 1s}\nscripts: {shipped: false}\nmetrics: 127.0.0.1:0\n" +
		"ring:\n  bind: 127.0.0.1:0\n  group: north\n  neighbours: 4\n  sizes: {split: 8, merge: 3}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := defaults()
	if err := config.Load(file, nil, []string{"data=" + dir, "fleet=" + filepath.Join(dir, "fleet.json")}, &s); err != nil {
		t.Fatal(err)
	}
	cfg, err := s.build(slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer cfg.Metrics.Close()
	if a := cfg.Agents; len(a) != 2 || a[0].Name != "memory" || a[0].Every != 720*time.Hour || a[1].Name != "os" || a[1].Every != time.Second {
		t.Errorf("agents %v, want memory every 30 days and os every second", a)
	}
	if cfg.Labels["rack"] != "r7" || cfg.Labels["room"] != "north" {
		t.Errorf("labels %v", cfg.Labels)
	}
	want := backbone.Sizes{Split: 8, Merge: 3, MergeSum: 4}
	if r := cfg.Ring; r.Group != "north" || r.Profile.PerSide != 2 || r.Sizes != want {
		t.Errorf("ring %+v, want group north, 2 neighbours a side, sizes %+v", r, want)
	}
	again, err := s.build(slog.New(slog.DiscardHandler))
	if err == nil {
		again.Metrics.Close()
	}
	if err != nil || !again.Identity.Key.Equal(cfg.Identity.Key) {
		t.Errorf("second start: %v, with the same key %t", err, again.Identity.Key.Equal(cfg.Identity.Key))
	}
}

// TestDefaults: with nothing said, every agent runs and nothing but the ring listens.
func TestDefaults(t *testing.T) {
	s := defaults()
	if agents, err := nanoprobe.BuiltIn(s.Agents); err != nil || len(agents) != len(nanoprobe.AgentNames()) {
		t.Errorf("agents %v, %v; want all", agents, err)
	}
	r, err := s.Ring.build(make([]byte, 32))
	if err != nil || r.Group != "default" || r.Profile != ring.LAN() || r.Sizes != (backbone.Sizes{}) {
		t.Errorf("ring %+v, %v", r, err)
	}
	if s.Metrics != "" {
		t.Errorf("metrics at %q, want nowhere", s.Metrics)
	}
	s.Ring.Bind = ""
	if r, err := s.Ring.build(nil); r != nil || err != nil {
		t.Errorf("without an address: ring %+v, %v", r, err)
	}
}
