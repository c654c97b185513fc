package discovery

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// maxAddressLines bounds what is read of a namespace's routes, and of its addresses: a container has some 50
// lines. What a router has beyond is passed over.
const maxAddressLines = 1 << 14

// readAddresses returns the addresses of pid's network namespace, sorted, but for the loopback ones that
// every namespace has. netlink tells of the nanoprobe's own alone.
func readAddresses(fsys fs.FS, pid string) ([]netip.Addr, error) {
	var all []netip.Addr
	for _, table := range []struct {
		name  string
		parse func(io.Reader) ([]netip.Addr, error)
	}{{"fib_trie", parseTrie}, {"if_inet6", parseInet6}} {
		addrs, err := parseFile(fsys, "proc/"+pid+"/net/"+table.name, table.parse)
		if err != nil && !errors.Is(err, ErrNotHere) { // a kernel without this protocol
			return nil, err
		}
		all = append(all, addrs...)
	}
	all = slices.DeleteFunc(all, netip.Addr.IsLoopback)
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all), nil
}

// parseTrie reads the local addresses of proc/PID/net/fib_trie:
//
//	|-- 172.17.0.2
//	   /32 host LOCAL
func parseTrie(r io.Reader) ([]netip.Addr, error) {
	var addrs []netip.Addr
	leaf := ""
	sc := bufio.NewScanner(r)
	for line := 1; line <= maxAddressLines && sc.Scan(); line++ {
		text := strings.TrimSpace(sc.Text())
		if name, ok := strings.CutPrefix(text, "|-- "); ok {
			leaf = name
			continue
		}
		if text != "/32 host LOCAL" {
			continue
		}
		addr, err := netip.ParseAddr(leaf)
		if err != nil {
			return nil, err
		}
		addrs = append(addrs, addr)
	}
	return addrs, sc.Err()
}

// parseInet6 reads the addresses of proc/PID/net/if_inet6, but for temporary ones, which the kernel makes
// anew every day:
//
//	address  interface's index  prefix length  scope  flags  interface
func parseInet6(r io.Reader) ([]netip.Addr, error) {
	const temporary = 0x01 // IFA_F_TEMPORARY, include/uapi/linux/if_addr.h
	var addrs []netip.Addr
	sc := bufio.NewScanner(r)
	for line := 1; line <= maxAddressLines && sc.Scan(); line++ {
		f := strings.Fields(sc.Text())
		if len(f) != 6 {
			return nil, fmt.Errorf("line %d: %d fields, want 6", line, len(f))
		}
		b, err := hex.DecodeString(f[0])
		addr, ok := netip.AddrFromSlice(b)
		flags, errFlags := strconv.ParseUint(f[4], 16, 32)
		if err != nil || !ok || errFlags != nil {
			return nil, fmt.Errorf("line %d: %q is no address with its flags", line, sc.Text())
		}
		if flags&temporary == 0 {
			addrs = append(addrs, addr)
		}
	}
	return addrs, sc.Err()
}
