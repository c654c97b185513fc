package neo4j

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify writes a key and a certificate for 127.0.0.1, signed by itself, as a server of Neo4j wants them.
func certify(t *testing.T, dir string) (ca *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "neo4j"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	ca = x509.NewCertPool()
	ca.AppendCertsFromPEM(public)
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "public.crt"), public, 0o600),
		os.WriteFile(filepath.Join(dir, "private.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), 0o600),
		os.Mkdir(filepath.Join(dir, "trusted"), 0o700), os.Mkdir(filepath.Join(dir, "revoked"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	return ca
}

func TestTLS(t *testing.T) {
	s := openEmpty(t)
	over := func(scheme, addr string, ca *x509.CertPool) Config {
		cfg := config(t)
		cfg.URI, cfg.CA = scheme+"://"+addr, ca
		return cfg
	}
	dir := t.TempDir()
	ca := certify(t, dir)
	_, err := Open(t.Context(), over("bolt+s", s.addr, ca))
	if !errors.Is(err, ErrTLS) && !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), s.addr) {
		t.Errorf("a server without TLS: %v, want %v or %v", err, ErrTLS, ErrUnreachable)
	}

	policy := "dbms.ssl.policy.bolt."
	restart(t, "server.bolt.tls_level=OPTIONAL", "server.bolt.advertised_address="+s.addr, policy+"enabled=true",
		policy+"base_directory="+dir, policy+"private_key=private.key", policy+"public_certificate=public.crt", policy+"client_auth=NONE")
	defer restart(t)
	for _, scheme := range []string{"bolt+s", "neo4j+s", "bolt+ssc", "neo4j"} {
		trusting, err := Open(t.Context(), over(scheme, s.addr, ca))
		if err != nil {
			t.Errorf("%s: %v", scheme, err)
			continue
		}
		if got := one(t, trusting, "RETURN 1 AS x"); got != int64(1) {
			t.Errorf("%s: answer %v", scheme, got)
		}
		if err := trusting.Close(); err != nil {
			t.Error(err)
		}
	}
	for _, scheme := range []string{"bolt+s", "neo4j+s"} {
		_, err := Open(t.Context(), over(scheme, s.addr, nil))
		checkError(t, err, ErrTLS, s.addr, "unknown authority")
		elsewhere := strings.Replace(s.addr, "127.0.0.1", "localhost", 1)
		_, err = Open(t.Context(), over(scheme, elsewhere, ca))
		checkError(t, err, ErrTLS, elsewhere, "localhost")
	}
}
