package discovery

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"path"
	"strconv"
	"strings"
)

// Process is a program that listens, or is a client over TCP. Processes that agree in Exe, Cmdline, UID,
// GID and NetNS are one, with the addresses of all. TCPDiscovery's data maps keys to it: the program's
// name, ":" and 32 hex digits made of these five.
type Process struct {
	Exe         string            `json:"exe"`
	ExeDeleted  bool              `json:"exe_deleted,omitempty"` // replaced on disk since it started
	Cmdline     []string          `json:"cmdline"`               // the first 4 KiB
	UID         uint32            `json:"uid"`                   // real
	GID         uint32            `json:"gid"`
	User        string            `json:"user,omitempty"` // by the host's passwd, also in a container
	Group       string            `json:"group,omitempty"`
	Cwd         string            `json:"cwd,omitempty"`
	NetNS       string            `json:"netns,omitempty"`       // "net:[4026532201]" if it is not the host's own
	ListenAddrs map[string]string `json:"listenaddrs,omitempty"` // "[::1]:631" → "tcp"
	ClientAddrs map[string]string `json:"clientaddrs,omitempty"` // what it is connected to, or was of late
	ListenUDP   map[string]string `json:"listenudp,omitempty"`   // "0.0.0.0:53" → "udp": on ports that somebody chose
}

// key names a process by what stays when it is started again. No part has a NUL inside, so different
// processes have different texts to hash.
func (p Process) key() string {
	id := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	parts := append([]string{p.Exe, id(p.UID), id(p.GID), p.NetNS}, p.Cmdline...)
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return path.Base(p.Exe) + ":" + hex.EncodeToString(sum[:16])
}

// union is the same whichever process was read first.
func (p Process) union(other Process) Process {
	p.ExeDeleted = p.ExeDeleted || other.ExeDeleted
	p.Cwd = min(p.Cwd, other.Cwd)
	p.ListenAddrs = merge(p.ListenAddrs, other.ListenAddrs)
	p.ClientAddrs = merge(p.ClientAddrs, other.ClientAddrs)
	p.ListenUDP = merge(p.ListenUDP, other.ListenUDP)
	return p
}

func merge(a, b map[string]string) map[string]string {
	if a == nil {
		return b
	}
	maps.Copy(a, b)
	return a
}
