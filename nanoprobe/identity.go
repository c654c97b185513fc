package nanoprobe

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Identity is who a nanoprobe is. It is all that a nanoprobe keeps on disk.
type Identity struct {
	HostID string             // 32 hex digits; stays for the life of the OS image
	Name   string             // unique in the fleet; the host name unless configured
	Boot   uint64             // orders this host's starts: larger at each, whatever the clock does
	Key    ed25519.PrivateKey // signs what this host says; made at its first start
}

func (i Identity) validate() error {
	if i.HostID == "" || i.Name == "" || i.Boot == 0 || len(i.Key) != ed25519.PrivateKeySize {
		return fmt.Errorf("identity of host %q, id %q, boot %d, with a key of %d bytes is not complete", i.Name, i.HostID, i.Boot, len(i.Key))
	}
	return nil
}

// publicKey is by which others verify what this host signs.
func (i Identity) publicKey() ed25519.PublicKey { return i.Key.Public().(ed25519.PublicKey) }

// hostIDContext makes the id specific to us, so that it tells nobody the machine id, which other
// programs treat as a secret (machine-id(5)).
const hostIDContext = "assim host id v1"

// LoadIdentity reads the identity kept in dir, which it makes, and begins a new boot. root is the
// host's file tree, "/" on a host; id and name, when not empty, override what the host says.
//
// A host without a machine id gets a random id, which dir then keeps.
func LoadIdentity(dir, root, id, name string, now time.Time) (Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Identity{}, err
	}
	var err error
	if id == "" {
		if id, err = hostID(dir, root); err != nil {
			return Identity{}, err
		}
	}
	if name == "" {
		if name, err = hostName(root); err != nil {
			return Identity{}, err
		}
	}
	key, err := loadHostKey(dir)
	if err != nil {
		return Identity{}, err
	}
	boot, err := nextBoot(filepath.Join(dir, "boot"), now)
	if err != nil {
		return Identity{}, err
	}
	return Identity{HostID: id, Name: name, Boot: boot, Key: key}, nil
}

func hostID(dir, root string) (string, error) {
	for _, p := range []string{"etc/machine-id", "var/lib/dbus/machine-id"} {
		b, err := os.ReadFile(filepath.Join(root, p))
		if id := bytes.TrimSpace(b); err == nil && len(id) == 32 { // "uninitialized" and empty are no ids
			mac := hmac.New(sha256.New, id)
			mac.Write([]byte(hostIDContext))
			return hex.EncodeToString(mac.Sum(nil)[:16]), nil
		}
	}
	path := filepath.Join(dir, "host-id")
	b, err := os.ReadFile(path)
	if err == nil {
		id := strings.TrimSpace(string(b))
		if raw, err := hex.DecodeString(id); err != nil || len(raw) != 16 {
			return "", fmt.Errorf("%s: %q is not a host id of 32 hex digits", path, id)
		}
		return id, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	raw := make([]byte, 16)
	rand.Read(raw)
	id := hex.EncodeToString(raw)
	return id, writeFile(path, id+"\n")
}

func hostName(root string) (string, error) {
	b, err := os.ReadFile(filepath.Join(root, "proc/sys/kernel/hostname"))
	if name := strings.TrimSpace(string(b)); err == nil && name != "" {
		return name, nil
	}
	return os.Hostname()
}

// nextBoot returns max(stored+1, now in Unix milliseconds) and stores it. Milliseconds keep a host
// whose identity was lost ahead of its former self; stored+1 does when its clock was set back.
func nextBoot(path string, now time.Time) (uint64, error) {
	var stored uint64
	b, err := os.ReadFile(path)
	switch {
	case err == nil:
		if stored, err = strconv.ParseUint(strings.TrimSpace(string(b)), 10, 63); err != nil {
			return 0, fmt.Errorf("%s: %q is not a boot number", path, b)
		}
	case !errors.Is(err, fs.ErrNotExist):
		return 0, err
	}
	boot := max(stored+1, uint64(max(now.UnixMilli(), 0)))
	return boot, writeFile(path, strconv.FormatUint(boot, 10)+"\n")
}

// writeFile replaces path at once and durably: a crash leaves the old text or the new.
func writeFile(path, text string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails once renamed
	_, err = tmp.WriteString(text)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}
