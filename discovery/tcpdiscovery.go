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

// DefaultLinger is how long what a process was connected to counts if nobody says otherwise: longer than
// clients take to give up a server that died, and operators to ask who needed it.
const DefaultLinger = time.Hour

// TCPDiscovery finds which processes listen on TCP and UDP, and which are clients of what over TCP. The
// CMA joins both across the fleet, which is how a dependency is known that nobody declared.
//
// What a process opened a connection to counts for linger after it was last seen, as long as a process with
// its key runs; of a process the latest 1,000 addresses and of a host the latest 10,000. With 0 it tells what
// is connected at the moment. The Agent remembers what it saw, so it is for one Poller, and starts anew with
// the program.
func TCPDiscovery(linger time.Duration) Agent {
	lately := &recent{linger: linger}
	return Agent{
		Name: "tcpdiscovery", Description: "Services over TCP and UDP, and clients over TCP, now and of late",
		Every: 20 * time.Second,
		Discover: func(ctx context.Context, host Host) (any, error) {
			return readServices(ctx, host.FS(), lately, time.Now())
		},
	}
}

// readServices joins the descriptors of every process with the sockets of its network namespace, and both
// with what was seen lately. It learns what it sees unless it fails.
func readServices(ctx context.Context, fsys fs.FS, lately *recent, now time.Time) (map[string]any, error) {
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
	s := services{fsys: fsys, ephemeral: ephemeral, lately: lately, tables: map[string]socketTables{}, found: map[string]found{}}
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
	return s.data(now, denied)
}

// services is what is known so far of a host.
type services struct {
	fsys      fs.FS
	ephemeral uint16 // ports from here on are the kernel's to choose
	ownNS     string
	ownPID    string                  // of the nanoprobe itself
	lately    *recent                 // of earlier looks
	tables    map[string]socketTables // by network namespace
	found     map[string]found        // by key
}

// found is what a look finds of the processes with one key.
type found struct {
	Process
	pids   []string
	opened []netip.AddrPort // of ClientAddrs what is to be remembered; one may be there twice
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
	if t.tcp, err = readTCPTable(s.fsys, pid, s.ephemeral); err != nil {
		return t, err
	}
	if t.udp, err = readUDPTable(s.fsys, pid, s.ephemeral); err != nil {
		return t, err
	}
	s.tables[ns] = t
	return t, nil
}

// add reads a process. Most have no socket, so that comes first; one that lost all it had is known from
// earlier looks, and read for what these saw.
func (s *services) add(pid string) error {
	remembered := s.lately.holds(pid)
	inodes, err := socketInodes(s.fsys, pid)
	if err != nil || len(inodes) == 0 && !remembered {
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
	listens, clientOf, opened := tables.tcp.roles(inodes)
	listenUDP := tables.udp.listens(inodes)
	if pid == s.ownPID {
		// To tell of the connections by which it tells would make news of each, for ever: they end when
		// there is no news.
		clientOf, opened = nil, nil
	}
	if listens == nil && clientOf == nil && listenUDP == nil && !remembered {
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
	f, key := found{p, []string{pid}, opened}, p.key()
	if other, ok := s.found[key]; ok {
		f = found{p.union(other.Process), append(other.pids, pid), append(other.opened, opened...)}
	}
	s.found[key] = f
	return nil
}

// data completes what was found, and remembers it.
func (s *services) data(now time.Time, denied bool) (map[string]any, error) {
	users, err := readNames(s.fsys, "etc/passwd")
	if err != nil {
		return nil, err
	}
	groups, err := readNames(s.fsys, "etc/group")
	if err != nil {
		return nil, err
	}
	s.lately.look(now, s.found)
	data := map[string]any{}
	namespaces := map[string][]netip.Addr{}
	for key, f := range s.found {
		p := f.Process
		p.ClientAddrs = s.lately.add(p.ClientAddrs, key)
		if p.ListenAddrs == nil && p.ClientAddrs == nil && p.ListenUDP == nil {
			continue // read for what it was connected to, which is too long ago, or has the id of one that ended
		}
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
