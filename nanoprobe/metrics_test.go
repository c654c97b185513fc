package nanoprobe

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/mesh"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func scrape(t *testing.T, addr string) []promtext.Family {
	t.Helper()
	answer, err := http.Get("http://" + addr + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if got := answer.Header.Get("Content-Type"); got != promtext.ContentType {
		t.Errorf("content type %q, want %q", got, promtext.ContentType)
	}
	families, err := promtext.Parse(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// TestMetrics: two real nanoprobes watch each other, and one tells of it and of all that it does.
func TestMetrics(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web1 := ringedProbe(t, "web1", func(c *Config) {
		c.Metrics = listener
		c.Caches = []cache.Server{{Addr: "127.0.0.1:1"}} // nobody is there
		c.Agents = []discovery.Agent{
			{Name: "good", Every: time.Hour, Discover: func(context.Context, discovery.Host) (any, error) { return map[string]int{"x": 1}, nil }},
			{Name: "bad", Every: time.Hour, Discover: func(context.Context, discovery.Host) (any, error) { return nil, errors.New("broken") }},
		}
	})
	web1.start(t)
	seed := web1.addr(t)
	ringedProbe(t, "web2", func(c *Config) { c.Ring.Seeds = []string{seed} }).start(t)

	addr := listener.Addr().String()
	inRing := []string{"ring", "north", "level", "0"}
	link := append(inRing, "neighbour", "web2", "host_id", "id-of-web2")
	deadline := time.Now().Add(20 * time.Second)
	families := scrape(t, addr)
	for rtt := 0.0; rtt == 0; {
		if rtt, _ = promtext.Find(families, "assim_nanoprobe_neighbour_rtt_seconds", append(link, "stat", "mean")...); time.Now().After(deadline) {
			t.Fatalf("no heartbeat answered in 20 s:\n%s", promtext.Append(nil, families...))
		}
		time.Sleep(50 * time.Millisecond) // a heartbeat a second
		families = scrape(t, addr)
	}

	for _, tt := range []struct {
		name     string
		labels   []string
		min, max float64
	}{
		{"rings", nil, 1, 2}, // and that of representatives
		{"ring_members", inRing, 2, 2},
		{"ring_heartbeats_sent_total", inRing, 1, 40},
		{"ring_heartbeats_missed_total", inRing, 0, 40},
		{"ring_suspicions_raised_total", inRing, 0, 0},
		{"ring_deaths_total", inRing, 0, 0},
		{"ring_messages_sent_total", append(inRing, "kind", "ask"), 0, 0},
		{"neighbour_rtt_seconds", append(link, "stat", "p99"), 1e-6, 1},
		{"neighbour_silent_seconds", link, 0, 10},
		{"sent_datagrams_total", []string{"kind", "heartbeat"}, 1, 80},
		{"sent_datagram_bytes_total", []string{"kind", "heartbeat"}, 20, 80 * 1400},
		{"received_datagrams_total", nil, 1, 400},
		{"dropped_packets_total", []string{"reason", "oversize"}, 0, 0},
		{"agent_runs_total", []string{"agent", "bad"}, 1, 1},
		{"agent_failures_total", []string{"agent", "bad"}, 1, 1},
		{"agent_failures_total", []string{"agent", "good"}, 0, 0},
		{"agent_documents_total", []string{"agent", "good"}, 1, 1},
		{"outbox_items", []string{"destination", "cache 127.0.0.1:1"}, 1, 1},
		{"failed_deliveries_total", []string{"destination", "cache 127.0.0.1:1"}, 1, 40},
		{"delivered_items_total", []string{"destination", "cache 127.0.0.1:1"}, 0, 0},
	} {
		got, ok := promtext.Find(families, "assim_nanoprobe_"+tt.name, tt.labels...)
		if !ok || got < tt.min || got > tt.max {
			t.Errorf("%s %q is %v, there %t; want %v to %v", tt.name, tt.labels, got, ok, tt.min, tt.max)
		}
	}
}

func TestHandlerAnswersLittleElse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := ringedProbe(t, "web1", func(c *Config) { c.Ring, c.Metrics = nil, listener })
	n.start(t)
	base := "http://" + listener.Addr().String()
	for _, tt := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/healthz", 200, "ok\n"}, {"POST", "/metrics", 405, ""}, {"GET", "/", 404, ""}, {"GET", "/debug/pprof/", 404, ""},
	} {
		request, err := http.NewRequest(tt.method, base+tt.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil || answer.StatusCode != tt.status || tt.body != "" && string(body) != tt.body {
			t.Errorf("%s %s: %d, %q, %v; want %d, %q", tt.method, tt.path, answer.StatusCode, body, err, tt.status, tt.body)
		}
	}
	for _, f := range scrape(t, listener.Addr().String()) {
		if strings.Contains(f.Name, "ring") {
			t.Errorf("without a ring there is %q", f.Name)
		}
	}
}

// TestMetricsOfTwoRingsOfOneName: a host that moves to a ring of the same name has each sample once.
func TestMetricsOfTwoRingsOfOneName(t *testing.T) {
	neighbour := ring.Neighbour{Member: ring.Member{ID: "id2", Name: "web2"}, RTTMin: 1, RTTMean: 2, RTTP99: 3}
	s := mesh.Stats{Refused: map[string]uint64{"replay": 2, "malformed": 1}, Rings: []mesh.RingStats{
		{Name: "+1", Level: 1, Members: 5}, {Name: "north", Members: 3, Watching: []ring.Neighbour{neighbour}},
		{Name: "north", Members: 4, Watching: []ring.Neighbour{neighbour}},
	}}
	families, err := promtext.Parse(bytes.NewReader(promtext.Append(nil, meshMetrics(s)...)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name   string
		labels []string
		want   float64
	}{
		{"rings", nil, 2},
		{"ring_members", []string{"ring", "north", "level", "0"}, 3},
		{"ring_members", []string{"ring", "+1", "level", "1"}, 5},
		{"neighbour_rtt_seconds", []string{"ring", "north", "level", "0", "neighbour", "web2", "host_id", "id2", "stat", "mean"}, 2e-9},
		{"refused_messages_total", []string{"reason", "replay"}, 2},
	} {
		if got, ok := promtext.Find(families, "assim_nanoprobe_"+tt.name, tt.labels...); got != tt.want || !ok {
			t.Errorf("%s %q is %v, there %t; want %v", tt.name, tt.labels, got, ok, tt.want)
		}
	}
}
