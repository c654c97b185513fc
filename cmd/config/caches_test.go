package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
)

// testPair writes a certificate and its key, and returns their files.
func testPair(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestCacheServer(t *testing.T) {
	cert, key := testPair(t)
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte(" secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	plain, err := CacheServer{Addr: "h:1", Username: "u", PasswordFile: password}.Server()
	if want := (cache.Server{Addr: "h:1", Username: "u", Password: "secret"}); err != nil || !reflect.DeepEqual(plain, want) {
		t.Errorf("got %+v, %v, want %+v", plain, err, want)
	}
	by, err := CacheServer{Sentinel: Sentinel{Master: "m", Addrs: []string{"s:1"}, Username: "v", PasswordFile: password}}.Server()
	want := &cache.Sentinel{Master: "m", Addrs: []string{"s:1"}, Username: "v", Password: "secret"}
	if err != nil || !reflect.DeepEqual(by.Sentinel, want) || by.Password != "" {
		t.Errorf("got %+v, %v, want %+v", by, err, want)
	}
	full, err := CacheServer{Addr: "h:1", CAFile: cert, CertFile: cert, KeyFile: key, ServerName: "n"}.Server()
	if err != nil || full.TLS == nil || full.TLS.RootCAs == nil || len(full.TLS.Certificates) != 1 || full.TLS.ServerName != "n" {
		t.Errorf("got %+v, %v, want all of TLS", full.TLS, err)
	}
	for name, s := range map[string]CacheServer{"tls": {TLS: true}, "ca-file": {CAFile: cert}, "server-name": {ServerName: "n"}} {
		s.Addr = "h:1"
		if server, err := s.Server(); err != nil || server.TLS == nil {
			t.Errorf("with %s: %+v, %v, want TLS", name, server.TLS, err)
		}
	}
	for name, tt := range map[string]struct {
		server CacheServer
		want   string
	}{
		"nowhere":            {CacheServer{Username: "u"}, "has no addr and no sentinel"},
		"both":               {CacheServer{Addr: "h:1", Sentinel: Sentinel{Master: "m", Addrs: []string{"s:1"}}}, "either an address"},
		"key without a cert": {CacheServer{Addr: "h:1", KeyFile: key}, `cert-file ""`},
		"no password file":   {CacheServer{Addr: "h:1", PasswordFile: "/none"}, "/none"},
		"sentinels' password": {CacheServer{Sentinel: Sentinel{Master: "m", Addrs: []string{"s:1"}, PasswordFile: "/none"}},
			"/none"},
	} {
		if _, err := tt.server.Server(); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q in it", name, err, tt.want)
		}
	}
}

// TestPlaces: a directory told of a server finds it where the configuration has it.
func TestPlaces(t *testing.T) {
	all := []Site{{Name: "a", Caches: []CacheServer{
		{Addr: "h:1", Username: "u"}, {Addr: "h:2", CAFile: "/ca"}, {Sentinel: Sentinel{Master: "m", Addrs: []string{"s:1"}}},
	}}}
	want := sites.List{{Name: "a", Servers: []sites.Server{{Addr: "h:1"}, {Addr: "h:2", TLS: true}, {Master: "m", Sentinels: []string{"s:1"}}}}}
	got := Places(all)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	servers, err := CacheLogin{Username: "u"}.Sites(got, "fleet's")
	if err != nil || len(servers) != 1 || len(servers[0].Servers) != 3 {
		t.Fatalf("got %+v, %v", servers, err)
	}
	for i, s := range servers[0].Servers {
		if s.Username != "u" || s.Password != "" || (s.TLS != nil) != (i == 1) || (s.Sentinel != nil) != (i == 2) {
			t.Errorf("server %d: %+v", i, s)
		}
	}
}
