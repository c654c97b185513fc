package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/graph/graphtest"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// scriptCMA is the CMA of a script, with an embedded graph.
type scriptCMA struct {
	server  *cma.CMA
	client  *api.Client
	store   *embedded.Store
	sent    uint64 // documents
	reports uint64 // of deaths
}

// cmaKey is where a script keeps its scriptCMA among its values.
type cmaKey struct{}

// startCMA is the command cma: it runs a CMA until the script ends, and has $ASSIM_CONFIG name it. With
// "away", its graph can't be opened.
func startCMA(ts *testscript.TestScript, neg bool, args []string) {
	dir, logger := ts.MkAbs("cma"), slog.New(slog.DiscardHandler)
	own, err1 := cma.Init(dir, time.Now())
	journal, err2 := cma.OpenJournal(filepath.Join(dir, "journal.db"))
	store, err3 := embedded.Open(filepath.Join(dir, "graph.db"), logger)
	listener, err4 := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(errors.Join(err1, err2, err3, err4))
	c := &scriptCMA{store: store}
	config := cma.Config{Listener: listener, Installation: own, Journal: journal, Store: store, Logger: logger, Rand: rand.New(rand.NewPCG(1, 1))}
	if len(args) == 1 && args[0] == "away" {
		config.Store = graph.NewLater(nil, func(context.Context) (graph.Store, error) { return nil, errors.New("no server there") }, nil)
	}
	var err error
	c.server, err = cma.New(config)
	ts.Check(err)
	c.client, err = api.Dial("https://"+listener.Addr().String(), own.Fleet, api.Options{})
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.server.Run(ctx) }()
	ts.Defer(func() {
		c.client.Close()
		cancel()
		if err := errors.Join(<-done, journal.Close(), store.Close()); err != nil {
			ts.Logf("cma: %v", err)
		}
	})
	text := fmt.Sprintf("fleet: %s\ncma: https://%s\n", filepath.Join(dir, cma.FleetFile), listener.Addr())
	ts.Check(os.WriteFile(ts.MkAbs("cma.yaml"), []byte(text), 0o600))
	ts.Setenv("ASSIM_CONFIG", ts.MkAbs("cma.yaml"))
	*ts.Value(cmaKey{}).(**scriptCMA) = c
}

// tellCMA is the command tell: it sends the documents of a file, {"host", "instance", "proxy"?, "data"} a line,
// and waits until they are in the graph. A host's id is its name with "id_" before it. The proxy is
// in the instance as well.
func tellCMA(ts *testscript.TestScript, neg bool, args []string) {
	c := *ts.Value(cmaKey{}).(**scriptCMA)
	var docs api.Documents
	for line := range strings.Lines(ts.ReadFile(args[0])) {
		var d struct {
			Host, Instance, Proxy string
			Data                  json.RawMessage
		}
		ts.Check(json.Unmarshal([]byte(line), &d))
		c.sent++
		instance := d.Instance
		if d.Proxy != "" {
			instance += "-" + strings.ReplaceAll(d.Proxy, "/", "-")
		}
		said := discovery.Envelope{DiscoverType: d.Instance, Instance: instance, Proxy: d.Proxy, Data: d.Data}
		doc, err := discovery.Seal(discovery.Agent{Name: d.Instance}, said, discovery.Origin{Host: d.Host, HostID: "id_" + d.Host, Boot: 1}, c.sent, time.Now())
		ts.Check(err)
		docs.Documents = append(docs.Documents, doc)
	}
	stored, err := c.client.SendDocuments(context.Background(), docs)
	ts.Check(err)
	if len(stored.Refused) > 0 {
		ts.Fatalf("refused: %+v", stored.Refused)
	}
	ts.Check(c.drained())
}

// drained waits until the graph has what the CMA was told.
func (c *scriptCMA) drained() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return c.server.Drained(ctx)
}

// assertFacts is the command assert: it adds what a file says, in the notation of package graphtest, to the graph.
func assertFacts(ts *testscript.TestScript, neg bool, args []string) {
	c := *ts.Value(cmaKey{}).(**scriptCMA)
	facts, err := graphtest.Facts(graph.Source{Host: "elsewhere", Instance: args[0], Boot: 1, Seq: 1, Hash: "1"}, ts.ReadFile(args[0]))
	ts.Check(err)
	_, err = c.store.Apply(context.Background(), []graph.Facts{facts})
	ts.Check(err)
}

// reportDead is the command dead: it tells the CMA that hosts have died.
func reportDead(ts *testscript.TestScript, neg bool, args []string) {
	c := *ts.Value(cmaKey{}).(**scriptCMA)
	for _, host := range args {
		c.reports++
		event := ring.Event{
			Kind: ring.Dead, State: ring.HostDead, Witness: "id_witness", Number: c.reports,
			Subject: ring.Member{ID: ring.HostID("id_" + host), Name: host, Addr: "192.0.2.7:7946", Boot: 1},
		}
		stored, err := c.client.SendEvents(context.Background(), api.Events{Events: []ring.Event{event}})
		ts.Check(err)
		if len(stored.Refused) > 0 {
			ts.Fatalf("refused: %+v", stored.Refused)
		}
	}
	ts.Check(c.drained())
}
