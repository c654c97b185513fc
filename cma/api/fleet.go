package api

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Fleet is the fleet file: what a member of the fleet must know. Whoever has it can speak for any
// host, so it is readable by its owner only. Every other secret derives from it, so that one file
// is all there is to copy:
//
//	bearer = HKDF-SHA256(secret, "assim api bearer v1")     Authorization of API requests
//	ring   = HKDF-SHA256(secret, "assim ring key v1")       memberlist's first key, 32 bytes
//	cache  = HKDF-SHA256(secret, "assim cache password v1") password of the in-process cache
type Fleet struct {
	CAFingerprint string `json:"ca_fingerprint"` // SHA-256 of the authority's certificate in DER, hex
	Secret        string `json:"secret"`         // 32 random bytes, hex
}

const secretBytes = 32

// ErrNoFleet is returned where there is no fleet file.
var ErrNoFleet = errors.New("no fleet file")

// NewFleet returns a fleet with a new secret for the authority with this certificate.
func NewFleet(caDER []byte) Fleet {
	secret := make([]byte, secretBytes)
	rand.Read(secret) // never fails: it crashes the program first (crypto/rand)
	return Fleet{CAFingerprint: Fingerprint(caDER), Secret: hex.EncodeToString(secret)}
}

// Fingerprint is the hex SHA-256 of a certificate in DER.
func Fingerprint(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

// ReadFleet reads and checks a fleet file. It refuses one that others may read.
func ReadFleet(path string) (Fleet, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Fleet{}, fmt.Errorf("%s: %w", path, ErrNoFleet)
	}
	if err != nil {
		return Fleet{}, err
	}
	if perm := info.Mode().Perm(); perm&0o077 != 0 {
		return Fleet{}, fmt.Errorf("%s: mode %#o lets others read the fleet's secret; it must be 0600", path, perm)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return Fleet{}, err
	}
	var f Fleet
	if err := json.Unmarshal(b, &f); err != nil {
		return Fleet{}, fmt.Errorf("%s: not a fleet file: %w", path, err)
	}
	if err := f.validate(); err != nil {
		return Fleet{}, fmt.Errorf("%s: %w", path, err)
	}
	return f, nil
}

// Write makes the fleet file at path, which must not exist, readable by its owner only. It stands
// whole or not at all.
func (f Fleet) Write(path string) error {
	b, err := json.MarshalIndent(f, "", "\t")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".fleet-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(append(b, '\n'))
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path) // unlike Rename, refuses to replace
}

func (f Fleet) validate() error {
	for _, v := range []struct{ name, hex string }{{"ca_fingerprint", f.CAFingerprint}, {"secret", f.Secret}} {
		if b, err := hex.DecodeString(v.hex); err != nil || len(b) != secretBytes {
			return fmt.Errorf("fleet file: %s is not %d bytes in hex", v.name, secretBytes)
		}
	}
	return nil
}

// Bearer authorizes API requests.
func (f Fleet) Bearer() string { return hex.EncodeToString(f.derive("assim api bearer v1")) }

// RingKey is the first key of the ring's keyring, 32 bytes.
func (f Fleet) RingKey() []byte { return f.derive("assim ring key v1") }

// CachePassword protects the in-process cache.
func (f Fleet) CachePassword() string {
	return hex.EncodeToString(f.derive("assim cache password v1"))
}

func (f Fleet) derive(info string) []byte {
	secret, err := hex.DecodeString(f.Secret)
	if err != nil {
		panic("api: Fleet used without validate: " + err.Error())
	}
	key, err := hkdf.Key(sha256.New, secret, nil, info, secretBytes)
	if err != nil {
		panic("api: hkdf: " + err.Error()) // only for an output above 255 hashes
	}
	return key
}
