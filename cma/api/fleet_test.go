package api

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFleetFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fleet.json")
	if _, err := ReadFleet(path); !errors.Is(err, ErrNoFleet) || !strings.Contains(err.Error(), path) {
		t.Errorf("read before it is written: %v, want ErrNoFleet with the path", err)
	}
	fleet := NewFleet([]byte("certificate"))
	if err := fleet.Write(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadFleet(path)
	if err != nil || got != fleet {
		t.Errorf("read %+v, %v, want %+v", got, err, fleet)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v, want 0600", info.Mode(), err)
	}
	if err := NewFleet([]byte("another")).Write(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second write: %v, want %v", err, fs.ErrExist)
	}
	if again, err := ReadFleet(path); err != nil || again != fleet {
		t.Errorf("after a refused write: %+v, %v, want the first", again, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestReadFleetRefuses(t *testing.T) {
	good := NewFleet(nil)
	text := func(fingerprint, secret string) string {
		return `{"ca_fingerprint":"` + fingerprint + `","secret":"` + secret + `"}`
	}
	tests := []struct {
		name, text string
		mode       fs.FileMode
		want       string
	}{
		{"group may read", text(good.CAFingerprint, good.Secret), 0o640, "mode 0640 lets others read"},
		{"others may read", text(good.CAFingerprint, good.Secret), 0o604, "mode 0604 lets others read"},
		{"no JSON", "secret", 0o600, "not a fleet file"},
		{"empty", "", 0o600, "not a fleet file"},
		{"no secret", text(good.CAFingerprint, ""), 0o600, "secret is not 32 bytes in hex"},
		{"short secret", text(good.CAFingerprint, good.Secret[2:]), 0o600, "secret is not 32 bytes in hex"},
		{"long fingerprint", text(good.CAFingerprint+"00", good.Secret), 0o600, "ca_fingerprint is not 32 bytes in hex"},
		{"no hex", text(strings.Repeat("xy", 32), good.Secret), 0o600, "ca_fingerprint is not 32 bytes in hex"},
	}
	for _, tt := range tests {
		path := filepath.Join(t.TempDir(), "fleet.json")
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil { // WriteFile's mode is subject to the umask
			t.Fatal(err)
		}
		if _, err := ReadFleet(path); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want %q and the path", tt.name, err, tt.want)
		}
	}
}

// TestFleetSecrets holds the derivation, with what another HKDF makes of it: members of every version
// must come to the same secrets.
func TestFleetSecrets(t *testing.T) {
	f := Fleet{CAFingerprint: strings.Repeat("00", 32), Secret: strings.Repeat("01", 32)}
	secrets := []string{f.Bearer(), f.CachePassword(), string(f.RingKey()), f.Secret}
	for i, s := range secrets {
		for _, other := range secrets[i+1:] {
			if s == other {
				t.Errorf("two secrets are equal: %q", s)
			}
		}
	}
	if len(f.RingKey()) != 32 {
		t.Errorf("ring key of %d bytes, want 32", len(f.RingKey()))
	}
	if want := "31112f371e87583e262a67a756e8ea56719f6363a23da33016509d0f5bdf82e0"; f.Bearer() != want {
		t.Errorf("bearer %s, want %s", f.Bearer(), want)
	}
}
