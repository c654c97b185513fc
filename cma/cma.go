package cma

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/alert"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// Limits of the HTTPS server. A nanoprobe behind a slow line needs a minute for the largest request.
const (
	headerTimeout   = 10 * time.Second
	requestTimeout  = 2 * time.Minute
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second // for the requests under way when Run is told to end
	maxHeaderBytes  = 16 << 10
)

// Config is what a CMA is made of. What is open stays its caller's to close, after Run has returned;
// the listener Run closes.
type Config struct {
	Listener     net.Listener // TCP, plain: Run speaks TLS on it
	Installation Installation
	Journal      *Journal
	Store        graph.Store              // one that was made anew is fed all that the journal holds
	Queries      []graph.Named            // besides those of graph.Queries; the same name is an error
	HookDir      string                   // the notification.d directory, see package alert; empty or not there: no hooks
	Sites        []sites.Site             // told by /v1/sites: where the caches are; may be none
	Version      string                   // told by /v1/status
	Metrics      func() []promtext.Family // of other parts of the process, for /metrics; may be nil
	Rand         *rand.Rand               // jitter of retries; used by Run only
	Logger       *slog.Logger
}

func (c Config) validate() error {
	for _, f := range []struct {
		name    string
		missing bool
	}{
		{"Listener", c.Listener == nil},
		{"Installation", len(c.Installation.Certificate.Certificate) == 0},
		{"Journal", c.Journal == nil},
		{"Store", c.Store == nil},
		{"Rand", c.Rand == nil},
		{"Logger", c.Logger == nil},
	} {
		if f.missing {
			return fmt.Errorf("cma: Config.%s is not set", f.name)
		}
	}
	return nil
}

// CMA is the server.
type CMA struct {
	Config
	queries   []graph.Named
	bearer    string
	started   time.Time
	hooks     *alert.Hooks
	zstd      *zstd.Decoder        // DecodeAll only, which may be called concurrently
	ingests   chan struct{}        // a token for each request whose content is being stored
	wake      chan struct{}        // holds a token while something may wait for the graph
	drains    chan chan<- struct{} // calls of Drained; taken when the queue is empty
	news      *bell                // rung when there may be news of events
	roll      *roll                // who was heard
	followers chan struct{}        // a token for each request that may wait for news
	auditing  allowance            // of audits to be stored
	ending    chan struct{}        // closed when no request shall wait any more
	stats     stats
}

// stats are counted from the start; see api.Status.
type stats struct {
	received, unchanged, refused, applied, underivable, applyFailures, queries atomic.Uint64
	eventsReceived, eventsDuplicate, eventsRefused                             atomic.Uint64
	signaturesRefused, keysRefused, auditsRefused                              atomic.Uint64
	movesPassed, addressesForgotten                                            atomic.Uint64
}

// New returns a CMA that does nothing before Run, which is called once.
func New(c Config) (*CMA, error) {
	if err := c.validate(); err != nil {
		return nil, err
	}
	queries, err := graph.Queries(c.Queries...)
	if err != nil {
		return nil, err
	}
	if c.Sites, err = sites.Check(c.Sites); err != nil && !errors.Is(err, sites.ErrNone) {
		return nil, err
	}
	dec, err := newDecoder()
	if err != nil {
		return nil, err
	}
	news := newBell()
	hooks, err := alert.New(alert.Config{
		Dir: c.HookDir, Logger: c.Logger,
		Events: alert.Events{
			Waiting: c.Journal.Alerts, Note: c.Journal.NoteHook,
			End: func(event uint64) error {
				defer news.ring()
				return c.Journal.EndAlert(event)
			},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("hooks: %w", err)
	}
	return &CMA{
		Config: c, queries: queries, bearer: c.Installation.Fleet.Bearer(), started: time.Now(), hooks: hooks, zstd: dec,
		ingests: make(chan struct{}, maxIngests), wake: make(chan struct{}, 1), drains: make(chan chan<- struct{}),
		news: news, roll: newRoll(), followers: make(chan struct{}, maxFollowers), ending: make(chan struct{}),
	}, nil
}

// Run serves, feeds the graph, finds causes, tells of addresses that move and runs hooks until ctx is
// done, which is no error, or one of these can't go on. It returns when all have ended.
func (c *CMA) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	parts := []func(context.Context) error{c.serve, c.work, c.findCauses, c.watchMoves, c.hooks.Run}
	ended := make(chan error, len(parts))
	for _, part := range parts {
		go func() {
			defer cancel()
			ended <- part(ctx)
		}()
	}
	var err error
	for range parts {
		err = errors.Join(err, <-ended)
	}
	return err
}

// serve answers requests until ctx is done.
func (c *CMA) serve(ctx context.Context) error {
	server := &http.Server{
		Handler:           c.Handler(),
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{c.Installation.Certificate}},
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      requestTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug), // a port scan is no news
	}
	server.RegisterOnShutdown(func() { close(c.ending) })
	served := make(chan error, 1)
	go func() { served <- server.ServeTLS(c.Listener, "", "") }()
	select {
	case err := <-served:
		return fmt.Errorf("serve %s: %w", c.Listener.Addr(), err)
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := server.Shutdown(limited); err != nil {
		c.Logger.Warn("requests cut off at shutdown", "after", shutdownTimeout)
		server.Close()
	}
	<-served
	return nil
}
