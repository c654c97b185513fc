package discovery

import (
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestParseOSRelease(t *testing.T) {
	tests := []struct {
		in   string
		want map[string]string
		err  string
	}{
		{"ID=debian\n", map[string]string{"ID": "debian"}, ""},
		{"# comment\n\n  NAME=\"Debian GNU/Linux\"  \n", map[string]string{"NAME": "Debian GNU/Linux"}, ""},
		{`A='b"c\d'`, map[string]string{"A": `b"c\d`}, ""},
		{`A="b\"c\\d\e"`, map[string]string{"A": `b"c\d\e`}, ""},
		{"A=\nB=1=2\n", map[string]string{"A": "", "B": "1=2"}, ""},
		{"ID=debian\nNAME=\"Debian\n", nil, `line 2: no closing quote in "NAME=\"Debian"`},
		{`A="b"c`, nil, "line 1: no closing quote"},
		{"nonsense\n", nil, `line 1: "nonsense" is no assignment`},
	}
	for _, tt := range tests {
		got, err := parseOSRelease(strings.NewReader(tt.in))
		if tt.err != "" {
			checkError(t, tt.in, err, tt.err)
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %q, %v, want %q", tt.in, got, err, tt.want)
		}
	}
}

func TestParseDpkgStatus(t *testing.T) {
	const a = "Package: a\nStatus: install ok installed\nArchitecture: all\nVersion: 1:2-3\n"
	installed := map[string]string{"a::all": "1:2-3"}
	tests := []struct {
		name, in string
		want     map[string]string
		err      string
	}{
		{"one", a, installed, ""},
		{"and no more", a + "\n\n\n", installed, ""},
		{"folded fields", a + "Description: x\n Version: 9\n .\n", installed, ""},
		{"on hold", strings.Replace(a, "install ok", "hold ok", 1), installed, ""},
		{"configuration left", a + "\n" + strings.NewReplacer("install ok installed", "deinstall ok config-files", "a\n", "b\n").Replace(a), installed, ""},
		{"half installed", strings.Replace(a, "ok installed", "reinstreq half-installed", 1), map[string]string{}, ""},
		{"two architectures", a + "\n" + strings.Replace(a, ": all", ": i386", 1), map[string]string{"a::all": "1:2-3", "a::i386": "1:2-3"}, ""},
		{"no version", "\n" + strings.Replace(a, "Version", "Vision", 1) + "\n", nil, "line 6: an installed package lacks its name, architecture or version"},
		{"nothing", "", map[string]string{}, ""},
		{"an endless line", a + "Description: " + strings.Repeat("x", 2<<20), nil, "line 5: bufio.Scanner: token too long"},
		{"endless packages", strings.Repeat(strings.Replace(a, ": a", ": "+strings.Repeat("p", 1<<19), 1)+"\n", 9), nil, ErrTooLarge.Error()},
	}
	for _, tt := range tests {
		got, err := parseDpkgStatus(strings.NewReader(tt.in))
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
	}
}

func FuzzParseDpkgStatus(f *testing.F) {
	seed, err := os.ReadFile("testdata/hosts/debian12/var/lib/dpkg/status")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(seed))
	f.Fuzz(func(t *testing.T, s string) {
		packages, err := parseDpkgStatus(strings.NewReader(s))
		for name, version := range packages {
			if err == nil && (version == "" || !strings.Contains(name, "::")) {
				t.Errorf("%q: %q", name, version)
			}
		}
	})
}

func FuzzParseOSRelease(f *testing.F) {
	f.Add("NAME=\"Debian GNU/Linux\"\nA='b'\nB=\"\\\"\"\n")
	f.Fuzz(func(t *testing.T, s string) {
		if values, err := parseOSRelease(strings.NewReader(s)); err == nil && values == nil {
			t.Error("nil values without an error")
		}
	})
}

func TestParseRoutes(t *testing.T) {
	const header = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
	const zero, one6 = "00000000000000000000000000000000", "20010db8000000000000000000000001"
	tests := []struct {
		name string
		v6   bool
		in   string
		want string // "device gateway" of the only route, "" for none
		err  string
	}{
		{"IPv4", false, header + "eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0\n", "eth0 192.0.2.1", ""},
		{"point to point", false, header + "ppp0 00000000 00000000 0001 0 0 0 00000000 0 0 0\n", "ppp0 invalid IP", ""},
		{"down", false, header + "eth0 00000000 010200C0 0002 0 0 0 00000000 0 0 0\n", "", ""},
		{"a subnet", false, header + "eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0\n", "", ""},
		{"half of all", false, header + "tun0 00000000 00000000 0001 0 0 0 00000080 0 0 0\n", "", ""},
		{"cut off", false, header + "eth0 00000000\n", "", "line 2: 2 fields, want at least 8"},
		{"no gateway", false, header + "eth0 00000000 x 0003 0 0 0 00000000 0 0 0\n", "", `line 2: "x" is not an address`},
		{"IPv6", true, zero + " 00 " + zero + " 00 " + one6 + " 400 2 0 00000003 eth0\n", "eth0 2001:db8::1", ""},
		{"rejected", true, zero + " 00 " + zero + " 00 " + zero + " ffffffff 1 0 00200201 lo\n", "", ""},
		{"an address", true, zero + " 80 " + zero + " 00 " + zero + " 0 1 0 00000001 lo\n", "", ""},
		{"another prefix", true, one6 + " 00 " + zero + " 00 " + zero + " 0 1 0 00000001 lo\n", "", ""},
		{"a short gateway", true, zero + " 00 " + zero + " 00 2001 400 2 0 00000003 eth0\n", "", `line 1: "2001" is not an address`},
		{"no flags", true, zero + " 00 " + zero + " 00 " + one6 + " 400 2 0 xyz eth0\n", "", `parsing "xyz"`},
	}
	for _, tt := range tests {
		parse := parseRoutes4
		if tt.v6 {
			parse = parseRoutes6
		}
		routes, err := parse(strings.NewReader(tt.in))
		got := ""
		for _, r := range routes {
			got += r.dev + " " + r.gateway.String()
		}
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %q, %v, want %q, %q", tt.name, got, err, tt.want, tt.err)
		}
	}
	_, err := parseRoutes4(strings.NewReader(strings.Repeat("eth0 00000000 010200C0 0003 0 0 0 00000000\n", 1025)))
	if !errors.Is(err, ErrTooLarge) {
		t.Errorf("1025 default routes: %v, want %v", err, ErrTooLarge)
	}
}

func FuzzParseRoutes(f *testing.F) {
	for _, name := range []string{"route", "ipv6_route"} {
		seed, err := os.ReadFile("testdata/hosts/debian12/proc/901/net/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(seed))
	}
	f.Fuzz(func(t *testing.T, s string) {
		_, _ = parseRoutes4(strings.NewReader(s))
		_, _ = parseRoutes6(strings.NewReader(s))
	})
}
