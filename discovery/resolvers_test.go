package discovery

import (
	"encoding/json"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

// TestResolvers reads resolv.conf, and what systemd-resolved has behind it.
func TestResolvers(t *testing.T) {
	tests := []struct{ name, conf, behind, want string }{
		{"as DHCP writes it", "search a.example b.example\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n", "",
			`{"nameservers":["192.0.2.1","2001:db8::1"],"search":["a.example","b.example"]}`},
		{"in order, each once", "nameserver 192.0.2.2\nnameserver 192.0.2.1\nnameserver 192.0.2.2\n", "", `{"nameservers":["192.0.2.2","192.0.2.1"]}`},
		{"the last search holds", "domain a.example\nsearch b.example\n", "", `{"search":["b.example"]}`},
		{"what is passed over", "# nameserver 192.0.2.1\n;x\nnameserver\nnameserver dns1\noptions rotate\n", "", `{}`},
		{"behind the stub, sorted", "nameserver 127.0.0.53\n", "nameserver 192.0.2.2\nnameserver 192.0.2.1\n",
			`{"nameservers":["127.0.0.53"],"upstreams":["192.0.2.1","192.0.2.2"]}`},
		{"behind both stubs", "nameserver 127.0.0.53\nnameserver 127.0.0.54\n", "nameserver 192.0.2.2\n",
			`{"nameservers":["127.0.0.53","127.0.0.54"],"upstreams":["192.0.2.2"]}`},
		{"the stub is not alone", "nameserver 127.0.0.53\nnameserver 192.0.2.9\n", "nameserver 192.0.2.2\n", `{"nameservers":["127.0.0.53","192.0.2.9"]}`},
		{"another stub", "nameserver 127.0.0.1\n", "nameserver 192.0.2.2\n", `{"nameservers":["127.0.0.1"]}`},
		{"the stub without a file behind it", "nameserver 127.0.0.53\n", "", `{"nameservers":["127.0.0.53"]}`},
		{"the stub before itself", "nameserver 127.0.0.53\n", "nameserver 127.0.0.53\n", `{"nameservers":["127.0.0.53"]}`},
		{"nothing", "", "nameserver 192.0.2.2\n", `{}`},
	}
	for _, tt := range tests {
		tree := fstest.MapFS{"etc/resolv.conf": {Data: []byte(tt.conf)}}
		if tt.behind != "" {
			tree["run/systemd/resolve/resolv.conf"] = &fstest.MapFile{Data: []byte(tt.behind)}
		}
		config, err := readResolvers(tree)
		got, errJSON := json.Marshal(config)
		if err != nil || errJSON != nil || string(got) != tt.want {
			t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
		}
	}
}

func TestResolversTrouble(t *testing.T) {
	tree := fstest.MapFS{"etc/resolv.conf": {Data: []byte("nameserver 127.0.0.53\n")}}
	_, err := readResolvers(refusing{tree, fs.ErrPermission, func(name string) bool { return strings.HasPrefix(name, "run/") }})
	checkError(t, "no permission", err, "run/systemd/resolve/resolv.conf: permission denied")
}

func FuzzParseResolvConf(f *testing.F) {
	f.Add("search example.net\nnameserver fe80::1%eth0\n")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := parseResolvConf(strings.NewReader(s))
		if err == nil && (len(c.Nameservers) > maxNameservers || len(c.Search) > maxSearch) {
			t.Errorf("%d name servers and %d domains, want at most %d and %d", len(c.Nameservers), len(c.Search), maxNameservers, maxSearch)
		}
	})
}
