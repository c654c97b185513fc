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

	"github.com/assim-mesh/assim/discovery/process"
)

// runSample runs one of the shipped hooks for a death, as Hooks do and with a setting of its own.
func runSample(t *testing.T, name, setting string, input io.Reader) (output string, err error) {
	t.Helper()
	path, err := filepath.Abs("../../scripts/hooks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	told := newMessage(death(1))
	var out bytes.Buffer
	err = process.Program{
		Path: path, Args: []string{told.word, objectType}, Env: process.Environment(append(told.environment(), setting)...),
		Stdin: input, Stdout: &out, Stderr: &out, Grace: time.Second,
	}.Run(t.Context())
	return out.String(), err
}

func TestSampleLog(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	if out, err := runSample(t, "log", "LOG_FILE="+file, nil); err != nil {
		t.Fatal(err, out)
	}
	want := "host web1 is dead: host dead (since 2023-11-14T22:15:23Z, told by w1 w4, event id-web1/1700000000000/2/dead)\n"
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
	if out, err := runSample(t, "webhook", "URL="+server.URL, strings.NewReader(`{"eventtype":2}`)); err != nil {
		t.Fatal(err, out)
	}
	if got, want := <-posted, `POST application/json {"eventtype":2}`; got != want {
		t.Errorf("posted %q, want %q", got, want)
	}
	if out, err := runSample(t, "webhook", "URL="+server.URL+"/refuse", strings.NewReader("{}")); err == nil {
		t.Errorf("refused, and the hook says it is done: %s", out)
	}
	if out, err := runSample(t, "webhook", "URL=", nil); err == nil || !strings.Contains(out, "set URL in") {
		t.Errorf("without an address: %v, %q", err, out)
	}
}
