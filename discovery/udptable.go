package discovery

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"
)

// stateUnconnected is the state of a UDP socket that takes what anyone sends, TCP_CLOSE in
// include/net/tcp_states.h.
const stateUnconnected tcpState = 0x07

// udpTable is what waits for datagrams in one network namespace, by inode.
type udpTable map[uint64]netip.AddrPort

// readUDPTable reads the tables of pid's network namespace, as far as a kernel has these protocols.
func readUDPTable(fsys fs.FS, pid string, ephemeral uint16) (udpTable, error) {
	table := udpTable{}
	for _, name := range []string{"udp", "udp6"} {
		sockets, err := parseFile(fsys, "proc/"+pid+"/net/"+name, parseUDP)
		if err != nil && !errors.Is(err, ErrNotHere) {
			return nil, err
		}
		table.add(sockets, ephemeral)
	}
	return table, nil
}

// add takes the sockets whose port somebody chose. The others are clients', for the time of a question:
// the kernel chose theirs, from ephemeral up.
func (t udpTable) add(sockets []tcpSocket, ephemeral uint16) {
	for _, s := range sockets {
		if s.local.Port() < ephemeral {
			t[s.inode] = s.local
		}
	}
}

// listens says on what a process with these sockets waits, as "address:port" → "udp"; nil for nothing.
func (t udpTable) listens(inodes []uint64) (listens map[string]string) {
	for _, inode := range inodes {
		if local, ok := t[inode]; ok {
			listens = with(listens, local, "udp")
		}
	}
	return listens
}

// parseUDP reads the sockets that are bound and connected to nobody.
func parseUDP(r io.Reader) ([]tcpSocket, error) {
	return parseSockets(r, func(s tcpSocket) bool {
		return s.state == stateUnconnected && s.local.Port() != 0 && s.remote.Port() == 0
	})
}

// readEphemeral returns the first of the ports from which the kernel chooses. The file tells of the
// namespace that reads it; others have the same unless someone changed them one by one.
func readEphemeral(fsys fs.FS) (uint16, error) {
	const linuxDefault = 32768
	first, err := parseFile(fsys, "proc/sys/net/ipv4/ip_local_port_range", parsePortRange)
	if errors.Is(err, ErrNotHere) {
		return linuxDefault, nil
	}
	return first, err
}

// parsePortRange reads "32768	60999".
func parsePortRange(r io.Reader) (first uint16, err error) {
	b, err := io.ReadAll(io.LimitReader(r, 64))
	if err != nil {
		return 0, err
	}
	f := bytes.Fields(b)
	if len(f) != 2 {
		return 0, fmt.Errorf("%q is not a range of ports like 32768 60999", b)
	}
	n, err := strconv.ParseUint(string(f[0]), 10, 16)
	return uint16(n), err
}
