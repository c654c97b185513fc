package discovery

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"strconv"
	"strings"
)

// tcpState is a state of include/net/tcp_states.h.
type tcpState uint8

const (
	stateEstablished tcpState = 0x01
	stateSynSent     tcpState = 0x02 // has asked, and waits for the answer
	stateCloseWait   tcpState = 0x08
	stateListen      tcpState = 0x0A
)

// tcpSocket is a row of proc/PID/net/tcp or tcp6.
type tcpSocket struct {
	local, remote netip.AddrPort
	state         tcpState
	inode         uint64
}

// tcpTable is what one network namespace has of TCP.
type tcpTable struct {
	sockets   map[uint64]tcpSocket // by inode: what listens, is connected or tries to be
	listening map[netip.AddrPort]bool
	ephemeral uint16 // ports from here on are the kernel's to choose
}

// readTCPTable reads the tables of pid's network namespace. A kernel without IPv6 has but one.
func readTCPTable(fsys fs.FS, pid string, ephemeral uint16) (*tcpTable, error) {
	sockets, err := parseFile(fsys, "proc/"+pid+"/net/tcp", parseTCP)
	if err != nil {
		return nil, err
	}
	sockets6, err := parseFile(fsys, "proc/"+pid+"/net/tcp6", parseTCP)
	if err != nil && !errors.Is(err, ErrNotHere) {
		return nil, err
	}
	return newTCPTable(append(sockets, sockets6...), ephemeral), nil
}

func newTCPTable(sockets []tcpSocket, ephemeral uint16) *tcpTable {
	t := &tcpTable{sockets: map[uint64]tcpSocket{}, listening: map[netip.AddrPort]bool{}, ephemeral: ephemeral}
	for _, s := range sockets {
		t.sockets[s.inode] = s
		if s.state == stateListen {
			t.listening[s.local] = true
		}
	}
	return t
}

// serves reports whether connections to local are taken by a listening socket. One on [::] takes
// those over IPv4 too.
func (t *tcpTable) serves(local netip.AddrPort) bool {
	port := local.Port()
	return t.listening[local] ||
		t.listening[netip.AddrPortFrom(netip.IPv6Unspecified(), port)] ||
		local.Addr().Is4() && t.listening[netip.AddrPortFrom(netip.IPv4Unspecified(), port)]
}

// roles says what a process with these sockets listens on and what it is a client of, as
// "address:port" → "tcp"; both are nil for none. opened is what it is a client of from ports that the
// kernel chose, as it does for who opens a connection: from another port it may as well be a server that
// listens no more and goes on with whom it accepted.
//
// Who tries to connect shows what it needs, be there an answer or not. From a port of its own choice, which
// opened leaves out, that would be news with each try.
func (t *tcpTable) roles(inodes []uint64) (listens, clientOf map[string]string, opened []netip.AddrPort) {
	for _, inode := range inodes {
		s, ok := t.sockets[inode]
		switch {
		case !ok: // not TCP, or in a state that says nothing
		case s.state == stateListen:
			listens = with(listens, s.local, "tcp")
		case t.serves(s.local): // the server's side
		case s.local.Port() >= t.ephemeral:
			clientOf, opened = with(clientOf, s.remote, "tcp"), append(opened, s.remote)
		case s.state != stateSynSent:
			clientOf = with(clientOf, s.remote, "tcp")
		}
	}
	return listens, clientOf, opened
}

func with(addrs map[string]string, a netip.AddrPort, protocol string) map[string]string {
	if addrs == nil {
		addrs = map[string]string{}
	}
	addrs[a.String()] = protocol
	return addrs
}

// parseTCP reads the sockets that listen, are connected or try to be, from the kernel's table
// (proc_pid_net(5)):
//
//	sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode ...
//	 0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 1000 0      23190 ...
func parseTCP(r io.Reader) ([]tcpSocket, error) {
	return parseSockets(r, func(s tcpSocket) bool {
		switch s.state {
		case stateListen, stateEstablished, stateCloseWait, stateSynSent:
			return true
		}
		return false
	})
}

// parseSockets reads what is kept of a table of sockets. Those of UDP and TCP look the same.
func parseSockets(r io.Reader, keep func(tcpSocket) bool) ([]tcpSocket, error) {
	// maxSockets bounds what is held of one table: 80 bytes each, 20 MB.
	const maxSockets = 1 << 18
	var sockets []tcpSocket
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		f := bytes.Fields(sc.Bytes())
		if line == 1 || len(f) == 0 {
			continue // header
		}
		if len(f) < 10 {
			return nil, fmt.Errorf("line %d: %d fields, want at least 10", line, len(f))
		}
		s, err := parseTCPSocket(f)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if !keep(s) {
			continue
		}
		if sockets = append(sockets, s); len(sockets) > maxSockets {
			return nil, fmt.Errorf("line %d: more than %d sockets: %w", line, maxSockets, ErrTooLarge)
		}
	}
	return sockets, sc.Err()
}

func parseTCPSocket(f [][]byte) (tcpSocket, error) {
	local, err1 := parseHexAddrPort(string(f[1]))
	remote, err2 := parseHexAddrPort(string(f[2]))
	state, err3 := strconv.ParseUint(string(f[3]), 16, 8)
	inode, err4 := strconv.ParseUint(string(f[9]), 10, 64)
	return tcpSocket{local, remote, tcpState(state), inode}, errors.Join(err1, err2, err3, err4)
}

// parseHexAddrPort parses "0100007F:1F90" as 127.0.0.1:8080.
func parseHexAddrPort(s string) (netip.AddrPort, error) {
	hexAddr, hexPort, ok := strings.Cut(s, ":")
	addr, err := parseHexAddr(hexAddr)
	port, errPort := strconv.ParseUint(hexPort, 16, 16)
	if !ok || err != nil || errPort != nil {
		return netip.AddrPort{}, fmt.Errorf("%q is not an address like 0100007F:1F90", s)
	}
	return netip.AddrPortFrom(addr, uint16(port)), nil
}
