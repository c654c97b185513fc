package api_test

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
)

func install(t *testing.T) cma.Installation {
	t.Helper()
	inst, err := cma.Init(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return inst
}

// serve answers by h under a certificate and returns the address.
func serve(t *testing.T, cert tls.Certificate, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) // refused handshakes are the point
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

func dial(t *testing.T, url string, fleet api.Fleet, o api.Options) *api.Client {
	t.Helper()
	c, err := api.Dial(url, fleet, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// TestClientRequest looks at what arrives: bearer, encoding, and a document's data byte by byte.
func TestClientRequest(t *testing.T) {
	inst := install(t)
	for _, padding := range []int{0, 2000} {
		data, err := discovery.Canonical([]byte(`{"markup":"<a&b>\u2028","padding":"` + strings.Repeat("x", padding) + `"}`))
		if err != nil {
			t.Fatal(err)
		}
		sent := api.Documents{Documents: []discovery.Document{{Envelope: discovery.Envelope{Instance: "os", Data: data}}}}
		url := serve(t, inst.Certificate, func(w http.ResponseWriter, r *http.Request) {
			var body io.Reader = r.Body
			if encoding := r.Header.Get("Content-Encoding"); (encoding == "zstd") != (padding > 1024) {
				t.Errorf("padding %d: content encoding %q", padding, encoding)
			} else if encoding != "" {
				dec, err := zstd.NewReader(r.Body)
				if err != nil {
					t.Error(err)
					return
				}
				defer dec.Close()
				body = dec
			}
			if got := r.Header.Get("Authorization"); got != "Bearer "+inst.Fleet.Bearer() {
				t.Errorf("authorization %q", got)
			}
			var got api.Documents
			if err := json.NewDecoder(body).Decode(&got); err != nil || !reflect.DeepEqual(got, sent) {
				t.Errorf("arrived %+v, %v, want %+v", got, err, sent)
			}
			io.WriteString(w, `{"stored":1}`)
		})
		stored, err := dial(t, url, inst.Fleet, api.Options{}).SendDocuments(t.Context(), sent)
		if err != nil || stored.Stored != 1 {
			t.Errorf("stored %+v, %v, want 1", stored, err)
		}
	}
}

func TestClientAnswers(t *testing.T) {
	inst := install(t)
	tests := []struct {
		name   string
		status int
		body   string
		want   error  // matched by errors.Is or, for an *api.Error, field by field
		text   string // part of the message
	}{
		{"refused", 401, `{"code":"unauthorized","message":"no"}`, &api.Error{Status: 401, Code: api.CodeUnauthorized, Message: "no"}, ""},
		{"query", 400, `{"code":"query","message":"m","line":2,"column":3,"nearest":"n"}`,
			&api.Error{Status: 400, Code: api.CodeQuery, Message: "m", Line: 2, Column: 3, Nearest: "n"}, "line 2, column 3: m"},
		{"a proxy's page", 502, "<html>", &api.Error{Status: 502, Code: api.CodeInternal, Message: "HTTP status 502 without a reason"}, ""},
		{"a redirection", 307, "", &api.Error{Status: 307, Code: api.CodeInternal, Message: "HTTP status 307 without a reason"}, ""},
		{"no JSON", 200, "ok", api.ErrBadAnswer, "invalid character"},
		{"another form", 200, `[]`, api.ErrBadAnswer, "cannot unmarshal array"},
		{"too much", 200, `{"version":"` + strings.Repeat("x", api.MaxAnswerBytes) + `"}`, api.ErrBadAnswer, "above 67108864 bytes"},
	}
	for _, tt := range tests {
		url := serve(t, inst.Certificate, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(tt.status)
			io.WriteString(w, tt.body)
		})
		_, err := dial(t, url, inst.Fleet, api.Options{}).Status(t.Context())
		var got, want *api.Error
		if errors.As(tt.want, &want) {
			if !errors.As(err, &got) || *got != *want {
				t.Errorf("%s: %#v, want %#v", tt.name, err, want)
			}
		} else if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
		if err == nil || !strings.Contains(err.Error(), tt.text) {
			t.Errorf("%s: %v, want %q in it", tt.name, err, tt.text)
		}
	}
}

// TestClientTrust: nothing that can't prove to be the fleet's CMA is told the bearer.
func TestClientTrust(t *testing.T) {
	ours, theirs := install(t), install(t)
	stolen := theirs.Certificate // a stranger's leaf in front of our authority's certificate, which is public
	stolen.Certificate = [][]byte{theirs.Certificate.Certificate[0], ours.Certificate.Certificate[1]}
	alone := ours.Certificate
	alone.Certificate = alone.Certificate[:1]
	expired, err := cma.Init(t.TempDir(), time.Now().AddDate(-2, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		cert  tls.Certificate
		fleet api.Fleet
		want  string // empty: trusted
	}{
		{"ours", ours.Certificate, ours.Fleet, ""},
		{"another fleet's", theirs.Certificate, ours.Fleet, `certificate "assim CMA" comes from another authority`},
		{"another fleet's with our authority", stolen, ours.Fleet, "signed by unknown authority"},
		{"ours without the authority", alone, ours.Fleet, "comes from another authority"},
		{"expired", expired.Certificate, expired.Fleet, "expired"},
	}
	for _, tt := range tests {
		url := serve(t, tt.cert, func(w http.ResponseWriter, r *http.Request) {
			if tt.want != "" {
				t.Errorf("%s: a request arrived", tt.name)
			}
			io.WriteString(w, "{}")
		})
		_, err := dial(t, url, tt.fleet, api.Options{}).Status(t.Context())
		if tt.want == "" {
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if !errors.Is(err, api.ErrWrongCMA) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want ErrWrongCMA with %q", tt.name, err, tt.want)
		}
	}
}

func TestClientWithoutTLS(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	defer s.Close()
	url := strings.Replace(s.URL, "http:", "https:", 1)
	_, err := dial(t, url, install(t).Fleet, api.Options{}).Status(t.Context())
	if !errors.Is(err, api.ErrWrongCMA) || errors.Is(err, api.ErrUnreachable) {
		t.Errorf("%v, want ErrWrongCMA", err)
	}
}

func TestClientUnreachable(t *testing.T) {
	inst := install(t)
	release := make(chan struct{})
	slow := serve(t, inst.Certificate, func(http.ResponseWriter, *http.Request) { <-release })
	defer close(release)
	gone := httptest.NewTLSServer(http.NotFoundHandler())
	gone.Close()
	for _, url := range []string{slow, gone.URL} {
		_, err := dial(t, url, inst.Fleet, api.Options{Timeout: 100 * time.Millisecond}).Status(t.Context())
		if !errors.Is(err, api.ErrUnreachable) || !strings.HasPrefix(err.Error(), strings.TrimPrefix(url, "https://")) {
			t.Errorf("%s: %v, want ErrUnreachable with the address first", url, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := dial(t, slow, inst.Fleet, api.Options{}).Status(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, api.ErrUnreachable) {
		t.Errorf("call given up: %v, want %v", err, context.Canceled)
	}
}

func TestDialRefuses(t *testing.T) {
	fleet := api.NewFleet(nil)
	for _, base := range []string{"", "127.0.0.1:1984", "http://127.0.0.1:1984", "https://", "https://u@h", "https://h?q", "https://h#f", "https://h:x"} {
		if _, err := api.Dial(base, fleet, api.Options{}); err == nil {
			t.Errorf("Dial(%q): no error", base)
		}
	}
	if _, err := api.Dial("https://127.0.0.1:1984", api.Fleet{}, api.Options{}); err == nil {
		t.Error("Dial with an empty fleet: no error")
	}
}
