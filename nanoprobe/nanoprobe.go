package nanoprobe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
)

// Config is what a nanoprobe needs; every field but CMA and Caches is required.
type Config struct {
	Host     discovery.Host    // what agents read; its Dir is below which files are taken
	Identity Identity          //
	Agents   []discovery.Agent // at most maxInstances
	LinkDir  string            // symbolic links to files to keep snapshots of; need not exist
	ListFile string            // further such files, one a line; need not exist
	CMA      *api.Client       // nil: documents go to the caches only
	Caches   []cache.Server    // every server of the site; none: documents go to the CMA only
	Rand     *rand.Rand        // for jitter and back-off
	Logger   *slog.Logger
}

// maxInstances bounds the documents of a host, and with them what an outbox can hold.
const maxInstances = 4096

func (c Config) validate() error {
	switch {
	case c.Host.Dir == "":
		return errors.New("nanoprobe: no host tree")
	case c.Identity.HostID == "" || c.Identity.Name == "" || c.Identity.Boot == 0:
		return fmt.Errorf("nanoprobe: identity %+v is not complete", c.Identity)
	case len(c.Agents) > maxInstances:
		return fmt.Errorf("nanoprobe: %d agents, at most %d", len(c.Agents), maxInstances)
	case c.Rand == nil || c.Logger == nil:
		return errors.New("nanoprobe: Rand and Logger are required")
	}
	return nil
}

// Nanoprobe discovers one host and delivers what it finds.
type Nanoprobe struct {
	cfg     Config
	poller  *discovery.Poller
	watcher *watcher
	looked  chan struct{} // closed after the first look at the files

	cma    *delivery[discovery.Document] // nil without a CMA
	caches []*cacheFeed
}

// New returns a Nanoprobe that Run starts.
func New(cfg Config) (*Nanoprobe, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Nanoprobe{cfg: cfg, looked: make(chan struct{})}
	if cfg.CMA != nil {
		n.cma = newDelivery("cma", maxInstances, api.MaxDocuments, n.sendDocuments, cfg.Rand, cfg.Logger)
	}
	for _, c := range cfg.Caches {
		n.caches = append(n.caches, newCacheFeed(c, cfg.Identity, cfg.Rand, cfg.Logger))
	}
	n.watcher = &watcher{
		root: cfg.Host.Dir, linkDir: cfg.LinkDir, listFile: cfg.ListFile,
		changed: n.fileChanged, logger: cfg.Logger,
		rand: rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
	}
	var err error
	n.poller, err = discovery.NewPoller(discovery.PollerConfig{
		Host: cfg.Host, Name: cfg.Identity.Name, HostID: cfg.Identity.HostID, Boot: cfg.Identity.Boot,
		Agents: cfg.Agents, Rand: cfg.Rand, Logger: cfg.Logger, Emit: n.emit,
	})
	return n, err
}

// Run discovers and delivers until ctx is done, and returns when all its parts have stopped.
func (n *Nanoprobe) Run(ctx context.Context) error {
	var parts sync.WaitGroup
	if n.cma != nil {
		parts.Go(func() { n.cma.run(ctx) })
	}
	for _, c := range n.caches {
		parts.Go(func() { c.run(ctx, n.looked) })
	}
	parts.Go(func() { n.watcher.run(ctx, func() { close(n.looked) }) })
	err := n.poller.Run(ctx)
	parts.Wait()
	return err
}

// Settled returns when every agent has run once and all that was found is stored at every
// destination, or with ctx's error.
func (n *Nanoprobe) Settled(ctx context.Context) error {
	for _, first := range []<-chan struct{}{n.poller.FirstRound(), n.looked} {
		select {
		case <-first:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if n.cma != nil {
		if err := n.cma.wait(ctx); err != nil {
			return fmt.Errorf("documents for the cma: %w", err)
		}
	}
	for _, c := range n.caches {
		if err := c.box.wait(ctx); err != nil {
			return fmt.Errorf("snapshots for %s: %w", c.box.name, err)
		}
	}
	return nil
}

// Agents says how each agent fares.
func (n *Nanoprobe) Agents() []discovery.AgentStats { return n.poller.Stats() }

// emit takes a changed document from the poller. It never refuses: the outboxes have room for every
// instance there can be.
func (n *Nanoprobe) emit(_ context.Context, doc discovery.Document) error {
	if n.cma != nil {
		n.cma.put(doc.Instance, doc)
	}
	change := &change{path: "@" + doc.Instance, load: func() (cache.Snapshot, bool) { return snapshotDocument(doc), true }}
	for _, c := range n.caches {
		c.put(change)
	}
	return nil
}

func (n *Nanoprobe) fileChanged(path string) {
	change := &change{path: path, load: func() (cache.Snapshot, bool) { return snapshotFile(n.cfg.Host.Dir, path) }}
	for _, c := range n.caches {
		c.put(change)
	}
}

func (n *Nanoprobe) sendDocuments(ctx context.Context, docs []discovery.Document) error {
	stored, err := n.cfg.CMA.SendDocuments(ctx, api.Documents{Documents: docs})
	if err != nil {
		return err
	}
	for _, r := range stored.Refused { // for good: sending it again would be refused again
		n.cfg.Logger.Error("document refused by the cma", "instance", r.Instance, "reason", r.Reason)
	}
	return nil
}

// snapshotDocument is a document as the cache keeps it: a line a fact, so that a search for a fact
// answers with that fact and not with all the document.
func snapshotDocument(doc discovery.Document) cache.Snapshot {
	var text bytes.Buffer
	if err := json.Indent(&text, doc.Data, "", "  "); err != nil {
		panic("nanoprobe: sealed document is not JSON: " + err.Error())
	}
	text.WriteByte('\n')
	return cache.Snapshot{Path: "@" + doc.Instance, Content: text.Bytes(), Changed: doc.Time()}
}
