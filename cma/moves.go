package cma

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	// moveQuiet is how long nothing is told of an address after an event about it: what happens meanwhile
	// is one event at the end. So two hosts that fight over it make six an hour.
	moveQuiet = 10 * time.Minute
	// maxMoving bounds the addresses within their quiet time, and so the events about moves: a site that
	// fails over makes some hundred, a host that claims all addresses there are no more than this.
	maxMoving = 1000
	// lookAtMoves is how late the event at the end may be.
	lookAtMoves = time.Minute
)

// moving is what a journal keeps of an address during its quiet time.
type moving struct {
	From   string `json:"from"` // ids of the hosts of its last move
	To     string `json:"to"`
	ToldMS int64  `json:"told_ms"`          // when its last event was, by the CMA's clock
	Untold int    `json:"untold,omitempty"` // moves since
}

// quiet reports whether nothing is to be told yet. A clock that was set back ends it too.
func (m moving) quiet(now time.Time) bool {
	since := now.Sub(time.UnixMilli(m.ToldMS))
	return 0 <= since && since < moveQuiet
}

// PutMoves keeps an event of each address of the site that moved, unless it is in its quiet time. It
// returns how many moves it passed over because too many addresses are.
func (j *Journal) PutMoves(moves []graph.Move, now time.Time) (passed int, err error) {
	err = j.transact(now, func(p *put) error {
		passed = 0
		for _, m := range moves {
			address, ok := derive.SiteAddress(m.IP)
			if !ok {
				continue
			}
			kept, err := p.move(address, m)
			if err != nil {
				return err
			}
			if !kept {
				passed++
			}
		}
		return p.forgetEvents()
	})
	return passed, err
}

// move notes a move, and reports whether there was room.
func (p *put) move(address string, m graph.Move) (kept bool, err error) {
	var state moving
	known, err := p.records.get(p.tx.Bucket(movingBucket), []byte(address), &state)
	switch {
	case err != nil:
		return false, err
	case !known && p.meta.Moving >= p.maxMoving:
		return false, nil
	case !known:
		p.meta.Moving++
	}
	state.From, state.To = m.From, m.To
	state.Untold++
	if !state.quiet(p.now) {
		return true, p.tellMove(address, state)
	}
	return true, p.records.put(p.tx.Bucket(movingBucket), []byte(address), state)
}

// tellMove makes an event of the last move of an address, whose quiet time begins. When too many hooks wait
// already it is shown, but no hook runs.
func (p *put) tellMove(address string, m moving) error {
	to, err := p.member(m.To)
	if err != nil {
		return err
	}
	from, err := p.member(m.From)
	if err != nil {
		return err
	}
	record := p.newEvent(ring.Event{
		Kind: ring.AddressMoved, Subject: to, Other: &from, Address: address, Returns: m.Untold,
		Witness: api.CMAWitness, Number: p.meta.Event + 1,
	})
	if p.meta.Alerts < p.maxAlerts {
		err = p.alert(&record)
	}
	m.ToldMS, m.Untold = p.now.UnixMilli(), 0
	return errors.Join(err, p.putNewEvent(record), p.records.put(p.tx.Bucket(movingBucket), []byte(address), m))
}

// member is a host as an event names it: by its id if its name is not known.
func (p *put) member(id string) (ring.Member, error) {
	host, err := p.host(id)
	return ring.Member{ID: ring.HostID(id), Name: cmp.Or(host.Name, id)}, err
}

// TellMoves ends the quiet time of addresses where it is over, with an event where they moved in it, and
// returns the number of events. It writes nothing when no time is over.
func (j *Journal) TellMoves(now time.Time) (told int, err error) {
	due := map[string]moving{} // at most maxMoving
	err = j.view(func(tx *bbolt.Tx) error {
		return tx.Bucket(movingBucket).ForEach(func(key, record []byte) error {
			var m moving
			err := j.records.decode(key, record, &m)
			if err == nil && !m.quiet(now) {
				due[string(key)] = m
			}
			return err
		})
	})
	if err != nil || len(due) == 0 {
		return 0, err
	}
	err = j.transact(now, func(p *put) error {
		told = 0
		for address := range due {
			ended, err := p.endQuiet(address)
			if err != nil {
				return err
			}
			told += ended
		}
		return p.forgetEvents()
	})
	return told, err
}

// endQuiet returns 1 if that makes an event. What moved meanwhile begins another quiet time.
func (p *put) endQuiet(address string) (told int, err error) {
	bucket := p.tx.Bucket(movingBucket)
	var m moving
	ok, err := p.records.get(bucket, []byte(address), &m)
	switch {
	case err != nil || !ok || m.quiet(p.now): // another has told of it since
		return 0, err
	case m.Untold > 0:
		return 1, p.tellMove(address, m)
	}
	p.meta.Moving--
	return 0, bucket.Delete([]byte(address))
}

// tellMoves makes events of the addresses that moved with a batch, whose documents the journal has held.
// What a graph is filled with that was made anew is no news. A CMA that ends between the batch and this
// tells nothing of it: the graph says who has the address.
func (c *CMA) tellMoves(held []Held, applied graph.Applied) error {
	news, err := c.Journal.isNews(held[len(held)-1].Number)
	if err != nil || !news {
		return err
	}
	passed, err := c.Journal.PutMoves(applied.Moves, time.Now())
	if err != nil {
		return err
	}
	if passed += applied.Moved - len(applied.Moves); passed > 0 {
		c.Logger.Warn("addresses moved of which no event tells", "moves", passed, "at_most", maxMoving, "within", moveQuiet)
	}
	c.hooks.Wake()
	c.news.ring()
	return nil
}

// watchMoves tells of addresses that have moved in their quiet time, until ctx is done or the journal fails.
func (c *CMA) watchMoves(ctx context.Context) error {
	ticker := time.NewTicker(lookAtMoves)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		told, err := c.Journal.TellMoves(time.Now())
		if err != nil {
			return fmt.Errorf("moves of addresses: %w", err)
		}
		if told > 0 {
			c.hooks.Wake()
			c.news.ring()
		}
	}
}
