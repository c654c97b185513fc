package cma

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// TestDirectories: every directory of sites gives the same answer for the same sites, sorted and checked.
func TestDirectories(t *testing.T) {
	given := []sites.Site{
		{Name: "south", Servers: []sites.Server{{Master: "fleet", Sentinels: []string{"10.1.0.1:26379", "10.1.0.2:26379"}}}},
		{Name: "north", Servers: []sites.Server{{Addr: "10.0.0.1:6379"}, {Addr: "10.0.0.2:6380", TLS: true}}},
	}
	want := []sites.Site{given[1], given[0]}
	records := []string{
		"site=north server=10.0.0.2:6380,tls",
		"site=south master=fleet sentinel=10.1.0.1:26379 sentinel=10.1.0.2:26379",
		"site=north server=10.0.0.1:6379",
		"v=spf1 -all",
	}
	resolver := serveTXT(t, map[string][]string{"caches.test.": records, "bad.test.": {"site=north sever=10.0.0.1:6379"}, "spf.test.": {"v=spf1 -all"}})
	full := start(t, t.TempDir(), func(c *Config) { c.Sites = given })
	empty := start(t, t.TempDir(), nil)
	away, stop := context.WithCancel(t.Context())
	stop()
	for _, tt := range []struct {
		name      string
		directory sites.Directory
		want      []sites.Site
		err       error // ErrNone, ErrInvalid, or any if it is context.Canceled
	}{
		{"list", sites.List(given), want, nil},
		{"dns", sites.DNS{Name: "caches.test", Resolver: resolver}, want, nil},
		{"cma", full.client, want, nil},
		{"empty list", sites.List{}, nil, sites.ErrNone},
		{"no such name", sites.DNS{Name: "other.test", Resolver: resolver}, nil, sites.ErrNone},
		{"records of others", sites.DNS{Name: "spf.test", Resolver: resolver}, nil, sites.ErrNone},
		{"cma that was told of none", empty.client, nil, sites.ErrNone},
		{"bad list", sites.List{{Name: "north"}}, nil, sites.ErrInvalid},
		{"bad record", sites.DNS{Name: "bad.test", Resolver: resolver}, nil, sites.ErrInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.directory.Sites(t.Context())
			if !errors.Is(err, tt.err) || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %+v, %v\nwant %+v, %v", got, err, tt.want, tt.err)
			}
			if _, isList := tt.directory.(sites.List); isList {
				return
			}
			if got, err := tt.directory.Sites(away); err == nil || errors.Is(err, sites.ErrNone) {
				t.Errorf("without a chance to ask: %+v, %v, want an error that is not ErrNone", got, err)
			}
		})
	}
}

// serveTXT runs a DNS server on loopback until the test ends, and returns a resolver that asks it.
func serveTXT(t *testing.T, records map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answer := func(w dns.ResponseWriter, query *dns.Msg) {
		reply := new(dns.Msg).SetReply(query)
		name := strings.ToLower(query.Question[0].Name)
		if records[name] == nil {
			reply.Rcode = dns.RcodeNameError
		}
		for _, text := range records[name] {
			reply.Answer = append(reply.Answer, &dns.TXT{
				Hdr: dns.RR_Header{Name: query.Question[0].Name, Rrtype: dns.TypeTXT, Class: dns.ClassINET, Ttl: 1},
				Txt: []string{text[:len(text)/2], text[len(text)/2:]}, // one record may be cut into several strings
			})
		}
		if err := w.WriteMsg(reply); err != nil {
			t.Error(err)
		}
	}
	server := &dns.Server{PacketConn: conn, Handler: dns.HandlerFunc(answer)}
	served := make(chan error, 1)
	ready := make(chan struct{})
	server.NotifyStartedFunc = func() { close(ready) }
	go func() { served <- server.ActivateAndServe() }()
	<-ready
	t.Cleanup(func() {
		if err := errors.Join(server.Shutdown(), <-served); err != nil {
			t.Error(err)
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// TestBadSites: a CMA does not start with sites that no reader would take.
func TestBadSites(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	c := s.Config
	c.Sites = []sites.Site{{Name: "north", Servers: []sites.Server{{Addr: "nowhere"}}}}
	if _, err := New(c); !errors.Is(err, sites.ErrInvalid) {
		t.Errorf("got %v, want ErrInvalid", err)
	}
}

// TestDown: hosts that died or were shut down are told, and those that are back are not.
func TestDown(t *testing.T) {
	s := start(t, t.TempDir(), nil)
	now := time.Now()
	mustPutEvents(t, s.Journal, now, say(t, "web1", "dead@5")...)
	mustPutEvents(t, s.Journal, now, say(t, "app1", "shutdown@5")...)
	mustPutEvents(t, s.Journal, now, say(t, "db1", "dead@5 alive@5.1")...)
	got, err := s.client.Down(t.Context())
	want := []api.Down{
		{ID: "id-app1", Name: "app1", Status: "shutdown", SinceMS: now.UnixMilli()},
		{ID: "id-web1", Name: "web1", Status: "dead", SinceMS: now.UnixMilli()},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

// TestFurtherMetrics: what other parts of the process count is in /metrics too.
func TestFurtherMetrics(t *testing.T) {
	s := start(t, t.TempDir(), func(c *Config) {
		c.Metrics = func() []promtext.Family {
			return []promtext.Family{promtext.One("other_total", promtext.Counter, "Others.", 7)}
		}
	})
	r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
	r.Header.Set("Authorization", "Bearer "+s.Installation.Fleet.Bearer())
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	families, err := promtext.Parse(w.Body)
	for _, name := range []string{"other_total", "assim_cma_hosts"} {
		if _, ok := promtext.Find(families, name); err != nil || !ok {
			t.Errorf("/metrics lacks %s: %v", name, err)
		}
	}
}
