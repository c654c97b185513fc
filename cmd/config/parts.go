package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/assim-mesh/assim/cache"
)

// maxSecretBytes bounds a password file.
const maxSecretBytes = 4 << 10

// CacheServer says how to reach one Redis server.
type CacheServer struct {
	Addr         string `yaml:"addr"`          // host:port
	Username     string `yaml:"username"`      // empty: Redis' default user
	PasswordFile string `yaml:"password-file"` // empty: no password
	TLS          bool   `yaml:"tls"`           // speak TLS
	CAFile       string `yaml:"ca-file"`       // PEM; empty: the authorities of the operating system
}

// Server is s with its files read.
func (s CacheServer) Server() (cache.Server, error) {
	server := cache.Server{Addr: s.Addr, Username: s.Username}
	if s.Addr == "" {
		return cache.Server{}, errors.New("a cache server has no addr")
	}
	var err error
	if server.Password, err = Secret(s.PasswordFile); err != nil {
		return cache.Server{}, err
	}
	if s.TLS || s.CAFile != "" {
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if s.CAFile != "" {
		pem, err := os.ReadFile(s.CAFile)
		if err != nil {
			return cache.Server{}, err
		}
		server.TLS.RootCAs = x509.NewCertPool()
		if !server.TLS.RootCAs.AppendCertsFromPEM(pem) {
			return cache.Server{}, fmt.Errorf("%s: no certificate in it", s.CAFile)
		}
	}
	return server, nil
}

// CacheServers is Server of each.
func CacheServers(all []CacheServer) (servers []cache.Server, err error) {
	for _, s := range all {
		server, err := s.Server()
		if err != nil {
			return nil, err
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// Secret reads a file that holds a password and nothing else; white space around it is not part of it.
// No file is no password. A file that others may read is refused.
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
	b, err := io.ReadAll(io.LimitReader(f, maxSecretBytes))
	return strings.TrimSpace(string(b)), err
}

// Logger logs to w as JSON from the level of that name: debug, info, warn or error.
func Logger(w io.Writer, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("log level %q is none of debug, info, warn and error", level)
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l})), nil
}
