package wire

import (
	"errors"
	"net/netip"
	"testing"
)

func TestAdvertised(t *testing.T) {
	both := []string{"fd00::5", "10.0.0.5", "10.0.0.6"}
	for _, tt := range []struct {
		name    string
		ip      string
		port    int
		bound   string
		private []string
		want    string // "": an error
	}{
		{"configured", "192.0.2.1", 99, "0.0.0.0:7946", both, "192.0.2.1:99"},
		{"configured without a port", "192.0.2.1", 0, "0.0.0.0:7946", both, "192.0.2.1:7946"},
		{"configured as IPv6", "::ffff:192.0.2.1", 99, "0.0.0.0:7946", both, "192.0.2.1:99"},
		{"configured wrongly", "db1", 99, "10.0.0.1:7946", both, ""},
		{"bound, the port configured is no matter", "", 99, "10.0.0.1:7946", both, "10.0.0.1:7946"},
		{"bound to loopback", "", 0, "[::1]:7946", both, "[::1]:7946"},
		{"bound to all of IPv4", "", 0, "0.0.0.0:7946", both, "10.0.0.5:7946"},
		{"bound to all", "", 0, "[::]:7946", both, "[fd00::5]:7946"},
		{"IPv6 alone, bound to all of IPv4", "", 0, "0.0.0.0:7946", both[:1], ""},
		{"no private address", "", 0, "[::]:7946", nil, ""},
	} {
		private := func() ([]netip.Addr, error) {
			var addrs []netip.Addr
			for _, a := range tt.private {
				addrs = append(addrs, netip.MustParseAddr(a))
			}
			return addrs, nil
		}
		got, err := advertised(tt.ip, tt.port, netip.MustParseAddrPort(tt.bound), private)
		if (err != nil) != (tt.want == "") || err == nil && got.String() != tt.want {
			t.Errorf("%s: %v, %v, want %q", tt.name, got, err, tt.want)
		}
		if tt.want == "" && tt.ip == "" && !errors.Is(err, ErrNoAddress) {
			t.Errorf("%s: error %v, want %v", tt.name, err, ErrNoAddress)
		}
	}
}

func TestPrivateAddrs(t *testing.T) {
	addrs, err := privateAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if !a.IsPrivate() {
			t.Errorf("%v is not private", a)
		}
	}
}
