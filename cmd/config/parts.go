package config

import (
	"crypto/x509"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// maxSecretBytes bounds a password file.
const maxSecretBytes = 4 << 10

// Secret reads a file that holds a password and nothing else; white space around it is not part of it.
// No file is no password. A file that others may read is refused, and one that is empty or too long to be
// a password's.
func Secret(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return "", fmt.Errorf("%s: mode %#o lets others read the password; it must be 0600", path, perm)
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes+1))
	if err != nil {
		return "", err
	}
	secret := strings.TrimSpace(string(b))
	switch {
	case secret == "":
		return "", fmt.Errorf("%s: no password in it", path)
	case len(b) > maxSecretBytes:
		return "", fmt.Errorf("%s: more than %d bytes, which is no password", path, maxSecretBytes)
	}
	return secret, nil
}

// Authorities reads a PEM file of the certificates of those who sign others. No file is nil, which stands
// for those whom the system trusts.
func Authorities(path string) (*x509.CertPool, error) {
	if path == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: no certificate in it", path)
	}
	return pool, nil
}

// Logger logs to w as JSON from the level of that name: debug, info, warn or error.
func Logger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q is none of debug, info, warn and error", level)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
}
