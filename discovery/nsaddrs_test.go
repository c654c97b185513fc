package discovery

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

func TestReadAddresses(t *testing.T) {
	const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 0.0.0.0
        /0 universe UNICAST
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 172.17.0.0
        /16 link UNICAST
     |-- 172.17.0.2
        /32 host LOCAL
     |-- 172.17.255.255
        /32 link BROADCAST
Local:
     |-- 172.17.0.2
        /32 host LOCAL
`
	const inet6 = `00000000000000000000000000000001 01 80 10 80       lo
20010db8000000000000000000000002 04 40 00 80     eth0
20010db8000000000000000000000099 04 40 00 01     eth0
`
	const leaf = "|-- 192.0.2.1\n/32 host LOCAL\n"
	const line = "20010db8000000000000000000000002 04 40 00 80 eth0\n"
	tests := []struct{ name, trie, inet6, want, err string }{
		{"both", trie, inet6, "[172.17.0.2 2001:db8::2]", ""},
		{"IPv4 alone", trie, "", "[172.17.0.2]", ""},
		{"IPv6 alone", "", inet6, "[2001:db8::2]", ""},
		{"none", "", "", "[]", ""},
		{"no leaf", "/32 host LOCAL\n", "", "", "fib_trie: ParseAddr"},
		{"cut off", "", inet6[:70], "", "if_inet6: line 2: 1 fields, want 6"},
		{"wrong in the last line", "", strings.Repeat(line, maxAddressLines-1) + "x", "", "if_inet6: line 16384: 1 fields"},
		{"too many lines", strings.Repeat("\n", maxAddressLines-1) + leaf, strings.Repeat(line, maxAddressLines) + "x", "[2001:db8::2]", ""},
		{"the last of many lines", strings.Repeat("\n", maxAddressLines-2) + leaf, strings.Repeat(line, maxAddressLines), "[192.0.2.1 2001:db8::2]", ""},
		{"no address", "", "2001 04 40 00 80 eth0\n", "", `line 1: "2001 04 40 00 80 eth0" is no address`},
		{"no flags", "", strings.Replace(inet6, "10 80", "10 x", 1), "", "is no address with its flags"},
	}
	for _, tt := range tests {
		tree := fstest.MapFS{}
		for name, text := range map[string]string{"fib_trie": tt.trie, "if_inet6": tt.inet6} {
			if text != "" {
				tree["proc/7/net/"+name] = &fstest.MapFile{Data: []byte(text)}
			}
		}
		addrs, err := readAddresses(tree, "7")
		if tt.err != "" {
			checkError(t, tt.name, err, tt.err)
		} else if got := fmt.Sprint(addrs); err != nil || got != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func FuzzReadAddresses(f *testing.F) {
	f.Add("|-- 192.0.2.1\n/32 host LOCAL\n", "20010db8000000000000000000000002 04 40 00 80 eth0\n")
	f.Fuzz(func(t *testing.T, trie, inet6 string) {
		addrs, err := readAddresses(fstest.MapFS{"proc/7/net/fib_trie": {Data: []byte(trie)}, "proc/7/net/if_inet6": {Data: []byte(inet6)}}, "7")
		for _, a := range addrs {
			if err != nil || a.IsLoopback() {
				t.Errorf("%v, %v", a, err)
			}
		}
	})
}
