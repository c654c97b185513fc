package discovery

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"syscall"
)

func netlinkAddrs() func() ([]byte, error) {
	return func() ([]byte, error) {
		dump, err := syscall.NetlinkRIB(syscall.RTM_GETADDR, syscall.AF_UNSPEC)
		if err != nil {
			return nil, fmt.Errorf("netlink: addresses: %w", err)
		}
		return dump, nil
	}
}

// parseAddrs reads the kernel's answer to RTM_GETADDR (rtnetlink(7)) into addresses by the index of
// their interface.
func parseAddrs(dump []byte) (map[int]map[string]NetAddr, error) {
	messages, err := syscall.ParseNetlinkMessage(dump)
	if err != nil {
		return nil, fmt.Errorf("netlink: addresses: %w", err)
	}
	byIndex := map[int]map[string]NetAddr{}
	for i, m := range messages {
		switch m.Header.Type {
		case syscall.NLMSG_ERROR:
			return nil, errors.New("netlink: addresses: the kernel answered with an error")
		case syscall.RTM_NEWADDR:
			index, prefix, addr, err := parseAddr(m)
			if err != nil {
				return nil, fmt.Errorf("netlink: addresses: message %d: %w", i, err)
			}
			if !prefix.IsValid() {
				continue
			}
			if byIndex[index] == nil {
				byIndex[index] = map[string]NetAddr{}
			}
			byIndex[index][prefix.String()] = addr
		}
	}
	return byIndex, nil
}

// parseAddr returns the zero Prefix for an address that is not wanted.
//
//	struct ifaddrmsg { u8 family, prefixlen, flags, scope; u32 index; } then attributes
func parseAddr(m syscall.NetlinkMessage) (index int, own netip.Prefix, addr NetAddr, err error) {
	if len(m.Data) < syscall.SizeofIfAddrmsg {
		return 0, own, addr, fmt.Errorf("%d bytes, want at least %d", len(m.Data), syscall.SizeofIfAddrmsg)
	}
	bits, flags, scope := int(m.Data[1]), m.Data[2], m.Data[3]
	index = int(binary.NativeEndian.Uint32(m.Data[4:]))
	if m.Data[0] == syscall.AF_INET6 && flags&syscall.IFA_F_TEMPORARY != 0 {
		return index, own, addr, nil
	}
	addr.Scope = scopeName(scope)
	var local, peer netip.Addr
	err = eachAttr(m.Data[syscall.SizeofIfAddrmsg:], func(kind uint16, value []byte) {
		a, isAddr := netip.AddrFromSlice(value)
		switch {
		case kind == syscall.IFA_LABEL:
			addr.Name = strings.TrimRight(string(value), "\x00")
		case !isAddr:
		case kind == syscall.IFA_LOCAL:
			local = a
		case kind == syscall.IFA_ADDRESS:
			peer = a
		case kind == syscall.IFA_BROADCAST:
			addr.Broadcast = a.String()
		}
	})
	if err != nil {
		return 0, own, addr, err
	}
	// On a point-to-point link IFA_ADDRESS is the other end; elsewhere it is our own, and IPv6 says
	// it only there.
	switch {
	case !local.IsValid():
		local = peer
	case peer.IsValid() && peer != local:
		addr.Peer = netip.PrefixFrom(peer, bits).String()
	}
	if own = netip.PrefixFrom(local, bits); !own.IsValid() {
		return 0, own, addr, fmt.Errorf("%v/%d is not an address", local, bits)
	}
	return index, own, addr, nil
}

// eachAttr calls take with each attribute, struct { u16 len, type } and its value, padded to 4 bytes.
// syscall.ParseNetlinkRouteAttr panics when the last one lacks its padding.
func eachAttr(b []byte, take func(kind uint16, value []byte)) error {
	for len(b) > 0 {
		if len(b) < syscall.SizeofRtAttr {
			return fmt.Errorf("%d bytes after the last attribute", len(b))
		}
		n := int(binary.NativeEndian.Uint16(b))
		if n < syscall.SizeofRtAttr || n > len(b) {
			return fmt.Errorf("an attribute of %d bytes in %d", n, len(b))
		}
		take(binary.NativeEndian.Uint16(b[2:]), b[syscall.SizeofRtAttr:n])
		b = b[min(len(b), (n+3)&^3):]
	}
	return nil
}

// scopeName names the scopes of include/uapi/linux/rtnetlink.h as ip(8) does.
func scopeName(scope byte) string {
	switch scope {
	case syscall.RT_SCOPE_UNIVERSE:
		return "global"
	case syscall.RT_SCOPE_SITE:
		return "site"
	case syscall.RT_SCOPE_LINK:
		return "link"
	case syscall.RT_SCOPE_HOST:
		return "host"
	case syscall.RT_SCOPE_NOWHERE:
		return "nowhere"
	}
	return strconv.Itoa(int(scope))
}
