package cma

import (
	"bytes"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mustInit(t *testing.T, dir string, now time.Time) Installation {
	t.Helper()
	inst, err := Init(dir, now)
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

// files reads the whole installation.
func files(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string][]byte{}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v, want 0600", e.Name(), info.Mode(), err)
		}
		if got[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func TestInitIsIdempotent(t *testing.T) {
	dir, now := filepath.Join(t.TempDir(), "new"), time.Now()
	first := mustInit(t, dir, now)
	want := files(t, dir)
	if len(want) != 3 {
		t.Errorf("%d files, want 3", len(want))
	}
	again := mustInit(t, dir, now.Add(time.Hour))
	if again.Fleet != first.Fleet || !bytes.Equal(again.Certificate.Certificate[0], first.Certificate.Certificate[0]) {
		t.Error("a second Init gives another installation")
	}
	for name, text := range files(t, dir) {
		if !bytes.Equal(text, want[name]) {
			t.Errorf("%s was changed by a second Init", name)
		}
	}
}

func TestServerCertificate(t *testing.T) {
	inst := mustInit(t, t.TempDir(), time.Now())
	leaf := inst.Certificate.Leaf
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(leaf.ExtKeyUsage) != 1 || leaf.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth || leaf.IsCA {
		t.Errorf("usage %v, authority %v, want a server's leaf", leaf.ExtKeyUsage, leaf.IsCA)
	}
}

// TestRenewal: a certificate is renewed with less than 30 days to live, and nothing else is touched.
func TestRenewal(t *testing.T) {
	const day = 24 * time.Hour
	dir, made := t.TempDir(), time.Now()
	first := mustInit(t, dir, made)
	want := files(t, dir)
	expires := first.Certificate.Leaf.NotAfter
	if early := mustInit(t, dir, expires.Add(-30*day)); !early.Certificate.Leaf.NotAfter.Equal(expires) {
		t.Error("renewed with 30 days to live")
	}
	renewed := mustInit(t, dir, expires.Add(-30*day+time.Second))
	if left := renewed.Certificate.Leaf.NotAfter.Sub(expires); left < 300*day {
		t.Errorf("renewed certificate lives %v longer, want most of a year", left)
	}
	got := files(t, dir)
	if renewed.Fleet != first.Fleet || !bytes.Equal(got[authorityFile], want[authorityFile]) || bytes.Equal(got[serverFile], want[serverFile]) {
		t.Error("renewal changes more or less than the server's certificate")
	}
	// The last one before the authority expires lives no longer than it.
	authority, err := readCertificate(filepath.Join(dir, authorityFile))
	if err != nil {
		t.Fatal(err)
	}
	last := mustInit(t, dir, authority.Leaf.NotAfter.Add(-day))
	if !last.Certificate.Leaf.NotAfter.Equal(authority.Leaf.NotAfter) {
		t.Errorf("lives until %v, the authority until %v", last.Certificate.Leaf.NotAfter, authority.Leaf.NotAfter)
	}
}

// TestInitInterrupted: what a crash can leave is completed, what it can't is refused.
func TestInitInterrupted(t *testing.T) {
	tests := []struct {
		there string // the files that are left
		want  string // empty: completed
	}{
		{"", ""},
		{authorityFile, ""},
		{authorityFile + " " + FleetFile, ""},
		{FleetFile, `"fleet.json" is there and "ca.pem" is missing`},
		{serverFile, `"server.pem" is there and "ca.pem" is missing`},
		{authorityFile + " " + serverFile, `"server.pem" is there and "fleet.json" is missing`},
		{FleetFile + " " + serverFile, `"fleet.json" is there and "ca.pem" is missing`},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		first := mustInit(t, dir, time.Now())
		for _, name := range []string{authorityFile, FleetFile, serverFile} {
			if !strings.Contains(tt.there, name) {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
		inst, err := Init(dir, time.Now())
		if tt.want == "" {
			if err != nil || strings.Contains(tt.there, FleetFile) && inst.Fleet != first.Fleet {
				t.Errorf("only %q is left: %v", tt.there, err)
			}
		} else if !errors.Is(err, ErrIncomplete) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("only %q is left: %v, want ErrIncomplete with %q", tt.there, err, tt.want)
		}
	}
}

func TestInitRefuses(t *testing.T) {
	other := t.TempDir()
	mustInit(t, other, time.Now())
	foreign := files(t, other)
	tests := []struct {
		name, file string
		text       []byte
		mode       fs.FileMode
		want       string
	}{
		{"damaged authority", authorityFile, []byte("-----"), 0o600, "ca.pem: "},
		{"another authority", authorityFile, foreign[authorityFile], 0o600, "made for another authority"},
		{"another server", serverFile, foreign[serverFile], 0o600, "not signed by the authority in ca.pem"},
		{"readable key", serverFile, foreign[serverFile], 0o644, "mode 0644 lets others read the key"},
		{"another fleet", FleetFile, foreign[FleetFile], 0o600, "made for another authority"},
	}
	for _, tt := range tests {
		dir := t.TempDir()
		mustInit(t, dir, time.Now())
		path := filepath.Join(dir, tt.file)
		if err := errors.Join(os.WriteFile(path, tt.text, 0o600), os.Chmod(path, tt.mode)); err != nil {
			t.Fatal(err)
		}
		if _, err := Init(dir, time.Now()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, tt.text) {
			t.Errorf("%s: the file was replaced", tt.name)
		}
	}
}
