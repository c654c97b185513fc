package nanoprobe

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHostKeyStays(t *testing.T) {
	dir := t.TempDir()
	first, err := loadHostKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := loadHostKey(dir)
	if err != nil || !again.Equal(first) {
		t.Errorf("second start: %v and an equal key %t, want the key of the first", err, again.Equal(first))
	}
	other, err := loadHostKey(t.TempDir())
	if err != nil || other.Equal(first) {
		t.Errorf("another host: %v and an equal key %t, want a key of its own", err, other.Equal(first))
	}
	info, err := os.Stat(filepath.Join(dir, hostKeyFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file %v, %v; want mode 0600", info.Mode(), err)
	}
	signed := ed25519.Sign(again, []byte("x"))
	if !ed25519.Verify(first.Public().(ed25519.PublicKey), []byte("x"), signed) {
		t.Error("what was signed after the second start does not verify by the first one's public key")
	}
}

func TestHostKeyRefused(t *testing.T) {
	block := func(key any) string {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(&pem.Block{Type: hostKeyType, Bytes: der}))
	}
	_, good, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text := block(good)
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		want       string // part of the error; empty: it is taken
	}{
		{"good", text, 0o600, ""},
		{"good and read-only", text, 0o400, ""},
		{"a comment above it", "# of web1\n" + text, 0o600, ""},
		{"readable by the group", text, 0o640, "mode 0640 lets others read the host key"},
		{"readable by others", text, 0o604, "mode 0604 lets others read the host key"},
		{"empty", "", 0o600, `not a host key: no PEM block "PRIVATE KEY"`},
		{"cut off", text[:len(text)/2], 0o600, "not a host key: no PEM block"},
		{"a bit flipped", strings.Replace(text, "MC4C", "MC8C", 1), 0o600, "not a host key"},
		{"a certificate", strings.ReplaceAll(text, "PRIVATE KEY", "CERTIFICATE"), 0o600, "not a host key: no PEM block"},
		{"another algorithm", block(foreign), 0o600, "not Ed25519"},
		{"as long as may be", text + strings.Repeat("#", maxKeyBytes-len(text)), 0o600, ""},
		{"longer", text + strings.Repeat("#", maxKeyBytes-len(text)+1), 0o600, "4097 bytes, a host key has at most 4096"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, hostKeyFile)
			if err := os.WriteFile(path, []byte(tt.text), tt.mode); err != nil {
				t.Fatal(err)
			}
			key, err := loadHostKey(dir)
			if tt.want == "" {
				if err != nil || !key.Equal(good) {
					t.Errorf("%v, equal to the one written: %t", err, key.Equal(good))
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), path) {
				t.Errorf("error %v, want one that begins with the file's name and says %q", err, tt.want)
			}
			if now, _ := os.ReadFile(path); string(now) != tt.text {
				t.Error("the file was changed")
			}
		})
	}
}
