package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/indexing"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/nanoprobe"
)

// Addresses that up takes if they are free, so that they are the same after a restart and easy to
// remember. Otherwise it takes any port: other commands read which from the installation.
const (
	apiAddr   = "127.0.0.1:1984"
	cacheAddr = "127.0.0.1:1985"
	anyAddr   = "127.0.0.1:0"
)

// localSite is the site of an 'assim up'.
const localSite = "local"

// scriptsEvery is how often a discovery script runs. Scripts tell of hardware and the like.
const scriptsEvery = time.Hour

// parts are what one process runs on one installation.
type parts struct {
	logger   *slog.Logger
	identity nanoprobe.Identity
	own      cma.Installation
	fleet    api.Fleet // own's
	journal  *cma.Journal
	store    *embedded.Store
	cma      *cma.CMA
	listener net.Listener // the CMA's
	cache    *cache.LocalServer
	indexers *indexing.Indexers
	client   *api.Client // the nanoprobe's
	probe    *nanoprobe.Nanoprobe
}

// openParts opens everything, what others depend on first, and tells the installation where it
// listens. What it opened before an error it closes.
func openParts(inst installation, logger *slog.Logger) (*parts, error) {
	p := &parts{logger: logger}
	random := rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	var err error
	if p.own, err = cma.Init(inst.dir, time.Now()); err != nil {
		return nil, err
	}
	p.fleet = p.own.Fleet
	for _, open := range []func(installation, *rand.Rand) error{p.openCache, p.openCMA, p.openProbe} {
		if err := open(inst, random); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	err = inst.writeEndpoints(endpoints{API: p.listener.Addr().String(), Cache: p.cache.Addr()})
	if err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *parts) openCMA(inst installation, random *rand.Rand) (err error) {
	if p.journal, err = cma.OpenJournal(inst.path("journal.db")); err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(embedded.GCPercent)
	}
	if p.store, err = embedded.Open(inst.path("graph.db"), p.logger); err != nil {
		return err
	}
	if p.listener, err = net.Listen("tcp", apiAddr); err != nil {
		if p.listener, err = net.Listen("tcp", anyAddr); err != nil {
			return err
		}
	}
	p.cma, err = cma.New(cma.Config{
		Listener: p.listener, Journal: p.journal, Store: p.store, Installation: p.own, Version: thisBuild().Version, Rand: random, Logger: p.logger,
		Sites:   []sites.Site{{Name: localSite, Servers: []sites.Server{{Addr: p.cache.Addr(), FleetPassword: true}}}},
		Metrics: p.indexers.Metrics,
	})
	return err
}

func (p *parts) openCache(installation, *rand.Rand) (err error) {
	if p.cache, err = cache.NewLocalServer(cacheAddr, p.fleet.CachePassword()); err != nil {
		p.cache, err = cache.NewLocalServer(anyAddr, p.fleet.CachePassword())
	}
	if err != nil {
		return err
	}
	p.indexers = indexing.New(indexing.Config{
		Sites: []cache.Site{{Name: localSite, Servers: []cache.Server{p.cacheServer()}}}, Name: "assim up", Logger: p.logger,
	})
	return nil
}

func (p *parts) openProbe(inst installation, random *rand.Rand) (err error) {
	if p.identity, err = nanoprobe.LoadIdentity(inst.path("identity"), "/", "", "", time.Now()); err != nil {
		return err
	}
	if p.client, err = api.Dial("https://"+p.listener.Addr().String(), p.fleet, api.Options{}); err != nil {
		return err
	}
	scripts := nanoprobe.ScriptDirs{Own: inst.path("discovery.d"), Shipped: inst.path("discovery.shipped")}
	agents, err := nanoprobe.Agents(discovery.Agents(), scripts, scriptsEvery, p.logger)
	if err != nil {
		return err
	}
	p.probe, err = nanoprobe.New(nanoprobe.Config{
		Host: discovery.LiveHost("/"), Identity: p.identity, Agents: agents,
		LinkDir: inst.path("snapshot.d"), ListFile: inst.path("snapshot.list"),
		CMAs: []*api.Client{p.client}, Caches: []cache.Server{p.cacheServer()},
		Rand: random, Logger: p.logger,
	})
	return err
}

// run runs every part until ctx is done or one has failed, waits for all, and returns why it ended.
func (p *parts) run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var running sync.WaitGroup
	for name, run := range map[string]func(context.Context) error{
		"cma":       p.cma.Run,
		"cache":     p.cache.Run,
		"indexing":  p.indexers.Run,
		"nanoprobe": p.probe.Run,
	} {
		running.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				fail(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	running.Wait()
	return context.Cause(ctx)
}

func (p *parts) cacheServer() cache.Server {
	return cache.Server{Addr: p.cache.Addr(), Password: p.fleet.CachePassword()}
}

// settle returns when the first round of discovery is over and all of it is in cache and graph.
func (p *parts) settle(ctx context.Context) error {
	if err := p.probe.Settled(ctx); err != nil {
		return err
	}
	return p.cma.Drained(ctx)
}

func (p *parts) close() error {
	var err error
	if p.client != nil {
		p.client.Close()
	}
	if p.cache != nil {
		p.cache.Close()
	}
	if p.listener != nil {
		p.listener.Close() // closed already by a run
	}
	if p.store != nil {
		err = p.store.Close()
	}
	if p.journal != nil {
		err = errors.Join(err, p.journal.Close())
	}
	return err
}
