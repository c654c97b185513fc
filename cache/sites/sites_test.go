package sites

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	servers := func(n int) []Server {
		all := make([]Server, n)
		for i := range all {
			all[i].Addr = fmt.Sprintf("10.0.0.1:%d", i+1)
		}
		return all
	}
	many := make([]Site, maxSites)
	for i := range many {
		many[i] = Site{fmt.Sprint(i), servers(1)}
	}
	for _, tt := range []struct {
		name  string
		sites []Site
		want  string // in the error; none if empty
	}{
		{"one", []Site{{"a", servers(1)}}, ""},
		{"most servers", []Site{{"a", servers(maxServers)}}, ""},
		{"too many servers", []Site{{"a", servers(maxServers + 1)}}, "33 servers"},
		{"no servers", []Site{{"a", nil}}, "0 servers"},
		{"most sites", many, ""},
		{"too many sites", append(many, Site{"z", servers(1)}), "257 sites"},
		{"no sites", nil, "no sites are known"},
		{"twice", []Site{{"a", servers(1)}, {"b", servers(1)}, {"a", servers(1)}}, `"a" is there twice`},
		{"no name", []Site{{"", servers(1)}}, `name ""`},
		{"blank in a name", []Site{{"a b", servers(1)}}, `name "a b"`},
		{"control character", []Site{{"a\x1b", servers(1)}}, `name "a\x1b"`},
		{"longest name", []Site{{strings.Repeat("a", maxNameBytes), servers(1)}}, ""},
		{"too long a name", []Site{{strings.Repeat("a", maxNameBytes+1), servers(1)}}, "more than 255 bytes"},
		{"no port", []Site{{"a", []Server{{Addr: "10.0.0.1"}}}}, `"10.0.0.1" is not HOST:PORT`},
		{"port 0", []Site{{"a", []Server{{Addr: "10.0.0.1:0"}}}}, "no port from 1"},
		{"port 65535", []Site{{"a", []Server{{Addr: "[::1]:65535"}}}}, ""},
		{"port 65536", []Site{{"a", []Server{{Addr: "[::1]:65536"}}}}, "no port from 1"},
		{"no host", []Site{{"a", []Server{{Addr: ":1"}}}}, `name ""`},
		{"sentinel", []Site{{"a", []Server{{Master: "m", Sentinels: []string{"s:1"}}}}}, ""},
		{"master without sentinels", []Site{{"a", []Server{{Master: "m"}}}}, "either an address"},
		{"sentinels without master", []Site{{"a", []Server{{Addr: "a:1", Sentinels: []string{"s:1"}}}}}, "either an address"},
		{"address and master", []Site{{"a", []Server{{Addr: "a:1", Master: "m", Sentinels: []string{"s:1"}}}}}, "either an address"},
		{"bad sentinel", []Site{{"a", []Server{{Master: "m", Sentinels: []string{"s"}}}}}, `"s" is not HOST:PORT`},
		{"too many sentinels", []Site{{"a", []Server{{Master: "m", Sentinels: make([]string, maxSentinels+1)}}}}, "17 sentinels"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Check(tt.sites)
			if tt.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrNone) {
				t.Errorf("got %v, want ErrInvalid or ErrNone, with %q", err, tt.want)
			}
		})
	}
}

func TestList(t *testing.T) {
	list := List{{"b", []Server{{Addr: "b:1"}}}, {"a", []Server{{Addr: "a:1"}}}}
	got, err := list.Sites(context.Background())
	if err != nil || len(got) != 2 || got[0].Name != "a" || list[0].Name != "b" {
		t.Errorf("got %+v, %v, want them sorted and the list as it was", got, err)
	}
}

func TestParseRecords(t *testing.T) {
	for _, tt := range []struct {
		name    string
		records []string
		want    []Site
		fault   string
	}{
		{"one", []string{"site=a server=h:1"}, []Site{{"a", []Server{{Addr: "h:1"}}}}, ""},
		{"any order", []string{"site=b server=h:2", "site=a server=h:4,tls", "site=b server=h:1"},
			[]Site{{"a", []Server{{Addr: "h:4", TLS: true}}}, {"b", []Server{{Addr: "h:1"}, {Addr: "h:2"}}}}, ""},
		{"twice", []string{"site=a server=h:1", "site=a server=h:1"}, []Site{{"a", []Server{{Addr: "h:1"}}}}, ""},
		{"sentinel", []string{"site=a  sentinel=h:1 master=m sentinel=h:2,tls"},
			[]Site{{"a", []Server{{Master: "m", Sentinels: []string{"h:1", "h:2"}, TLS: true}}}}, ""},
		{"others'", []string{"v=spf1 -all", "site=a server=h:1", ""}, []Site{{"a", []Server{{Addr: "h:1"}}}}, ""},
		{"only others'", []string{"v=spf1 -all"}, nil, "no sites are known"},
		{"unknown word", []string{"site=a server=h:1 sever=x"}, nil, `"sever=x" is none of`},
		{"two servers", []string{"site=a server=h:1 server=h:2"}, nil, "server= is there twice"},
		{"two sites", []string{"site=a site=b server=h:1"}, nil, "site= is there twice"},
		{"no server", []string{"site=a"}, nil, "either an address"},
		{"no site", []string{"site= server=h:1"}, nil, `name ""`},
		{"bad address", []string{"site=a server=h"}, nil, `"h" is not HOST:PORT`},
		{"long", []string{"site=a server=h:1 " + strings.Repeat(" ", maxRecordBytes)}, nil, "bytes, at most 2048"},
		{"many", make([]string, maxRecords+1), nil, "1025 records"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseRecords(tt.records)
			if !reflect.DeepEqual(got, tt.want) || (err == nil) != (tt.fault == "") || err != nil && !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("got %+v, %v, want %+v, %q", got, err, tt.want, tt.fault)
			}
		})
	}
}

// FuzzRecord: whatever a record holds is refused, or is a server that an answer may have.
func FuzzRecord(f *testing.F) {
	f.Add("site=a server=h:1,tls")
	f.Add("site=a master=m sentinel=h:1 sentinel=h:2")
	f.Fuzz(func(t *testing.T, record string) {
		got, err := parseRecords([]string{record})
		if err != nil {
			return
		}
		if again, err := Check(got); err != nil || !reflect.DeepEqual(again, got) || len(got) != 1 {
			t.Errorf("%q: %+v, %v", record, got, err)
		}
	})
}
