package alert

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery/process"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// runSample runs one of the shipped hooks for an event, as Hooks do and with a setting of its own.
func runSample(t *testing.T, event api.EventRecord, name, setting string, input io.Reader) (output string, err error) {
	t.Helper()
	path, err := filepath.Abs("../../scripts/hooks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	told := newMessage(event)
	var out bytes.Buffer
	err = process.Program{
		Path: path, Args: []string{told.word, told.objectType}, Env: process.Environment(append(told.environment(), setting)...),
		Stdin: input, Stdout: &out, Stderr: &out, Grace: time.Second,
	}.Run(t.Context())
	return out.String(), err
}

// outage is an event of two hosts that a switch took with it.
func outage(kind ring.Kind) api.EventRecord {
	e := ring.Event{
		Kind: kind, Witness: api.CMAWitness, Segment: "switch:s1", Incident: "i",
		Members: []ring.Member{{ID: "id-web1", Name: "web1", Boot: 1}, {ID: "id-web2", Name: "web2", Boot: 1}},
	}
	return api.EventRecord{
		Number: 2, ID: e.ID(), Event: e, Witnesses: []string{api.CMAWitness}, ReceivedMS: 1_700_000_123_000,
		Status: "unknown", Hosts: 2, HooksPending: true,
	}
}

// move is an event of an address that went from web1 to web2.
func move() api.EventRecord {
	e := ring.Event{
		Kind: ring.AddressMoved, Witness: api.CMAWitness, Address: "192.0.2.9", Number: 3, Returns: 1,
		Subject: ring.Member{ID: "id-web2", Name: "web2"}, Other: &ring.Member{ID: "id-web1", Name: "web1"},
	}
	return api.EventRecord{
		Number: 3, ID: e.ID(), Event: e, HostName: "web2", Witnesses: []string{api.CMAWitness},
		ReceivedMS: 1_700_000_123_000, HooksPending: true,
	}
}

func TestSampleLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	back := outage(ring.Restored)
	back.Status = "up"
	for _, event := range []api.EventRecord{death(1), outage(ring.SwitchDown), back, move()} {
		if out, err := runSample(t, event, "log", "LOG_FILE="+file, nil); err != nil {
			t.Fatal(err, out)
		}
	}
	want := `host web1 is dead: host dead (since 2023-11-14T22:15:23Z, told by w1 w4, event id-web1/1700000000000/2/dead)
switch down: s1, and 2 hosts with it: web1 web2 (since 2023-11-14T22:15:23Z, told by cma, event i/switch down)
s1 is back, with 2 hosts: web1 web2 (since 2023-11-14T22:15:23Z, told by cma, event i/restored)
192.0.2.9 is on web2, was on web1 (since 2023-11-14T22:15:23Z, told by cma, event 192.0.2.9/3/address moved)
`
	if got, err := os.ReadFile(file); err != nil || string(got) != want {
		t.Errorf("logged %q, %v, want %q", got, err, want)
	}
}

func TestSampleWebhook(t *testing.T) {
	posted := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		posted <- r.Method + " " + r.Header.Get("Content-Type") + " " + string(body)
		if r.URL.Path == "/refuse" {
			http.Error(w, "no", http.StatusInternalServerError)
		}
	}))
	defer server.Close()
	if out, err := runSample(t, death(1), "webhook", "URL="+server.URL, strings.NewReader(`{"eventtype":2}`)); err != nil {
		t.Fatal(err, out)
	}
	if got, want := <-posted, `POST application/json {"eventtype":2}`; got != want {
		t.Errorf("posted %q, want %q", got, want)
	}
	if out, err := runSample(t, death(1), "webhook", "URL="+server.URL+"/refuse", strings.NewReader("{}")); err == nil {
		t.Errorf("refused, and the hook says it is done: %s", out)
	}
	if out, err := runSample(t, death(1), "webhook", "URL=", nil); err == nil || !strings.Contains(out, "set URL in") {
		t.Errorf("without an address: %v, %q", err, out)
	}
}
