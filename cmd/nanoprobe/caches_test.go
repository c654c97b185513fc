package main

import (
	"crypto/tls"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
)

// TestLookUp: the site's servers are those that the first CMA that answers tells, with the login of the
// configuration, or the fleet's password where the server takes it.
func TestLookUp(t *testing.T) {
	told := []sites.Site{
		{Name: "north", Servers: []sites.Server{{Addr: "10.0.0.1:6379"}, {Addr: "10.0.0.2:6379", TLS: true, FleetPassword: true}}},
		{Name: "south", Servers: []sites.Server{{Master: "fleet", Sentinels: []string{"10.1.0.1:26379"}}}},
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/sites" {
			t.Errorf("asked for %q", r.URL.Path)
		}
		json.NewEncoder(w).Encode(told)
	})
	here, fleet := startCMA(t, handler)
	away, err := api.Dial("https://127.0.0.1:1", fleet, api.Options{})
	if err != nil {
		t.Fatal(err)
	}
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(s settings) (string, error) {
		lookUp, err := s.lookUp([]*api.Client{away, here}, fleet)
		if err != nil {
			return "", err
		}
		servers, err := lookUp(t.Context())
		var text []string
		for _, s := range servers {
			secured := ""
			if s.TLS != nil {
				secured = " TLS"
			}
			text = append(text, s.Username+":"+s.Password+"@"+s.Name()+secured)
		}
		return strings.Join(text, ", "), err
	}
	s := defaults()
	s.Site = "north"
	want := ":@10.0.0.1:6379, :" + fleet.CachePassword() + "@10.0.0.2:6379 TLS"
	if got, err := ask(s); err != nil || got != want {
		t.Errorf("without a login: %q, %v, want %q", got, err, want)
	}
	s.Login.Username, s.Login.PasswordFile, s.Login.TLS = "probe", password, true
	want = "probe:secret@10.0.0.1:6379 TLS, probe:secret@10.0.0.2:6379 TLS"
	if got, err := ask(s); err != nil || got != want {
		t.Errorf("with a login: %q, %v, want %q", got, err, want)
	}
	s.Site = "south"
	if got, err := ask(s); err != nil || got != "probe:secret@fleet by sentinel TLS" {
		t.Errorf("by sentinel: %q, %v", got, err)
	}
	s.Site = "west"
	if _, err := ask(s); err == nil || err.Error() != `site "west" is none of north, south` {
		t.Errorf("a site that nobody knows: %v", err)
	}
	if lookUp, err := defaults().lookUp(nil, fleet); lookUp != nil || err != nil {
		t.Errorf("no site: %v, want nothing to look up", err)
	}
}

// startCMA answers as the CMA of a fleet until the test ends.
func startCMA(t *testing.T, handler http.Handler) (*api.Client, api.Fleet) {
	t.Helper()
	own, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{own.Certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	client, err := api.Dial(server.URL, own.Fleet, api.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return client, own.Fleet
}
