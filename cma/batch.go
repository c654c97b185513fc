package cma

import (
	"context"
	"errors"
	"fmt"

	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/graph"
)

// batch collects what several documents assert.
type batch struct {
	*CMA
	facts []graph.Facts
	done  []Done
	nodes int
}

// add derives a document.
func (b *batch) add(h Held) error {
	b.done = append(b.done, Done{HostID: h.HostID, Instance: h.Instance, Number: h.Number})
	if h.Withdrawn {
		b.facts = append(b.facts, graph.Facts{Source: derive.SourceOf(h.Document)})
		return nil
	}
	var lookup error
	facts, err := derive.Derive(h.Document, func(discoverType, proxy string) (discovery.Document, bool) {
		d, ok, err := b.newestOfType(h.HostID, discoverType, proxy)
		lookup = errors.Join(lookup, err)
		return d, ok
	})
	switch {
	case lookup != nil:
		return lookup
	case err != nil:
		b.refuse(derive.SourceOf(h.Document), err)
	default:
		b.facts = append(b.facts, facts)
		b.nodes += len(facts.Nodes)
	}
	return nil
}

// refuse is done with a document that can't be derived or that the graph can't take: nobody else shall wait
// for it.
func (b *batch) refuse(document graph.Source, err error) {
	for i, d := range b.done {
		if d.HostID == document.Host && d.Instance == document.Instance {
			b.done[i].Refused = err.Error()
		}
	}
	b.stats.underivable.Add(1)
	b.Logger.Warn("document not for the graph", "err", err, "host_id", document.Host, "instance", document.Instance)
}

// addDependents derives the host's documents that are read together with h. Those that wait are
// derived in their turn.
func (b *batch) addDependents(h Held) error {
	if len(derive.NeededBy(h.DiscoverType)) == 0 {
		return nil
	}
	siblings, err := b.Journal.Documents(h.HostID, 0)
	if err != nil {
		return err
	}
	for _, s := range siblings {
		waits := !s.Applied && s.Refused == ""
		if waits || !derive.Reads(s.Document, h.Document) {
			continue
		}
		whole, ok, err := b.Journal.Document(s.HostID, s.Instance)
		if err != nil {
			return err
		}
		if ok {
			if err := b.add(whole); err != nil {
				return err
			}
		}
	}
	return nil
}

// newestOfType returns the document of a type that was received last of those that hold on the host
// itself, or in the container that proxy names.
func (b *batch) newestOfType(hostID, discoverType, proxy string) (discovery.Document, bool, error) {
	siblings, err := b.Journal.Documents(hostID, 0)
	if err != nil {
		return discovery.Document{}, false, err
	}
	var newest Held
	for _, s := range siblings {
		if s.DiscoverType == discoverType && derive.ProxyOf(s.Document) == proxy && s.Number > newest.Number {
			newest = s
		}
	}
	if newest.Number == 0 {
		return discovery.Document{}, false, nil
	}
	whole, ok, err := b.Journal.Document(hostID, newest.Instance)
	if err != nil {
		return discovery.Document{}, false, fmt.Errorf("document %q: %w", newest.Instance, err)
	}
	return whole.Document, ok, nil
}

// apply brings the facts into the graph and returns what addresses moved by that, also when it fails. If the
// graph refuses them it tries each document by itself, to find those that it refuses.
func (b *batch) apply(ctx context.Context) (moves []graph.Move, err error) {
	if len(b.facts) == 0 {
		return nil, nil
	}
	applied, err := b.Store.Apply(ctx, b.facts)
	if err == nil {
		b.stats.applied.Add(uint64(len(b.facts)))
	}
	if !errors.Is(err, graph.ErrRefused) {
		return applied.Moves, err
	}
	for _, f := range b.facts {
		applied, err := b.Store.Apply(ctx, []graph.Facts{f})
		switch {
		case errors.Is(err, graph.ErrRefused):
			b.refuse(f.Source, err)
		case err != nil:
			return moves, err
		default:
			b.stats.applied.Add(1)
			moves = append(moves, applied.Moves...)
		}
	}
	return moves, nil
}
