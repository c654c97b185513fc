package discovery

import (
	"encoding/binary"
	"net/netip"
	"os"
	"reflect"
	"syscall"
	"testing"
)

// attr is an attribute of an address message.
type attr struct {
	kind  uint16
	value string
}

// addrMessage encodes one answer to RTM_GETADDR.
func addrMessage(kind uint16, family, bits, flags, scope byte, index uint32, attrs ...attr) []byte {
	body := binary.NativeEndian.AppendUint32([]byte{family, bits, flags, scope}, index)
	for _, a := range attrs {
		body = binary.NativeEndian.AppendUint16(body, uint16(4+len(a.value)))
		body = binary.NativeEndian.AppendUint16(body, a.kind)
		body = append(body, a.value...)
		body = append(body, make([]byte, -len(body)&3)...)
	}
	msg := binary.NativeEndian.AppendUint32(nil, uint32(syscall.NLMSG_HDRLEN+len(body)))
	msg = binary.NativeEndian.AppendUint16(msg, kind)
	return append(append(msg, make([]byte, 10)...), body...)
}

// patched sets the 16-bit number at offset to n.
func patched(b []byte, offset int, n uint16) []byte {
	binary.NativeEndian.PutUint16(b[offset:], n)
	return b
}

func TestParseAddrs(t *testing.T) {
	raw := func(s string) string { return string(netip.MustParseAddr(s).AsSlice()) }
	const v4, v6 = syscall.AF_INET, syscall.AF_INET6
	local, address, label := uint16(syscall.IFA_LOCAL), uint16(syscall.IFA_ADDRESS), uint16(syscall.IFA_LABEL)
	tests := []struct {
		name string
		in   []byte
		want map[string]NetAddr // of interface 2
		err  string
	}{
		{"IPv4", addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2, attr{address, raw("192.0.2.1")}, attr{local, raw("192.0.2.1")},
			attr{syscall.IFA_BROADCAST, raw("192.0.2.255")}, attr{label, "eth0:1\x00"}),
			map[string]NetAddr{"192.0.2.1/24": {Scope: "global", Broadcast: "192.0.2.255", Name: "eth0:1"}}, ""},
		{"IPv6", addrMessage(syscall.RTM_NEWADDR, v6, 64, syscall.IFA_F_PERMANENT, 253, 2, attr{address, raw("fe80::1")}),
			map[string]NetAddr{"fe80::1/64": {Scope: "link"}}, ""},
		{"point to point", addrMessage(syscall.RTM_NEWADDR, v4, 32, 0, 0, 2, attr{address, raw("10.0.0.2")}, attr{local, raw("10.0.0.1")}),
			map[string]NetAddr{"10.0.0.1/32": {Scope: "global", Peer: "10.0.0.2/32"}}, ""},
		{"temporary", addrMessage(syscall.RTM_NEWADDR, v6, 64, syscall.IFA_F_TEMPORARY, 0, 2, attr{address, raw("2001:db8::1")}), nil, ""},
		{"secondary", addrMessage(syscall.RTM_NEWADDR, v4, 24, syscall.IFA_F_SECONDARY, 200, 2, attr{local, raw("10.0.0.1")}),
			map[string]NetAddr{"10.0.0.1/24": {Scope: "site"}}, ""},
		{"an odd scope", addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 17, 2, attr{local, raw("10.0.0.1")}),
			map[string]NetAddr{"10.0.0.1/24": {Scope: "17"}}, ""},
		{"another interface", addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 3, attr{local, raw("10.0.0.1")}), nil, ""},
		{"another message", addrMessage(syscall.RTM_NEWLINK, v4, 24, 0, 0, 2), nil, ""},
		{"nothing", nil, nil, ""},
		{"no address", addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2), nil, "message 0: invalid IP/24 is not an address"},
		{"too many bits", addrMessage(syscall.RTM_NEWADDR, v4, 33, 0, 0, 2, attr{local, raw("10.0.0.1")}), nil, "10.0.0.1/33 is not an address"},
		{"an error", addrMessage(syscall.NLMSG_ERROR, 0, 0, 0, 0, 0), nil, "the kernel answered with an error"},
		{"cut off", addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2)[:20], nil, "netlink: addresses: invalid argument"},
		{"a long attribute", patched(addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2, attr{local, raw("10.0.0.1")}), 24, 9), nil, "message 0: an attribute of 9 bytes in 8"},
		{"a short attribute", patched(addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2, attr{local, raw("10.0.0.1")}), 24, 3), nil, "message 0: an attribute of 3 bytes in 8"},
		{"an attribute without its padding", patched(addrMessage(syscall.RTM_NEWADDR, v4, 24, 0, 0, 2, attr{local, raw("10.0.0.1")}, attr{label, "abc"}), 0, 39),
			map[string]NetAddr{"10.0.0.1/24": {Scope: "global", Name: "abc"}}, ""},
		{"a short message", append([]byte{20, 0, 0, 0, syscall.RTM_NEWADDR, 0}, make([]byte, 14)...), nil, "message 0: 4 bytes, want at least 8"},
	}
	for _, tt := range tests {
		got, err := parseAddrs(tt.in)
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		if err != nil || !reflect.DeepEqual(got[2], tt.want) {
			t.Errorf("%s: %v, %v, want %v", tt.name, got[2], err, tt.want)
		}
	}
}

func FuzzParseAddrs(f *testing.F) {
	seed, err := os.ReadFile("testdata/hosts/debian12/netlink/getaddr")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Fuzz(func(t *testing.T, dump []byte) {
		byIndex, err := parseAddrs(dump)
		if err != nil {
			return
		}
		for _, addrs := range byIndex {
			for a := range addrs {
				if _, err := netip.ParsePrefix(a); err != nil {
					t.Errorf("%q: %v", a, err)
				}
			}
		}
	})
}
