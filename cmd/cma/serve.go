package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/graph/neo4j"
)

// settings is the configuration of the CMA.
type settings struct {
	Data     string        `yaml:"data"`      // directory of keys, journal and embedded graph
	Listen   string        `yaml:"listen"`    // host:port of the API
	LogLevel string        `yaml:"log-level"` // debug, info, warn, error
	Hooks    string        `yaml:"hooks"`     // directory of executables to run on events; need not exist
	Queries  string        `yaml:"queries"`   // directory of named queries besides ours; empty: none
	Graph    graphSettings `yaml:"graph"`

	Sites   []config.Site   `yaml:"sites"` // whose caches it indexes and tells others of; as in assim.yaml
	Indexer indexerSettings `yaml:"indexer"`
}

type graphSettings struct {
	Store        string `yaml:"store"` // embedded, neo4j
	URI          string `yaml:"uri"`   // of Neo4j: bolt://host:7687
	CAFile       string `yaml:"ca-file"`
	Username     string `yaml:"username"`
	PasswordFile string `yaml:"password-file"`
	Database     string `yaml:"database"` // empty: the user's own

	QueryTime   config.Duration `yaml:"query-time"`
	QueryRows   int             `yaml:"query-rows"`
	QueryMemory int             `yaml:"query-memory"` // MB
}

func defaults() settings {
	limits := graph.Limits{}.WithDefaults()
	return settings{
		Data: "/var/lib/assim-cma", Listen: "0.0.0.0:1984", LogLevel: "info", Hooks: "/etc/assim/notification.d",
		Graph: graphSettings{
			Store: "embedded", URI: "bolt://127.0.0.1:7687", Username: "neo4j",
			QueryTime: config.Duration(limits.Time), QueryRows: limits.Rows, QueryMemory: limits.Memory / megabyte,
		},
		Indexer: indexerSettings{Run: true, MinHosts: 32, Every: config.Duration(10 * time.Second), MemoryMiB: 96},
	}
}

// serve runs the CMA until ctx is done.
func serve(ctx context.Context, s settings, stderr io.Writer) (err error) {
	logger, err := config.Logger(stderr, s.LogLevel)
	if err != nil {
		return fmt.Errorf("configuration: log-level: %w", err)
	}
	own, err := cma.Init(s.Data, time.Now())
	if err != nil {
		return err
	}
	queries, err := s.queries()
	if err != nil {
		return fmt.Errorf("configuration: queries: %w", err)
	}
	journal, err := cma.OpenJournal(filepath.Join(s.Data, "journal.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, journal.Close()) }()
	store, err := s.Graph.open(ctx, s.Data, logger)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	indexers, err := s.indexers(logger)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return err
	}
	c, err := cma.New(cma.Config{
		Listener: listener, Installation: own, Journal: journal, Store: store, Queries: queries, HookDir: s.Hooks,
		Sites: config.Places(s.Sites), Metrics: indexers.Metrics, Version: version(), Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())), Logger: logger,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	logger.Info("cma starts", "listen", listener.Addr().String(), "fleet", filepath.Join(s.Data, cma.FleetFile))
	err = together(ctx, c.Run, indexers.Run)
	logger.Info("cma ends")
	return err
}

// firstOpen is how long the start waits for Neo4j before it goes on without: long enough to hear of a
// wrong password, and short beside what nanoprobes wait for an answer.
const firstOpen = 5 * time.Second

// open opens the graph. A Neo4j that can't be reached is opened as soon as it can: the journal takes
// what comes meanwhile. What is wrong with one that answers is an error.
func (g graphSettings) open(ctx context.Context, data string, logger *slog.Logger) (graph.Store, error) {
	limits, err := g.limits()
	if err != nil {
		return nil, err
	}
	switch g.Store {
	case "embedded":
		if os.Getenv("GOGC") == "" {
			debug.SetGCPercent(embedded.GCPercent)
		}
		return embedded.Open(filepath.Join(data, "graph.db"), logger, embedded.WithLimits(limits))
	case "neo4j":
		password, err := config.Secret(g.PasswordFile)
		if err != nil {
			return nil, err
		}
		ca, err := config.Authorities(g.CAFile)
		if err != nil {
			return nil, err
		}
		open := func(ctx context.Context) (graph.Store, error) {
			return neo4j.Open(ctx, neo4j.Config{
				URI: g.URI, CA: ca, Username: g.Username, Password: password, Database: g.Database, Logger: logger,
				Limits: limits,
			})
		}
		first, cancel := context.WithTimeout(ctx, firstOpen)
		defer cancel()
		store, err := open(first)
		if errors.Is(err, neo4j.ErrUnreachable) || errors.Is(err, context.DeadlineExceeded) {
			logger.Warn("the graph is fed later", "err", err)
			store, err = nil, nil
		}
		if err != nil {
			return nil, err
		}
		return graph.NewLater(store, open, func(err error) bool { return errors.Is(err, neo4j.ErrReplaced) }), nil
	}
	return nil, fmt.Errorf("configuration: graph.store: %q is neither embedded nor neo4j", g.Store)
}

// megabyte is the unit of graph.query-memory, in bytes.
const megabyte = 1_000_000

// limits are those of a query. Each has a floor that keeps assim's own questions answered.
func (g graphSettings) limits() (graph.Limits, error) {
	switch {
	case g.QueryTime < config.Duration(time.Second) || g.QueryTime > config.Duration(api.MaxQueryTime):
		return graph.Limits{}, fmt.Errorf("configuration: graph.query-time: %v, 1s to 1h", time.Duration(g.QueryTime))
	case g.QueryRows < 10_000 || g.QueryRows > 100_000_000:
		return graph.Limits{}, fmt.Errorf("configuration: graph.query-rows: %d, 10000 to 100000000", g.QueryRows)
	case g.QueryMemory < 20 || g.QueryMemory > 1_000_000:
		return graph.Limits{}, fmt.Errorf("configuration: graph.query-memory: %d MB, 20 to 1000000", g.QueryMemory)
	}
	return graph.Limits{Time: time.Duration(g.QueryTime), Rows: g.QueryRows, Memory: g.QueryMemory * megabyte}, nil
}

func (s settings) queries() ([]graph.Named, error) {
	if s.Queries == "" {
		return nil, nil
	}
	if _, err := os.ReadDir(s.Queries); err != nil {
		return nil, err
	}
	own, err := graph.Load(os.DirFS(s.Queries))
	if err != nil {
		return nil, err
	}
	_, err = graph.Queries(own...) // a name that is taken is a fault of the directory as well
	return own, err
}

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
