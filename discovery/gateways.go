package discovery

import (
	"bufio"
	"encoding/binary"
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

// Flags of a route, include/uapi/linux/route.h.
const (
	routeUp     = 0x0001
	routeReject = 0x0200
)

// route is a default route: its gateway is the zero Addr on a link that needs none.
type route struct {
	dev     string
	gateway netip.Addr
}

// readGateways returns the gateways by interface, sorted, for every interface with a default route.
func readGateways(fsys fs.FS) (map[string][]string, error) {
	gateways := map[string][]string{}
	for _, table := range []struct {
		name  string
		parse func(io.Reader) ([]route, error)
	}{
		{"proc/net/route", parseRoutes4},
		{"proc/net/ipv6_route", parseRoutes6},
	} {
		routes, err := parseFile(fsys, table.name, table.parse)
		if err != nil && !errors.Is(err, ErrNotHere) { // a kernel without this protocol
			return nil, err
		}
		for _, r := range routes {
			known := gateways[r.dev]
			if gw := r.gateway.String(); r.gateway.IsValid() && !slices.Contains(known, gw) {
				known = append(known, gw)
			}
			slices.Sort(known)
			gateways[r.dev] = known
		}
	}
	return gateways, nil
}

// parseRoutes4 reads the default routes of proc/net/route:
//
//	Iface  Destination  Gateway   Flags  RefCnt  Use  Metric  Mask      MTU  Window  IRTT
//	eth0   00000000     010200C0  0003   0       0    0       00000000  0    0       0
func parseRoutes4(r io.Reader) ([]route, error) {
	return parseRoutes(r, 8, func(f []string) (route, uint64, bool, error) {
		if f[0] == "Iface" || f[1] != "00000000" || f[7] != "00000000" {
			return route{}, 0, false, nil
		}
		flags, err := strconv.ParseUint(f[3], 16, 32)
		gateway, err2 := parseHexAddr(f[2])
		return route{f[0], gateway}, flags, true, errors.Join(err, err2)
	})
}

// parseRoutes6 reads the default routes of proc/net/ipv6_route, which has no header; addresses are in
// network byte order:
//
//	destination length  source length  next hop  metric  references  use  flags  device
func parseRoutes6(r io.Reader) ([]route, error) {
	return parseRoutes(r, 10, func(f []string) (route, uint64, bool, error) {
		if f[1] != "00" || strings.Trim(f[0], "0") != "" {
			return route{}, 0, false, nil
		}
		flags, err := strconv.ParseUint(f[8], 16, 32)
		b, err2 := hex.DecodeString(f[4])
		gateway, ok := netip.AddrFromSlice(b)
		if err2 == nil && !ok {
			err2 = fmt.Errorf("%q is not an address", f[4])
		}
		return route{f[9], gateway}, flags, true, errors.Join(err, err2)
	})
}

// parseRoutes calls row with the fields of each line and keeps the default routes that are up.
func parseRoutes(r io.Reader, minFields int, row func([]string) (_ route, flags uint64, isDefault bool, _ error)) ([]route, error) {
	const maxDefaults = 1024 // a router with many uplinks has ten
	var routes []route
	sc := bufio.NewScanner(r)
	for line := 1; sc.Scan(); line++ {
		f := strings.Fields(sc.Text())
		if len(f) < minFields {
			return nil, fmt.Errorf("line %d: %d fields, want at least %d", line, len(f), minFields)
		}
		rt, flags, isDefault, err := row(f)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		if !isDefault || flags&routeUp == 0 || flags&routeReject != 0 {
			continue
		}
		if rt.gateway.IsUnspecified() {
			rt.gateway = netip.Addr{}
		}
		if routes = append(routes, rt); len(routes) > maxDefaults {
			return nil, fmt.Errorf("line %d: more than %d default routes: %w", line, maxDefaults, ErrTooLarge)
		}
	}
	return routes, sc.Err()
}

// parseHexAddr parses an address as the kernel prints it: 32-bit words in the byte order of the host,
// one for IPv4 ("0100007F" is 127.0.0.1), four for IPv6. IPv4 in IPv6 becomes IPv4.
func parseHexAddr(s string) (netip.Addr, error) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, fmt.Errorf("%q is not an address like 0100007F", s)
	}
	for word := b; len(word) > 0; word = word[4:] {
		binary.NativeEndian.PutUint32(word, binary.BigEndian.Uint32(word))
	}
	addr, _ := netip.AddrFromSlice(b)
	return addr.Unmap(), nil
}
