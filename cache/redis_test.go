package cache

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFull: a server whose memory is full takes nothing new, says so, and loses nothing: what is there can
// be renewed and deleted, hosts stay seen, and what was refused is taken when there is room.
func TestFull(t *testing.T) {
	needRedis(t)
	f := newFixture(t, startRedis(t))
	ctx := t.Context()
	kept, refused := snap("web1", "/kept", "here"), snap("web1", "/refused", strings.Repeat("x", 500))
	f.mustPut(t, kept, snap("web1", "/old", "x"))
	f.raw.PExpire(ctx, "web1#/kept", time.Hour)
	f.silent(t, "web1", time.Hour)
	if err := f.raw.ConfigSet(ctx, "maxmemory", "1").Err(); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Put(ctx, refused); !errors.Is(err, ErrFull) {
		t.Errorf("Put of something new: %v, want ErrFull", err)
	}
	kept.Seq = 2
	if written, err := f.Put(ctx, kept); written || err != nil {
		t.Errorf("Put of what is there: %v, %v, want false, nil", written, err)
	}
	if ttl := f.raw.PTTL(ctx, "web1#/kept").Val(); ttl < 2*time.Hour {
		t.Errorf("the row lives %v more: not renewed", ttl)
	}
	if _, err := f.Seen(ctx, "web1", "id of web1"); err != nil {
		t.Errorf("Seen: %v", err)
	}
	if err := f.Delete(ctx, "web1", "id of web1", "/old"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	if row, err := Get(ctx, f.site, "web1", "/kept"); err != nil || row.Age > time.Minute {
		t.Errorf("Get: age %v, %v, want one of this minute", row.Age, err)
	}
	f.raw.ConfigSet(ctx, "maxmemory", "0")
	if written, err := f.Put(ctx, refused); !written || err != nil {
		t.Errorf("Put when there is room: %v, %v, want true, nil", written, err)
	}
	hits, _ := grep(t, []Site{f.site}, Query{})
	if len(hits) != 2 {
		t.Errorf("%d lines, want those of /kept and /refused: %q", len(hits), hits)
	}
}

// TestTLS: a server that speaks TLS only and wants a certificate of its client.
func TestTLS(t *testing.T) {
	needRedis(t)
	dir := t.TempDir()
	ca := newAuthority(t, filepath.Join(dir, "ca"))
	ca.issue(t, filepath.Join(dir, "server"))
	client := ca.issue(t, filepath.Join(dir, "client"))
	other := newAuthority(t, filepath.Join(dir, "other"))
	stranger := other.issue(t, filepath.Join(dir, "stranger"))
	addr := runRedis(t, func(port string) []string {
		return []string{"--port", "0", "--tls-port", port, "--tls-auth-clients", "yes",
			"--tls-cert-file", dir + "/server.crt", "--tls-key-file", dir + "/server.key", "--tls-ca-cert-file", dir + "/ca.crt"}
	})
	plain := startRedis(t)
	page := httptest.NewServer(http.NotFoundHandler())
	defer page.Close()
	web := page.Listener.Addr().String()
	trusting := &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{client}}
	for _, tt := range []struct {
		name   string
		server Server
		want   error
	}{
		{"right", Server{Addr: addr, TLS: trusting}, nil},
		{"name", Server{Addr: addr, TLS: &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{client}, ServerName: "redis.test"}}, nil},
		{"wrong name", Server{Addr: addr, TLS: &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{client}, ServerName: "other.test"}}, ErrUntrusted},
		{"wrong authority", Server{Addr: addr, TLS: &tls.Config{RootCAs: other.pool, Certificates: []tls.Certificate{client}}}, ErrUntrusted},
		{"no certificate", Server{Addr: addr, TLS: &tls.Config{RootCAs: ca.pool}}, ErrUntrusted},
		{"a stranger's certificate", Server{Addr: addr, TLS: &tls.Config{RootCAs: ca.pool, Certificates: []tls.Certificate{stranger}}}, ErrUntrusted},
		{"plain to TLS", Server{Addr: addr}, ErrProtocol},
		{"plain to TLS with password", Server{Addr: addr, Password: "x"}, ErrProtocol},
		{"TLS to plain", Server{Addr: plain.Addr, Password: plain.Password, TLS: trusting}, ErrProtocol},
		{"web server", Server{Addr: web, Password: "x"}, ErrProtocol},
		{"TLS to a web server", Server{Addr: web, TLS: trusting}, ErrProtocol},
		{"wrong password", Server{Addr: plain.Addr, Password: "x"}, ErrDenied},
		{"no password", Server{Addr: plain.Addr}, ErrDenied},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := Dial(tt.server, Config{})
			defer c.Close()
			_, err := c.Put(t.Context(), snap("web1", "/f", tt.name))
			if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.server.Addr) {
				t.Errorf("Put: %v, want %v and %q in it", err, tt.want, tt.server.Addr)
			}
			for _, kind := range []error{ErrDenied, ErrRights, ErrFull, ErrUntrusted, ErrProtocol} {
				if errors.Is(err, kind) && kind != tt.want {
					t.Errorf("Put: %v is %v too", err, kind)
				}
			}
		})
	}
}

// authority issues certificates for 127.0.0.1 and redis.test.
type authority struct {
	pool *x509.CertPool
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T, file string) authority {
	t.Helper()
	template := &x509.Certificate{
		Subject:      pkix.Name{CommonName: filepath.Base(file)},
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a := authority{pool: x509.NewCertPool()}
	a.cert, a.key = sign(t, template, authority{}, file)
	a.pool.AddCert(a.cert)
	return a
}

func (a authority) issue(t *testing.T, file string) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		Subject:      pkix.Name{CommonName: filepath.Base(file)},
		SerialNumber: big.NewInt(2), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, DNSNames: []string{"redis.test"},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	sign(t, template, a, file)
	pair, err := tls.LoadX509KeyPair(file+".crt", file+".key")
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

// sign makes a certificate by an authority, or by its own key, with its key in files.
func sign(t *testing.T, template *x509.Certificate, by authority, file string) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	parent, signer := by.cert, by.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{".crt": {Type: "CERTIFICATE", Bytes: der}, ".key": {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file+name, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// TestSentinel: a client finds the master through Sentinel, and the next one when that is killed.
func TestSentinel(t *testing.T) {
	needRedis(t)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Second)
	defer cancel()
	auth := []string{"--requirepass", testPassword, "--masterauth", testPassword}
	master := runRedis(t, func(port string) []string { return append([]string{"--port", port}, auth...) })
	_, masterPort, _ := net.SplitHostPort(master)
	replica := runRedis(t, func(port string) []string {
		return append([]string{"--port", port, "--replicaof", "127.0.0.1 " + masterPort, "--repl-diskless-sync-delay", "0"}, auth...)
	})
	conf := filepath.Join(t.TempDir(), "sentinel.conf") // which Sentinel rewrites
	text := fmt.Sprintf("sentinel monitor fleet 127.0.0.1 %s 1\nsentinel auth-pass fleet %s\n"+
		"sentinel down-after-milliseconds fleet 500\nsentinel failover-timeout fleet 3000\n", masterPort, "\""+testPassword+"\"")
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	sentinel := runSentinel(t, conf)

	s := Server{Password: testPassword, Sentinel: &Sentinel{Master: "fleet", Addrs: []string{"127.0.0.1:1", sentinel}}}
	c := Dial(s, Config{})
	defer c.Close()
	if _, err := c.Put(ctx, snap("web1", "/f", "before")); err != nil {
		t.Fatal(err)
	}
	spare := Dial(Server{Addr: replica, Password: testPassword}, Config{})
	defer spare.Close()
	first := Dial(Server{Addr: master, Password: testPassword}, Config{})
	defer first.Close()
	until(ctx, t, func() bool { return spare.redis.Exists(ctx, "web1#/f").Val() == 1 })
	until(ctx, t, func() bool { return strings.Contains(sentinelSays(ctx, sentinel), "slaves=1") })
	first.redis.ShutdownNoSave(ctx)

	until(ctx, t, func() bool {
		_, err := c.Put(ctx, snap("web1", "/g", "after"))
		return err == nil
	})
	if n := spare.redis.Exists(ctx, "web1#/f", "web1#/g").Val(); n != 2 {
		t.Errorf("the former replica has %d of 2 rows", n)
	}
	if row, err := Get(ctx, Site{Name: "here", Servers: []Server{s}}, "web1", "/g"); err != nil || string(row.Content) != "after" {
		t.Errorf("Get: %q, %v", row.Content, err)
	}

	lost := Dial(Server{Sentinel: &Sentinel{Master: "other", Addrs: []string{sentinel}}}, Config{})
	defer lost.Close()
	if err := lost.Check(ctx); err == nil || !strings.Contains(err.Error(), `"other by sentinel"`) {
		t.Errorf("a master that Sentinel does not know: %v, want an error that names it", err)
	}
}

// runSentinel runs Sentinel on a configuration, which it rewrites, until the test ends.
func runSentinel(t *testing.T, conf string) (addr string) {
	t.Helper()
	addr, _ = runProgram(t, func(port string) []string { return []string{conf, "--sentinel", "--port", port, "--bind", "127.0.0.1"} })
	return addr
}

// sentinelSays is what Sentinel tells of its masters.
func sentinelSays(ctx context.Context, addr string) string {
	c := Dial(Server{Addr: addr}, Config{})
	defer c.Close()
	return c.redis.Info(ctx, "sentinel").Val()
}

// until waits for what another process does, which says nothing of it.
func until(ctx context.Context, t *testing.T, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatal("it did not come to that")
		case <-time.After(50 * time.Millisecond):
		}
	}
}
