package wire

import (
	"net"
	"net/netip"
	"testing"
)

func TestTagged(t *testing.T) {
	for _, addr := range []string{"10.1.2.3:7946", "[fd00::1]:1", "[fe80::1%eth0]:65535"} {
		for kind := range kinds {
			to := netip.MustParseAddrPort(addr)
			text := Tagged(kind, to).String()
			got, gotKind, err := parseAddr(text)
			if err != nil || got != to || gotKind != kind {
				t.Errorf("%q is read as %v, %v, %v, want %v, %v", text, got, gotKind, err, to, kind)
			}
			if host, _, err := net.SplitHostPort(text); err != nil || host != to.Addr().String() {
				t.Errorf("memberlist takes %q for host %q, %v, want %v", text, host, err, to.Addr())
			}
		}
	}
}

func TestParseAddr(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"[::ffff:10.1.2.3]:7946", "10.1.2.3:7946"},
		{"10.1.2.3:7946#membership", ""}, // has no tag
		{"10.1.2.3:7946#", ""},
		{"10.1.2.3:7946#gossip", ""},
		{"10.1.2.3#call:7946", ""},
		{"10.1.2.3:0", ""},
		{"10.1.2.3:0#call", ""},
		{"10.1.2.3", ""},
		{"db1.example:7946", ""}, // memberlist looks names up before
		{"", ""},
	} {
		got, _, err := parseAddr(tt.in)
		if (err != nil) != (tt.want == "") || err == nil && got.String() != tt.want {
			t.Errorf("parseAddr(%q) = %v, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func FuzzParseAddr(f *testing.F) {
	f.Add("10.1.2.3:7946#heartbeat")
	f.Add("[fe80::1%a#b]:1")
	f.Fuzz(func(t *testing.T, s string) {
		to, kind, err := parseAddr(s)
		if err != nil {
			return
		}
		again, kindAgain, err := parseAddr(Tagged(kind, to).String())
		if err != nil || again != to || kindAgain != kind {
			t.Errorf("%q is %v of kind %v, and that is %v, %v, %v", s, to, kind, again, kindAgain, err)
		}
	})
}
