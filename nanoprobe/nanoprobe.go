package nanoprobe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/mesh"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
)

// Config is what a nanoprobe needs; every field but Labels, CMAs, Caches, Ring and Metrics is required.
type Config struct {
	Host     discovery.Host    // what agents read; its Dir is below which files are taken
	Identity Identity          //
	Labels   Labels            // what the host can't find out itself; may be nil
	Agents   []discovery.Agent // at most discovery.MaxInstances
	LinkDir  string            // symbolic links to files to keep snapshots of; need not exist
	ListFile string            // further such files, and commands, one a line; need not exist
	CMAs     []*api.Client     // any of which takes what is found; none: it goes to the caches only
	Caches   []cache.Server    // every server of the site; none: documents go to the CMA only
	// LookUpCaches says in place of Caches which servers the site has; it is asked again every 10 minutes.
	// nil: Caches is all there is.
	LookUpCaches func(context.Context) ([]cache.Server, error)
	Ring         *Ring        // nil: this host watches nobody and nobody watches it
	Metrics      net.Listener // of Handler, closed by Run; nil: it is not served
	Rand         *rand.Rand   // for jitter and back-off
	Logger       *slog.Logger
}

func (c Config) validate() error {
	switch {
	case c.Host.Dir == "":
		return errors.New("nanoprobe: no host tree")
	case c.Rand == nil || c.Logger == nil:
		return errors.New("nanoprobe: Rand and Logger are required")
	}
	if err := errors.Join(c.Identity.validate(), c.Labels.Validate()); err != nil {
		return fmt.Errorf("nanoprobe: %w", err)
	}
	return nil
}

// Nanoprobe discovers one host, delivers what it finds, and watches its neighbours.
type Nanoprobe struct {
	cfg        Config
	poller     *discovery.Poller
	watcher    *watcher
	looked     chan struct{} // closed after the first look at the files
	filesKnown chan struct{} // closed when it is first known which are wanted
	attachment *attachment
	mesh       *mesh.Mesh // nil without a ring
	cma        *cmaFeed   // nil without a CMA
	caches     *cacheFeeds
	events     uint64 // reported so far; used by report alone

	naming    sync.Mutex      // guards documents, and that a command's output doesn't overtake one
	documents map[string]bool // names that documents have or will have
}

// New returns a Nanoprobe that Run starts.
func New(cfg Config) (*Nanoprobe, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	documents := map[string]bool{cache.TimesPath[1:]: true}
	n := &Nanoprobe{
		cfg: cfg, looked: make(chan struct{}), filesKnown: make(chan struct{}),
		attachment: newAttachment(cfg.Labels), documents: documents,
	}
	for _, a := range cfg.Agents {
		n.documents[a.Name] = true // most instances are named like their agent
	}
	if len(cfg.CMAs) > 0 {
		n.cma = newCMAFeed(cfg.CMAs, n.standing, cfg.Rand, cfg.Logger)
	}
	n.caches = newCacheFeeds(cfg)
	n.watcher = &watcher{
		root: cfg.Host.Dir, linkDir: cfg.LinkDir, listFile: cfg.ListFile,
		changed: n.fileChanged, isDocument: n.isDocument, commands: newCommands(n.outputChanged, cfg.Rand), logger: cfg.Logger,
		rand: rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
	}
	var err error
	n.poller, err = discovery.NewPoller(discovery.PollerConfig{
		Host: cfg.Host, Name: cfg.Identity.Name, HostID: cfg.Identity.HostID, Boot: cfg.Identity.Boot,
		Agents: cfg.Agents, Rand: cfg.Rand, Logger: cfg.Logger, Emit: n.emit,
	})
	if err == nil && cfg.Ring != nil {
		n.mesh, err = mesh.New(n.meshConfig())
	}
	return n, err
}

// Run discovers, delivers and watches until ctx is done, or the ring can't be taken part in or Metrics
// not be served, and returns when all its parts have stopped.
func (n *Nanoprobe) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var parts sync.WaitGroup
	if n.cma != nil {
		parts.Go(func() { n.cma.run(ctx, n.poller.FirstRound()) })
	}
	parts.Go(func() { n.caches.run(ctx, n.filesKnown) })
	if n.mesh != nil {
		parts.Go(func() {
			if err := n.mesh.Run(ctx); err != nil && ctx.Err() == nil {
				fail(fmt.Errorf("ring: %w", err))
			}
		})
		parts.Go(func() { n.tellStanding(ctx) })
	}
	if n.cfg.Metrics != nil {
		parts.Go(func() {
			if err := promtext.Serve(ctx, n.cfg.Metrics, n.metrics, n.cfg.Logger); err != nil && ctx.Err() == nil {
				fail(err)
			}
		})
	}
	parts.Go(func() { n.watcher.run(ctx, n.looked, n.filesKnown) })
	n.poller.Run(ctx)
	parts.Wait()
	return context.Cause(ctx)
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
		if err := n.cma.documents.wait(ctx); err != nil {
			return fmt.Errorf("documents for the cma: %w", err)
		}
	}
	return n.caches.wait(ctx)
}

// emit takes a changed document from the poller. It never refuses: the outboxes have room for every
// instance there can be.
func (n *Nanoprobe) emit(_ context.Context, doc discovery.Document) error {
	if err := n.attachment.learn(doc); err != nil {
		n.cfg.Logger.Warn("what the host hangs on not learnt", "err", err)
	}
	if n.cma != nil {
		n.cma.document(doc)
	}
	n.naming.Lock()
	defer n.naming.Unlock()
	n.documents[doc.Instance] = true
	n.caches.put(&change{path: "@" + doc.Instance, load: func() (cache.Snapshot, bool) { return snapshotDocument(doc), true }})
	return nil
}

// isDocument reports whether the host has, or will have, a document of that name.
func (n *Nanoprobe) isDocument(name string) bool {
	n.naming.Lock()
	defer n.naming.Unlock()
	return n.documents[name]
}

// outputChanged takes what a command printed, unless a document has come by its name meanwhile.
func (n *Nanoprobe) outputChanged(name string, load func() (cache.Snapshot, bool)) {
	n.naming.Lock()
	defer n.naming.Unlock()
	if !n.documents[name] {
		n.caches.put(&change{path: "@" + name, load: load})
	}
}

func (n *Nanoprobe) fileChanged(path string) {
	n.caches.put(&change{path: path, load: func() (cache.Snapshot, bool) { return snapshotFile(n.cfg.Host.Dir, path) }})
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
