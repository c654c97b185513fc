package nanoprobe

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	// hostKeyFile is the host key in the identity directory: PKCS #8 in PEM, 119 bytes, mode 0600.
	hostKeyFile = "key"
	hostKeyType = "PRIVATE KEY"
	// maxKeyBytes bounds what is read of the file; someone may have put a comment above the key.
	maxKeyBytes = 4 << 10
)

// loadHostKey reads the key by which this host signs what it says, and makes it at the first start. A
// key that is damaged is refused and not replaced: others know this host by it.
func loadHostKey(dir string) (ed25519.PrivateKey, error) {
	path := filepath.Join(dir, hostKeyFile)
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeHostKey(path)
	}
	if err != nil {
		return nil, err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return nil, fmt.Errorf("%s: mode %#o lets others read the host key; it must be 0600", path, perm)
	}
	if info.Size() > maxKeyBytes {
		return nil, fmt.Errorf("%s: %d bytes, a host key has at most %d", path, info.Size(), maxKeyBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := parseHostKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: not a host key: %w", path, err)
	}
	return key, nil
}

func makeHostKey(path string) (ed25519.PrivateKey, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeFile(path, string(pem.EncodeToMemory(&pem.Block{Type: hostKeyType, Bytes: der})))
}

func parseHostKey(text []byte) (ed25519.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != hostKeyType {
		return nil, fmt.Errorf("no PEM block %q", hostKeyType)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(ed25519.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("its algorithm is that of a %T, not Ed25519", key)
	}
	return private, nil
}
