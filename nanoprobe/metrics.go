package nanoprobe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

const (
	// scrapeTimeout bounds a request and its answer, which takes a millisecond and some 20 KB.
	scrapeTimeout  = 10 * time.Second
	maxHeaderBytes = 8 << 10
)

// Handler answers GET /metrics and GET /healthz. It asks nobody who they are: the metrics name the
// host's neighbours, agents and destinations, and hold no secret.
func (n *Nanoprobe) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /metrics", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", promtext.ContentType)
		w.Write(promtext.Append(nil, n.metrics()...)) // nobody is told if the reader has gone
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "ok\n")
	})
	return mux
}

// serveMetrics answers requests until ctx is done.
func (n *Nanoprobe) serveMetrics(ctx context.Context) error {
	server := &http.Server{
		Handler: n.Handler(), ReadTimeout: scrapeTimeout, WriteTimeout: scrapeTimeout, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: maxHeaderBytes,
		ErrorLog:       slog.NewLogLogger(n.cfg.Logger.Handler(), slog.LevelDebug), // a port scan is no news
	}
	defer context.AfterFunc(ctx, func() { server.Close() })()
	err := server.Serve(n.cfg.Metrics)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("metrics: %w", err)
}

// metrics are all that is counted on this host.
func (n *Nanoprobe) metrics() []promtext.Family {
	all := n.deliveryMetrics()
	all = append(all, n.caches.metrics()...)
	all = append(all, n.agentMetrics()...)
	if n.mesh != nil {
		all = append(all, meshMetrics(n.mesh.Stats())...)
	}
	return all
}

// family is a metric of this program.
func family(name string, kind promtext.Type, help string) promtext.Family {
	return promtext.Family{Name: "assim_nanoprobe_" + name, Type: kind, Help: help}
}

func label(name, value string) promtext.Label { return promtext.Label{Name: name, Value: value} }

func (n *Nanoprobe) deliveryMetrics() []promtext.Family {
	var all []deliveryStats
	if n.cma != nil {
		all = append(all, n.cma.documents.stats(), n.cma.events.stats(), n.cma.views.stats())
	}
	for _, c := range n.caches.running() {
		all = append(all, c.box.stats())
	}
	waiting := family("outbox_items", promtext.Gauge, "Items that a destination has not stored yet.")
	refused := family("outbox_refused_items_total", promtext.Counter, "Items dropped because too many waited for the destination.")
	delivered := family("delivered_items_total", promtext.Counter, "Items that a destination has stored.")
	failed := family("failed_deliveries_total", promtext.Counter, "Batches that a destination did not take and that are tried again.")
	for _, s := range all {
		to := label("destination", s.Name)
		waiting.Add(float64(s.Waiting), to)
		refused.Add(float64(s.Refused), to)
		delivered.Add(float64(s.Delivered), to)
		failed.Add(float64(s.Failures), to)
	}
	return []promtext.Family{waiting, refused, delivered, failed}
}

func (n *Nanoprobe) agentMetrics() []promtext.Family {
	runs := family("agent_runs_total", promtext.Counter, "Turns of a discovery agent, whatever came of them.")
	failures := family("agent_failures_total", promtext.Counter, "Turns of a discovery agent that failed.")
	documents := family("agent_documents_total", promtext.Counter, "Changed documents that a discovery agent found.")
	took := family("agent_duration_seconds", promtext.Gauge, "How long the last turn of a discovery agent took.")
	for _, s := range n.poller.Stats() {
		agent := label("agent", s.Name)
		runs.Add(float64(s.Runs), agent)
		failures.Add(float64(s.Failures), agent)
		documents.Add(float64(s.Documents), agent)
		took.Add(s.LastDuration.Seconds(), agent)
	}
	return []promtext.Family{runs, failures, documents, took}
}
