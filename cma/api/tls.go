package api

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
)

// clientTLS returns a configuration that accepts the CMAs of this fleet and nobody else.
//
// InsecureSkipVerify turns off the standard check, which asks for an authority of the operating
// system and for a host name, and verifyConnection takes its place. That is as safe because
//   - it runs in every handshake, resumed ones too, before a byte of ours is sent;
//   - the handshake itself has proved that the peer holds the key of its leaf certificate;
//   - the leaf must be signed, for use by a server, by the one authority whose certificate has the
//     SHA-256 in the fleet file. The peer sends that certificate along; a forged one would need an
//     equal hash.
//
// The leaf's names are not compared with the address: the authority signs server certificates for
// the fleet's CMAs only, whatever address each is reached at.
func (f Fleet) clientTLS() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS13,
		InsecureSkipVerify: true,
		VerifyConnection:   f.verifyConnection,
	}
}

func (f Fleet) verifyConnection(cs tls.ConnectionState) error {
	if len(cs.PeerCertificates) == 0 {
		return fmt.Errorf("%w: it showed no certificate", ErrWrongCMA)
	}
	leaf, rest := cs.PeerCertificates[0], cs.PeerCertificates[1:]
	i := slices.IndexFunc(rest, func(c *x509.Certificate) bool { return Fingerprint(c.Raw) == f.CAFingerprint })
	if i < 0 {
		return fmt.Errorf("%w: its certificate %q comes from another authority", ErrWrongCMA, leaf.Subject.CommonName)
	}
	roots := x509.NewCertPool()
	roots.AddCert(rest[i])
	_, err := leaf.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrongCMA, err)
	}
	return nil
}
