package nanoprobe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/mesh"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Config is what a nanoprobe needs; every field but CMAs, Caches and Ring is required.
type Config struct {
	Host     discovery.Host    // what agents read; its Dir is below which files are taken
	Identity Identity          //
	Agents   []discovery.Agent // at most maxInstances
	LinkDir  string            // symbolic links to files to keep snapshots of; need not exist
	ListFile string            // further such files, one a line; need not exist
	CMAs     []*api.Client     // any of which takes what is found; none: it goes to the caches only
	Caches   []cache.Server    // every server of the site; none: documents go to the CMA only
	Ring     *Ring             // nil: this host watches nobody and nobody watches it
	Rand     *rand.Rand        // for jitter and back-off
	Logger   *slog.Logger
}

// Ring is how the nanoprobe takes part in its ring; see mesh.Config for the fields.
type Ring struct {
	Bind, Advertise string
	Seeds           []string
	Key             []byte
	Profile         ring.Profile
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

// Nanoprobe discovers one host, delivers what it finds, and watches its neighbours.
type Nanoprobe struct {
	cfg     Config
	poller  *discovery.Poller
	watcher *watcher
	looked  chan struct{} // closed after the first look at the files
	mesh    *mesh.Mesh    // nil without a ring
	cma     *cmaFeed      // nil without a CMA
	caches  []*cacheFeed
}

// New returns a Nanoprobe that Run starts.
func New(cfg Config) (*Nanoprobe, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	n := &Nanoprobe{cfg: cfg, looked: make(chan struct{})}
	if len(cfg.CMAs) > 0 {
		n.cma = newCMAFeed(cfg.CMAs, cfg.Identity, n.self, cfg.Rand, cfg.Logger)
	}
	for _, server := range cfg.Caches {
		n.caches = append(n.caches, newCacheFeed(server, cfg.Identity, cfg.Rand, cfg.Logger))
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
	if err == nil && cfg.Ring != nil {
		n.mesh, err = mesh.New(mesh.Config{
			HostID: ring.HostID(cfg.Identity.HostID), Name: cfg.Identity.Name, Boot: cfg.Identity.Boot,
			Bind: cfg.Ring.Bind, Advertise: cfg.Ring.Advertise, Seeds: cfg.Ring.Seeds, Key: cfg.Ring.Key,
			Profile: cfg.Ring.Profile, Logger: cfg.Logger, Rand: cfg.Rand, Report: n.report,
		})
	}
	return n, err
}

// Run discovers, delivers and watches until ctx is done or the ring can't be taken part in, and
// returns when all its parts have stopped.
func (n *Nanoprobe) Run(ctx context.Context) error {
	ctx, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	var parts sync.WaitGroup
	if n.cma != nil {
		parts.Go(func() { n.cma.run(ctx, n.poller.FirstRound()) })
	}
	for _, c := range n.caches {
		parts.Go(func() { c.run(ctx, n.looked) })
	}
	if n.mesh != nil {
		parts.Go(func() {
			if err := n.mesh.Run(ctx); err != nil && ctx.Err() == nil {
				fail(fmt.Errorf("ring: %w", err))
			}
		})
		parts.Go(func() { n.tellNeighbours(ctx) })
	}
	parts.Go(func() { n.watcher.run(ctx, func() { close(n.looked) }) })
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
	for _, c := range n.caches {
		if err := c.box.wait(ctx); err != nil {
			return fmt.Errorf("snapshots for %s: %w", c.box.name, err)
		}
	}
	return nil
}

// emit takes a changed document from the poller. It never refuses: the outboxes have room for every
// instance there can be.
func (n *Nanoprobe) emit(_ context.Context, doc discovery.Document) error {
	if n.cma != nil {
		n.cma.document(doc)
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

// self is this host as its ring knows it, zero without a ring, and whether the ring does.
func (n *Nanoprobe) self() (m ring.Member, known bool) {
	if n.mesh == nil {
		return ring.Member{}, true
	}
	m = n.mesh.Self()
	return m, m.Addr != ""
}

// report takes an event from the ring.
func (n *Nanoprobe) report(e ring.Event) {
	n.cfg.Logger.Info("ring event", "kind", e.Kind, "host", e.Subject.Name, "host_id", e.Subject.ID, "state", e.State)
	if n.cma != nil {
		n.cma.events.put(e.ID(), e)
	}
}

// neighboursEvery is how often it is looked whether the neighbours are still the same.
const neighboursEvery = 2 * time.Second

// tellNeighbours tells the CMA whom this host watches whenever that changes, until ctx is done.
func (n *Nanoprobe) tellNeighbours(ctx context.Context) {
	if n.cma == nil {
		return
	}
	ticker := time.NewTicker(neighboursEvery)
	defer ticker.Stop()
	var told api.RingView
	for {
		view := n.cma.view(n.mesh.Watching())
		if _, known := n.self(); known && !reflect.DeepEqual(view, told) {
			n.cma.views.put("view", view)
			told = view
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
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
