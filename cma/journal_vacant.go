package cma

import (
	"errors"
	"fmt"
	"time"
)

const (
	// vacantTime is how long the last host that had an address is remembered once none has it. Where one
	// hands over to another, that takes seconds; after a day it is a new address.
	vacantTime = 24 * time.Hour
	// maxVacant bounds the addresses without a host of which the last is remembered, some 0.3 kB each: as many
	// as hosts that take another temporary IPv6 address each day. Of more the oldest are forgotten.
	maxVacant = 100_000
)

// vacancy is what a journal keeps of an address that none has any more.
type vacancy struct {
	Last    string `json:"last"`     // id of the host that had it
	SinceMS int64  `json:"since_ms"` // by the CMA's clock
	Number  uint64 `json:"number"`   // in the order in which addresses were given up
}

func (v vacancy) isOver(now time.Time) bool { return !isWithin(vacantTime, v.SinceMS, now) }

// vacate notes that none has an address any more.
func (p *put) vacate(address, last string) error {
	p.meta.Vacancy++
	p.meta.Vacant++
	v := vacancy{Last: last, SinceMS: p.now.UnixMilli(), Number: p.meta.Vacancy}
	return errors.Join(
		p.records.put(p.tx.Bucket(vacantBucket), []byte(address), v),
		p.records.put(p.tx.Bucket(vacatedBucket), numberKey(v.Number), address),
	)
}

// occupy forgets that none had an address, and returns the last host that did, or nothing.
func (p *put) occupy(address string) (last string, err error) {
	var v vacancy
	ok, err := p.records.get(p.tx.Bucket(vacantBucket), []byte(address), &v)
	if err != nil || !ok {
		return "", err
	}
	if !v.isOver(p.now) {
		last = v.Last
	}
	p.meta.Vacant--
	return last, errors.Join(
		p.tx.Bucket(vacantBucket).Delete([]byte(address)),
		p.tx.Bucket(vacatedBucket).Delete(numberKey(v.Number)),
	)
}

// forgetVacancies drops those whose time is over and the oldest above maxVacant, and returns how many of
// them were not over.
func (p *put) forgetVacancies() (early int, err error) {
	for {
		key, record := p.tx.Bucket(vacatedBucket).Cursor().First()
		if key == nil {
			return early, nil
		}
		var address string
		if err := p.records.decode(key, record, &address); err != nil {
			return early, err
		}
		var v vacancy
		known, err := p.records.get(p.tx.Bucket(vacantBucket), []byte(address), &v)
		switch {
		case err != nil:
			return early, err
		case !known:
			return early, fmt.Errorf("%w: address %q is listed as given up and not known as such", ErrDamaged, address)
		case v.isOver(p.now):
		case p.meta.Vacant <= p.maxVacant:
			return early, nil
		default:
			early++
		}
		if _, err := p.occupy(address); err != nil {
			return early, err
		}
	}
}
