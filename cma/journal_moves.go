package cma

import (
	"cmp"
	"errors"
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
)

// moving is what a journal keeps of an address during its quiet time.
type moving struct {
	From   string `json:"from"` // ids of the hosts of its last move
	To     string `json:"to"`
	ToldMS int64  `json:"told_ms"`          // when its last event was, by the CMA's clock
	Untold int    `json:"untold,omitempty"` // moves since
}

// quiet reports whether nothing is to be told yet.
func (m moving) quiet(now time.Time) bool { return isWithin(moveQuiet, m.ToldMS, now) }

// isWithin reports whether less than d has passed since a time in Unix milliseconds. A clock that was set
// back ends it too.
func isWithin(d time.Duration, sinceMS int64, now time.Time) bool {
	since := now.Sub(time.UnixMilli(sinceMS))
	return 0 <= since && since < d
}

// MovesResult says what became of moves.
type MovesResult struct {
	Told      int // events
	Passed    int // moves passed over, because too many addresses are in their quiet time
	Forgotten int // addresses that none has whose last host was forgotten before its time, because they are too many
}

// PutMoves keeps an event of each address of the site that moved from one host to another, unless it is in
// its quiet time. That the address was nobody's in between is no matter, if that was not long.
func (j *Journal) PutMoves(moves []graph.Move, now time.Time) (result MovesResult, err error) {
	moves, err = j.siteMoves(moves)
	if err != nil || len(moves) == 0 {
		return result, err
	}
	err = j.transact(now, func(p *put) error {
		result = MovesResult{}
		for _, m := range moves {
			if err := p.passes(m, &result); err != nil {
				return err
			}
		}
		if result.Forgotten, err = p.forgetVacancies(); err != nil {
			return err
		}
		return p.forgetEvents()
	})
	return result, err
}

// siteMoves returns the moves of addresses of the site, which they name by that alone, but for those that no
// host is known to have had: all addresses of a host that is new. Most batches leave none, and cost no write.
func (j *Journal) siteMoves(moves []graph.Move) (known []graph.Move, err error) {
	given := map[string]bool{} // up, by these moves
	err = j.view(func(tx *bbolt.Tx) error {
		for _, m := range moves {
			address, ok := derive.SiteAddress(m.IP)
			if ok && (m.From != "" || given[address] || tx.Bucket(vacantBucket).Get([]byte(address)) != nil) {
				known = append(known, graph.Move{IP: address, From: m.From, To: m.To})
				given[address] = given[address] || m.To == ""
			}
		}
		return nil
	})
	return known, err
}

// passes notes that an address passes to another host, or to none.
func (p *put) passes(m graph.Move, result *MovesResult) error {
	last, err := p.occupy(m.IP)
	m.From = cmp.Or(m.From, last)
	switch {
	case err != nil:
		return err
	case m.To == "":
		return p.vacate(m.IP, m.From)
	case m.From == "" || m.From == m.To: // it is new again, or taken up again
		return nil
	}
	return p.move(m, result)
}

// move notes a move from one host to another.
func (p *put) move(m graph.Move, result *MovesResult) error {
	var state moving
	bucket := p.tx.Bucket(movingBucket)
	known, err := p.records.get(bucket, []byte(m.IP), &state)
	switch {
	case err != nil:
		return err
	case !known && p.meta.Moving >= p.maxMoving:
		result.Passed++
		return nil
	case !known:
		p.meta.Moving++
	}
	state.From, state.To = m.From, m.To
	state.Untold++
	if state.quiet(p.now) {
		return p.records.put(bucket, []byte(m.IP), state)
	}
	result.Told++
	return p.tellMove(m.IP, state)
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
