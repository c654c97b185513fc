package discovery

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// NetInterface is a network interface as someone configured it; what it counts is left out. Netconfig's
// data maps the interfaces' names to it. The keys are Assimilation's.
type NetInterface struct {
	Address       string   `json:"address,omitempty"` // link-layer, "02:fc:00:00:00:01"
	Type          int      `json:"type"`              // ARPHRD_ number: 1 Ethernet, 772 loopback
	MTU           int      `json:"mtu"`               // bytes
	Operstate     string   `json:"operstate"`         // RFC 2863: "up", "down", "unknown", ...
	Carrier       bool     `json:"carrier"`
	Speed         int      `json:"speed,omitempty"` // Mbit/s; -1: the driver doesn't know
	Duplex        string   `json:"duplex,omitempty"`
	Virtual       bool     `json:"virtual"` // no device behind it
	DefaultGW     bool     `json:"default_gw,omitempty"`
	Gateways      []string `json:"gateways,omitempty"` // of default routes, sorted; none on a point-to-point link
	BridgeID      string   `json:"bridge_id,omitempty"`
	BridgePort    string   `json:"brport_bridge,omitempty"` // the bridge that it is a port of
	BondingMode   string   `json:"bonding_mode,omitempty"`  // "active-backup 1"
	BondingSlaves []string `json:"bonding_slaves,omitempty"`
	// IPAddrs is by address and prefix length: "192.0.2.2/24". Temporary IPv6 addresses, which the
	// kernel makes anew every day, are left out.
	IPAddrs map[string]NetAddr `json:"ipaddrs,omitempty"`
}

// NetAddr is what belongs to an address of an interface.
type NetAddr struct {
	Scope     string `json:"scope"`          // "global", "site", "link", "host", "nowhere" or a number
	Broadcast string `json:"brd,omitempty"`  // IPv4 only
	Peer      string `json:"peer,omitempty"` // the other end of a point-to-point link, with prefix length
	Name      string `json:"name,omitempty"` // label, IPv4 only: "eth0:1"
}

// Netconfig finds the network interfaces with their addresses and default gateways.
func Netconfig() Agent {
	return Agent{
		Name: "netconfig", Description: "Network interfaces, addresses and default gateways",
		Every: time.Minute, Discover: discoverNetconfig,
	}
}

func discoverNetconfig(_ context.Context, host Host) (any, error) {
	const dir = "sys/class/net"
	fsys := host.FS()
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotHere
	}
	if err != nil {
		return nil, err
	}
	gateways, err := readGateways(fsys)
	if err != nil {
		return nil, err
	}
	addrs := map[int]map[string]NetAddr{}
	if host.Addrs != nil {
		dump, err := host.Addrs()
		if err != nil {
			return nil, err
		}
		if addrs, err = parseAddrs(dump); err != nil {
			return nil, err
		}
	}
	interfaces := map[string]NetInterface{}
	for _, e := range entries {
		index, nic, err := readInterface(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		if index == 0 {
			continue // bonding_masters, which is a file, or it went while it was read
		}
		nic.Gateways, nic.DefaultGW = gateways[e.Name()]
		nic.IPAddrs = addrs[index]
		interfaces[e.Name()] = nic
	}
	return interfaces, nil
}

// readInterface returns the index by which the kernel knows the interface below dir, 0 if none is there.
func readInterface(fsys fs.FS, dir string) (int, NetInterface, error) {
	a := attributes{fsys: fsys, dir: dir}
	index := a.number("ifindex")
	_, err := fs.Lstat(fsys, path.Join(dir, "device"))
	nic := NetInterface{
		Address:       a.text("address"),
		Type:          a.number("type"),
		MTU:           a.number("mtu"),
		Operstate:     a.text("operstate"),
		Carrier:       a.number("carrier") == 1,
		Speed:         a.number("speed"),
		Duplex:        a.text("duplex"),
		Virtual:       errors.Is(err, fs.ErrNotExist),
		BridgeID:      a.text("bridge/bridge_id"),
		BridgePort:    a.link("brport/bridge"),
		BondingMode:   a.text("bonding/mode"),
		BondingSlaves: strings.Fields(a.text("bonding/slaves")),
	}
	slices.Sort(nic.BondingSlaves)
	return index, nic, a.err
}

// attributes reads the small files of sysfs, of a page at most each. One that is not there, or has no
// value now (the speed of an interface that is down), reads as nothing; err is the first other error.
type attributes struct {
	fsys fs.FS
	dir  string
	err  error
}

func (a *attributes) text(name string) string {
	b, err := fs.ReadFile(a.fsys, path.Join(a.dir, name))
	if err != nil {
		a.note(err)
		return ""
	}
	return strings.TrimSpace(string(b))
}

func (a *attributes) number(name string) int {
	text := a.text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		a.note(fmt.Errorf("%s: %w", path.Join(a.dir, name), err))
	}
	return n
}

// link returns the name of what a symbolic link points to.
func (a *attributes) link(name string) string {
	target, err := fs.ReadLink(a.fsys, path.Join(a.dir, name))
	if err != nil {
		a.note(err)
		return ""
	}
	return path.Base(target)
}

func (a *attributes) note(err error) {
	for _, absent := range []error{fs.ErrNotExist, syscall.ENOTDIR, syscall.EINVAL, syscall.ENODEV, syscall.EOPNOTSUPP} {
		if errors.Is(err, absent) {
			return
		}
	}
	if a.err == nil {
		a.err = err
	}
}
