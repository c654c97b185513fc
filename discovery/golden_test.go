package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files; read the diff before you commit it")

// recorded returns a host of testdata/hosts.
func recorded(name string) Host {
	dir := filepath.Join("testdata/hosts", name)
	return Host{Dir: dir, Addrs: func() ([]byte, error) { return os.ReadFile(filepath.Join(dir, "netlink/getaddr")) }}
}

// TestGolden runs every agent over every recorded host and compares its data with
// testdata/golden/HOST/AGENT.json. There is no such file where the host lacks the agent's subject.
func TestGolden(t *testing.T) {
	hosts, err := os.ReadDir("testdata/hosts")
	if err != nil {
		t.Fatal(err)
	}
	for _, host := range hosts {
		for _, agent := range Agents() {
			t.Run(host.Name()+"/"+agent.Name, func(t *testing.T) {
				golden := filepath.Join("testdata/golden", host.Name(), agent.Name+".json")
				v, err := agent.Discover(t.Context(), recorded(host.Name()))
				if errors.Is(err, ErrNotHere) {
					if _, err := os.Stat(golden); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("%s is there and the agent says ErrNotHere", golden)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				got, err := json.MarshalIndent(v, "", "\t")
				if err != nil {
					t.Fatal(err)
				}
				compareGolden(t, golden, append(got, '\n'))
			})
		}
	}
}

func compareGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run 'go test ./discovery -update' and read the diff", err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// checkError checks that err has the text want in it.
func checkError(t *testing.T, input string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%q: error %v, want %q", input, err, want)
	}
}

func TestAgents(t *testing.T) {
	names := []string{}
	for _, a := range Agents() {
		names = append(names, a.Name)
		if _, err := a.Discover(t.Context(), Host{Dir: t.TempDir()}); !errors.Is(err, ErrNotHere) {
			t.Errorf("%s on an empty host: %v, want ErrNotHere", a.Name, err)
		}
		if a.Description == "" {
			t.Errorf("%s has no description", a.Name)
		}
	}
	if !slices.IsSorted(names) {
		t.Errorf("agents are not in the order of their names: %v", names)
	}
}

// TestLive runs every agent over the host that the test runs on, twice: what it finds seals, and does
// not move by itself. Other programs come and go meanwhile, so what TCPDiscovery finds is not compared.
func TestLive(t *testing.T) {
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		t.Skip("not a Linux host")
	}
	host := LiveHost("/")
	for _, a := range Agents() {
		hash := ""
		for range 2 {
			v, err := a.Discover(t.Context(), host)
			if errors.Is(err, ErrNotHere) && a.Name == "packages" {
				continue // not a Debian
			}
			if err != nil {
				t.Fatalf("%s: %v", a.Name, err)
			}
			doc, err := Seal(a, v, testOrigin, 1, testTime)
			if err != nil {
				t.Fatalf("%s: %v", a.Name, err)
			}
			if err := doc.Validate(); err != nil {
				t.Errorf("%s: %v", a.Name, err)
			}
			if hash != "" && hash != doc.Hash && a.Name != "tcpdiscovery" {
				t.Errorf("%s: two documents of one host differ; the second: %s", a.Name, doc.Data)
			}
			hash = doc.Hash
		}
	}
}

func BenchmarkTCPDiscovery(b *testing.B) {
	host, agent := LiveHost("/"), TCPDiscovery(DefaultLinger)
	pids, err := processes(host.FS())
	if err != nil {
		b.Skip("not a Linux host")
	}
	for b.Loop() {
		if _, err := agent.Discover(b.Context(), host); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(pids)), "processes")
}
