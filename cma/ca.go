package cma

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"github.com/assim-mesh/assim/cma/api"
)

// Files of an installation, in the order in which Init makes them. A certificate and its key are one
// file, so that neither ever stands without the other.
const (
	authorityFile = "ca.pem"     // the authority's certificate and key
	FleetFile     = "fleet.json" // api.Fleet; what a member of the fleet gets a copy of
	serverFile    = "server.pem" // the server's certificate, the authority's, and the server's key
)

const (
	authorityLife = 10 * 365 * 24 * time.Hour
	serverLife    = 365 * 24 * time.Hour
	renewBefore   = 30 * 24 * time.Hour // a CMA that is started monthly never shows an expired certificate
	clockSkew     = time.Hour           // certificates hold from this long before they are made
)

// ErrIncomplete is returned for an installation that lacks a file which can't be made anew: that would
// lock out the members that have the old one.
var ErrIncomplete = errors.New("incomplete installation")

// Installation is what a CMA keeps of itself.
type Installation struct {
	Fleet       api.Fleet
	Certificate tls.Certificate // the server's, with its authority's behind it
}

// Init makes the CMA's installation in dir, or reads the one that is there: an authority, the fleet
// file with a new secret, and a server certificate for localhost and this host's name. All are
// readable by their owner only. An installation that was interrupted is completed; a file that is
// there is never replaced, but for a server certificate with less than 30 days to live.
func Init(dir string, now time.Time) (Installation, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Installation{}, err
	}
	if err := checkComplete(dir); err != nil {
		return Installation{}, err
	}
	authority, err := readOrMake(filepath.Join(dir, authorityFile), func() ([]byte, error) { return newAuthority(now) })
	if err != nil {
		return Installation{}, err
	}
	fleet, err := readOrMakeFleet(filepath.Join(dir, FleetFile), authority.Leaf)
	if err != nil {
		return Installation{}, err
	}
	server, err := serverCertificate(filepath.Join(dir, serverFile), authority, now)
	if err != nil {
		return Installation{}, err
	}
	return Installation{Fleet: fleet, Certificate: server}, nil
}

// checkComplete refuses a directory where a file is missing though a later one stands: an interrupted
// Init leaves no such thing, so somebody took it away.
func checkComplete(dir string) error {
	missing := ""
	for _, name := range []string{authorityFile, FleetFile, serverFile} {
		_, err := os.Stat(filepath.Join(dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist) && missing == "":
			missing = name
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case missing != "":
			return fmt.Errorf("%s: %w: %q is there and %q is missing", dir, ErrIncomplete, name, missing)
		}
	}
	return nil
}

func readOrMakeFleet(path string, authority *x509.Certificate) (api.Fleet, error) {
	fleet, err := api.ReadFleet(path)
	if errors.Is(err, api.ErrNoFleet) {
		fleet = api.NewFleet(authority.Raw)
		return fleet, fleet.Write(path)
	}
	if err != nil {
		return api.Fleet{}, err
	}
	if fingerprint := api.Fingerprint(authority.Raw); fleet.CAFingerprint != fingerprint {
		return api.Fleet{}, fmt.Errorf("%s: made for another authority: it has the fingerprint %s, %s has %s",
			path, fleet.CAFingerprint, authorityFile, fingerprint)
	}
	return fleet, nil
}

// serverCertificate reads the server's certificate, or makes it for want of one that lasts.
func serverCertificate(path string, authority tls.Certificate, now time.Time) (tls.Certificate, error) {
	create := func() ([]byte, error) { return newServer(authority, now) }
	cert, err := readOrMake(path, create)
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := cert.Leaf.CheckSignatureFrom(authority.Leaf); err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: not signed by the authority in %s: %w", path, authorityFile, err)
	}
	if cert.Leaf.NotAfter.Sub(now) >= renewBefore {
		return cert, nil
	}
	text, err := create()
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writeSecret(path, text, os.Rename); err != nil {
		return tls.Certificate{}, err
	}
	return readCertificate(path)
}

// readOrMake reads the certificate and key in path, which create makes if there is none.
func readOrMake(path string, create func() ([]byte, error)) (tls.Certificate, error) {
	cert, err := readCertificate(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return cert, err
	}
	text, err := create()
	if err != nil {
		return tls.Certificate{}, err
	}
	if err := writeSecret(path, text, os.Link); err != nil { // unlike Rename, Link refuses to replace
		return tls.Certificate{}, err
	}
	return readCertificate(path)
}

func readCertificate(path string) (tls.Certificate, error) {
	info, err := os.Stat(path)
	if err != nil {
		return tls.Certificate{}, err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return tls.Certificate{}, fmt.Errorf("%s: mode %#o lets others read the key; it must be 0600", path, perm)
	}
	cert, err := tls.LoadX509KeyPair(path, path)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s: %w", path, err)
	}
	return cert, nil
}

// writeSecret makes path whole or not at all, for its owner only; place moves the finished file there.
func writeSecret(path string, text []byte, place func(from, to string) error) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once renamed
	_, err = tmp.Write(text)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return place(tmp.Name(), path)
}

func newAuthority(now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject:               pkix.Name{CommonName: "assim fleet authority"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		BasicConstraintsValid: true,
		IsCA:                  true,
		MaxPathLenZero:        true, // it signs leaves only
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	return encodePEM(key, der)
}

func newServer(authority tls.Certificate, now time.Time) ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	notAfter := now.Add(serverLife)
	if last := authority.Leaf.NotAfter; notAfter.After(last) {
		notAfter = last
	}
	template := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "assim CMA"},
		NotBefore:   now.Add(-clockSkew),
		NotAfter:    notAfter,
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    serverNames(),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, authority.Leaf, key.Public(), authority.PrivateKey)
	if err != nil {
		return nil, err
	}
	return encodePEM(key, der, authority.Leaf.Raw)
}

// serverNames are for browsers and other people's clients; ours compares no names (api.Fleet).
func serverNames() []string {
	names := []string{"localhost"}
	host, err := os.Hostname()
	notASCII := func(r rune) bool { return r > unicode.MaxASCII } // x509 refuses such a name
	if err == nil && host != "" && host != "localhost" && !strings.ContainsFunc(host, notASCII) {
		names = append(names, host)
	}
	return names
}

// encodePEM returns certificates, the leaf first, and the leaf's key.
func encodePEM(key *ecdsa.PrivateKey, certificates ...[]byte) ([]byte, error) {
	var out bytes.Buffer
	for _, der := range certificates {
		if err := pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: der}); err != nil {
			return nil, err
		}
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	err = pem.Encode(&out, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	return out.Bytes(), err
}
