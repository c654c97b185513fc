package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want, err  string
	}{
		{"plain", "secret", 0o600, "secret", ""},
		{"with a line end", " secret\n", 0o400, "secret", ""},
		{"for all to read", "secret", 0o604, "", "mode 0604 lets others read the password"},
		{"for the group to read", "secret", 0o640, "", "mode 0640 lets others read the password"},
		{"empty", "", 0o600, "", "no password in it"},
		{"blank", " \n", 0o600, "", "no password in it"},
		{"the longest", strings.Repeat("x", maxSecretBytes), 0o600, strings.Repeat("x", maxSecretBytes), ""},
		{"longer", strings.Repeat("x", maxSecretBytes+1), 0o600, "", "more than 4096 bytes"},
	} {
		path := filepath.Join(t.TempDir(), "password")
		if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
			t.Fatal(err)
		}
		got, err := Secret(path)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.HasPrefix(err.Error(), path+": "+tt.err) {
			t.Errorf("%s: %.20q, %v; want %.20q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
	if got, err := Secret(""); got != "" || err != nil {
		t.Errorf("no file: %q, %v, want no password", got, err)
	}
}
