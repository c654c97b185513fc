package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

type settings struct {
	Name  string   `yaml:"name"`
	CMA   []string `yaml:"cma"`
	Every Duration `yaml:"every"`
	Ring  struct {
		Bind  string   `yaml:"bind"`
		Seeds []string `yaml:"seeds"`
	} `yaml:"ring"`
	Caches []struct {
		Addr     string `yaml:"addr"`
		Password string `yaml:"password-file"`
	} `yaml:"caches"`
}

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "assim.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLoad(t *testing.T) {
	file := write(t, `# comment
name: from-file
cma: [https://a, https://b]
every: 90s
ring:
  bind: 1.2.3.4:7946
caches:
  - addr: c1:6379
    password-file: /p
`)
	var got settings
	got.Ring.Seeds = []string{"default:1"}
	err := Load(file, []string{"ASSIM_NAME=from-env", "ASSIM_RING_BIND=0.0.0.0:1", "ASSIM_OTHER=x", "HOME=/"},
		[]string{"name=from-flag", "cma=[https://c]"}, &got)
	if err != nil {
		t.Fatal(err)
	}
	var want settings
	want.Name, want.CMA, want.Every = "from-flag", []string{"https://c"}, Duration(90*time.Second)
	want.Ring.Bind, want.Ring.Seeds = "0.0.0.0:1", []string{"default:1"}
	want.Caches = append(want.Caches, struct {
		Addr     string `yaml:"addr"`
		Password string `yaml:"password-file"`
	}{"c1:6379", "/p"})
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestLoadFaults(t *testing.T) {
	tests := []struct {
		name, file string
		environ    []string
		sets       []string
		place      string // end of Error.Place
		problem    string // part of Error.Problem
		nearest    string
	}{
		{"unknown key", "name: a\nrign:\n  bind: x\n", nil, nil, "assim.yaml, line 2", `unknown key "rign"`, "ring"},
		{"unknown key below", "ring:\n  bind: x\n  seds: []\n", nil, nil, "line 3", `unknown key "ring.seds"`, "seeds"},
		{"unknown key in a list", "caches:\n- addr: x\n- adr: y\n", nil, nil, "line 3", `unknown key "caches.adr"`, "addr"},
		{"nothing near", "frobnicate: 1\n", nil, nil, "line 1", `unknown key "frobnicate"`, ""},
		{"twice", "name: a\nevery: 1s\nname: b\n", nil, nil, "", "name", ""},
		{"not YAML", "name: [a\n", nil, nil, "assim.yaml", "line 1", ""},
		{"not a duration", "every: soon\n", nil, nil, "assim.yaml", `"soon" is not a duration`, ""},
		{"scalar for a group", "name: a\nring: x\n", nil, nil, "line 2", `"ring" has keys of its own: bind, seeds`, ""},
		{"group for a scalar", "name:\n  a: b\n", nil, nil, "assim.yaml", "line 2", ""},
		{"list at the top", "- a\n", nil, nil, "line 1", "the configuration has keys of its own", ""},
		{"alias", "name: &x a\ncma: *x\n", nil, nil, "line 2", "aliases", ""},
		{"environment", "", []string{"ASSIM_EVERY=soon"}, nil, "ASSIM_EVERY", "is not a duration", ""},
		{"flag unknown", "", nil, []string{"ring.bnd=x"}, "--set ring.bnd", `unknown key "ring.bnd"`, "ring.bind"},
		{"flag without value", "", nil, []string{"name"}, "--set name", "KEY=VALUE", ""},
		{"flag of a group", "", nil, []string{"ring=x"}, "--set ring", `unknown key "ring"`, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var into settings
			err := Load(write(t, tt.file), tt.environ, tt.sets, &into)
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if !strings.HasSuffix(fault.Place, tt.place) || !strings.Contains(fault.Problem, tt.problem) || fault.Nearest != tt.nearest {
				t.Errorf("got %+v, want place ...%q, problem ...%q, nearest %q", fault, tt.place, tt.problem, tt.nearest)
			}
		})
	}
	if err := Load("/nowhere/assim.yaml", nil, nil, &settings{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// TestEmptyValue: what is set to nothing does not keep its default.
func TestEmptyValue(t *testing.T) {
	got := settings{Name: "default", CMA: []string{"default"}, Every: 1}
	got.Ring.Bind = "default"
	err := Load("", []string{"ASSIM_RING_BIND="}, []string{"name=", "cma=", "every="}, &got)
	if err != nil || !reflect.DeepEqual(got, settings{}) {
		t.Errorf("got %+v, %v, want all empty", got, err)
	}
}

// FuzzDecode: whatever a file holds, there is an error or a configuration, and no panic.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("name: a\nring: {bind: x}\ncaches: [{addr: y}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var into settings
		_ = decode("fuzz", text, &into)
	})
}
