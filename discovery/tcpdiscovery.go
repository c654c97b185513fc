package discovery

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"time"
)

// Keys in TCPDiscovery's data that are no processes.
const (
	// UnreadableKey lists what could not be read for want of privilege, by class.
	UnreadableKey = "unreadable"
	// NamespacesKey maps network namespaces of processes, other than the host's own, to lists of their
	// addresses: on these a listener at 0.0.0.0 or [::] answers there.
	NamespacesKey = "namespaces"
)

const unreadableSockets = "sockets of other users' processes: needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"

// TCPDiscovery finds which processes listen on TCP and UDP, and which are clients of what over TCP. The
// CMA joins both across the fleet, which is how a dependency is known that nobody declared.
func TCPDiscovery() Agent {
	return Agent{
		Name: "tcpdiscovery", Description: "Services over TCP and UDP, and clients over TCP",
		Every: 20 * time.Second,
		Discover: func(ctx context.Context, host Host) (any, error) {
			return readServices(ctx, host.FS())
		},
	}
}

// readServices joins the descriptors of every process with the sockets of its network namespace.
func readServices(ctx context.Context, fsys fs.FS) (map[string]any, error) {
	if _, err := fs.Stat(fsys, "proc/net/tcp"); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotHere
	}
	pids, err := processes(fsys)
	if err != nil {
		return nil, err
	}
	ephemeral, err := readEphemeral(fsys)
	if err != nil {
		return nil, err
	}
	s := services{fsys: fsys, ephemeral: ephemeral, tables: map[string]socketTables{}, found: map[string]Process{}}
	s.ownNS, _ = fs.ReadLink(fsys, "proc/self/ns/net") // else every namespace is named
	s.ownPID, _ = fs.ReadLink(fsys, "proc/self")
	denied := !slices.Contains(pids, "1") // every host has it: the others' are hidden (hidepid)
	for _, pid := range pids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := s.add(pid)
		switch {
		case err == nil || vanished(err):
		case errors.Is(err, fs.ErrPermission):
			denied = true
		default:
			return nil, err
		}
	}
	return s.data(denied)
}

// services is what is known so far of a host.
type services struct {
	fsys      fs.FS
	ephemeral uint16 // ports from here on are the kernel's to choose
	ownNS     string
	ownPID    string                  // of the nanoprobe itself
	tables    map[string]socketTables // by network namespace
	found     map[string]Process      // by key
}

// socketTables are the sockets of one network namespace.
type socketTables struct {
	tcp   *tcpTable
	udp   udpTable
	addrs []netip.Addr // none of the host's own namespace: Netconfig tells of these
}

// sockets returns the tables of a network namespace that pid is in.
func (s *services) sockets(ns, pid string) (socketTables, error) {
	if known, ok := s.tables[ns]; ok {
		return known, nil
	}
	var t socketTables
	var err error
	// First: when the process ends meanwhile, the tables that every namespace has are missing.
	if ns != s.ownNS {
		if t.addrs, err = readAddresses(s.fsys, pid); err != nil {
			return t, err
		}
	}
	if t.tcp, err = readTCPTable(s.fsys, pid); err != nil {
		return t, err
	}
	if t.udp, err = readUDPTable(s.fsys, pid, s.ephemeral); err != nil {
		return t, err
	}
	s.tables[ns] = t
	return t, nil
}

// add reads a process. Most have no socket, so that comes first.
func (s *services) add(pid string) error {
	inodes, err := socketInodes(s.fsys, pid)
	if err != nil || len(inodes) == 0 {
		return err
	}
	ns, err := fs.ReadLink(s.fsys, "proc/"+pid+"/ns/net")
	if err != nil {
		return err
	}
	tables, err := s.sockets(ns, pid)
	if err != nil {
		return err
	}
	listens, clientOf := tables.tcp.roles(inodes)
	listenUDP := tables.udp.listens(inodes)
	if pid == s.ownPID {
		// To tell of the connections by which it tells would make news of each, for ever: they end when
		// there is no news.
		clientOf = nil
	}
	if listens == nil && clientOf == nil && listenUDP == nil {
		return nil
	}
	p, err := readProcess(s.fsys, pid)
	if err != nil {
		return err
	}
	if ns != s.ownNS {
		p.NetNS = ns
	}
	p.ListenAddrs, p.ClientAddrs, p.ListenUDP = listens, clientOf, listenUDP
	key := p.key()
	if other, ok := s.found[key]; ok {
		p = p.union(other)
	}
	s.found[key] = p
	return nil
}

// data completes what was found.
func (s *services) data(denied bool) (map[string]any, error) {
	users, err := readNames(s.fsys, "etc/passwd")
	if err != nil {
		return nil, err
	}
	groups, err := readNames(s.fsys, "etc/group")
	if err != nil {
		return nil, err
	}
	data := map[string]any{}
	namespaces := map[string][]netip.Addr{}
	for key, p := range s.found {
		p.User, p.Group = users[p.UID], groups[p.GID]
		data[key] = p
		if addrs := s.tables[p.NetNS].addrs; len(addrs) > 0 {
			namespaces[p.NetNS] = addrs
		}
	}
	if len(namespaces) > 0 {
		data[NamespacesKey] = namespaces
	}
	if denied {
		data[UnreadableKey] = []string{unreadableSockets}
	}
	return data, nil
}
