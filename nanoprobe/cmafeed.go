package nanoprobe

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// manifestEvery is how often a nanoprobe compares what it has with what the CMA holds, though
	// nothing says that they differ. A manifest is some 80 bytes a document.
	manifestEvery = 10 * time.Minute
	// maxEvents bounds the events that wait for a CMA that is away: a ring has some 64 members, and an
	// event a member and change.
	maxEvents = 1024
)

// cmaFeed keeps the CMA informed: of documents, of what the ring sees, and of whom this host watches.
type cmaFeed struct {
	clients []*api.Client // one is used until it can't be reached, then the next
	// standing is how this host stands in the fleet. It reports false while its ring does not know the
	// address yet.
	standing func() (api.RingView, bool)
	rand     *rand.Rand
	logger   *slog.Logger

	documents *delivery[discovery.Document]
	events    *delivery[ring.Event]
	views     *delivery[struct{}] // that the host stands otherwise; how, is looked at when it is told
	compare   chan struct{}       // holds a token when a manifest is due before its time
	every     time.Duration       // manifestEvery, but in tests

	mu      sync.Mutex // guards what follows
	current int        // in clients
	failed  bool       // the last call was not answered as it should be
	alone   bool       // nor could any CMA be reached by it
	held    map[string]discovery.Document
}

func newCMAFeed(clients []*api.Client, standing func() (api.RingView, bool), seed *rand.Rand, logger *slog.Logger) *cmaFeed {
	f := &cmaFeed{
		clients: clients, standing: standing, logger: logger,
		rand:    rand.New(rand.NewPCG(seed.Uint64(), seed.Uint64())),
		compare: make(chan struct{}, 1), every: manifestEvery, held: map[string]discovery.Document{},
	}
	f.documents = newDelivery("cma: documents", discovery.MaxInstances, api.MaxDocuments, f.sendDocuments, seed, logger)
	f.events = newDelivery("cma: events", maxEvents, api.MaxEvents, f.sendEvents, seed, logger)
	f.views = newDelivery("cma: ring", 1, 1, f.sendView, seed, logger)
	return f
}

// document has the newest version of a document delivered.
func (f *cmaFeed) document(doc discovery.Document) {
	f.mu.Lock()
	f.held[doc.Instance] = doc
	f.mu.Unlock()
	f.documents.put(doc.Instance, doc)
}

// run delivers until ctx is done. Once every agent has run, which firstRound tells by being closed, it
// compares manifests: then, at intervals, and when a CMA is back.
func (f *cmaFeed) run(ctx context.Context, firstRound <-chan struct{}) {
	var parts sync.WaitGroup
	defer parts.Wait()
	parts.Go(func() { f.documents.run(ctx) })
	parts.Go(func() { f.events.run(ctx) })
	parts.Go(func() { f.views.run(ctx) })
	select {
	case <-ctx.Done():
		return
	case <-firstRound:
	}
	for failures := 0; ; {
		next := about(f.every, f.rand)
		if err := f.sendManifest(ctx); err != nil {
			failures++
			next = backoff(failures, f.rand)
		} else {
			failures = 0
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		case <-f.compare:
		}
	}
}

// errNoAddress puts a manifest off: it tells of a return, and hooks want to know where the host is.
var errNoAddress = errors.New("the ring does not know this host's address yet")

// sendManifest says what this host has and sends what the CMA lacks.
func (f *cmaFeed) sendManifest(ctx context.Context) error {
	if err := f.documents.wait(ctx); err != nil { // what is on its way would be lacking
		return err
	}
	standing, known := f.standing()
	if !known {
		return errNoAddress
	}
	m := api.Manifest{
		HostID: standing.HostID, Host: standing.Host, Boot: standing.Boot, Epoch: standing.Epoch, Addr: standing.Addr,
		Segments: standing.Segments, Key: standing.Key, Instances: map[string]string{},
	}
	f.mu.Lock()
	for instance, doc := range f.held {
		m.Instances[instance] = doc.Hash
		m.Sequence = max(m.Sequence, doc.Seq)
	}
	f.mu.Unlock()
	var lacking api.Lacking
	err := f.call(func(c *api.Client) (err error) {
		lacking, err = c.SendManifest(ctx, m)
		return err
	})
	if err != nil {
		return err
	}
	if len(lacking.Instances)+len(lacking.Unknown) > 0 {
		f.logger.Info("cma lacked documents", "sent_again", lacking.Instances, "withdrawn", lacking.Unknown)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, instance := range lacking.Instances {
		if doc, ok := f.held[instance]; ok {
			f.documents.put(instance, doc)
		}
	}
	if len(lacking.Instances) > 0 && len(standing.Rings) > 0 { // it has perhaps lost all that it held
		f.tellView()
	}
	return nil
}

func (f *cmaFeed) sendDocuments(ctx context.Context, docs []discovery.Document) error {
	return f.store("document", func(c *api.Client) (api.Stored, error) {
		return c.SendDocuments(ctx, api.Documents{Documents: docs})
	})
}

func (f *cmaFeed) sendEvents(ctx context.Context, events []ring.Event) error {
	return f.store("event", func(c *api.Client) (api.Stored, error) {
		return c.SendEvents(ctx, api.Events{Events: events})
	})
}

// tellView has the CMA told how this host stands in its rings.
func (f *cmaFeed) tellView() { f.views.put("view", struct{}{}) }

// sendView tells how this host stands now, which may be otherwise than when it was found worth telling:
// what waits for a CMA must not grow old meanwhile.
func (f *cmaFeed) sendView(ctx context.Context, _ []struct{}) error {
	view, known := f.standing()
	if !known {
		return errNoAddress
	}
	return f.call(func(c *api.Client) error { return c.SendRingView(ctx, view) })
}

// store hands things over. What is refused is refused for good: sending it again would be no use.
func (f *cmaFeed) store(what string, send func(*api.Client) (api.Stored, error)) error {
	return f.call(func(c *api.Client) error {
		stored, err := send(c)
		refused := map[string][]string{} // by reason: one name conflict refuses every document of a host
		for _, r := range stored.Refused {
			refused[r.Reason] = append(refused[r.Reason], r.Instance)
		}
		for reason, instances := range refused {
			f.logger.Error(what+" refused by the cma", "instances", instances, "reason", reason)
		}
		return err
	})
}

// call makes one call, to the next CMA if the current one can't be reached and so on, each once. The
// first success after a failure asks for a manifest: what the CMA had may be lost.
func (f *cmaFeed) call(do func(*api.Client) error) error {
	var failed error
	for range f.clients {
		f.mu.Lock()
		at := f.current
		f.mu.Unlock()
		err := do(f.clients[at])
		f.mu.Lock()
		back := err == nil && f.failed
		f.failed = err != nil
		f.alone = f.alone && errors.Is(err, api.ErrUnreachable)
		if errors.Is(err, api.ErrUnreachable) && f.current == at {
			f.current = (at + 1) % len(f.clients)
		}
		f.mu.Unlock()
		if back {
			select {
			case f.compare <- struct{}{}:
			default: // one is due already
			}
		}
		if !errors.Is(err, api.ErrUnreachable) {
			return err
		}
		failed = errors.Join(failed, err)
	}
	f.mu.Lock()
	f.alone = true
	f.mu.Unlock()
	return failed
}

// away reports whether the last call reached no CMA.
func (f *cmaFeed) away() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.alone
}
