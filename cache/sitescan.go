package cache

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache/lines"
)

const (
	// scansAbreast is how many batches of a site are fetched and matched at the same time.
	scansAbreast = maxConns
	// hitsAtOnce is how many hits of one row travel together.
	hitsAtOnce = 64
)

// scan searches the rows that are to be read themselves, several batches at the same time, and delivers
// them in order.
func (s *siteSearch) scan(ctx context.Context, c *Client, p *plan) error {
	free := make(chan *decoder, scansAbreast)
	for range scansAbreast {
		dec := c.newDecoder()
		defer dec.close()
		free <- dec
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	queue := make(chan chan outcome, scansAbreast)
	var failed error
	running.Go(func() {
		defer close(queue)
		rows := p.after(s.doneHost, s.donePath)
		failed = c.batches(ctx, p.directory, rows, s.want&WithContent != 0, func(b batch) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case dec := <-free:
				out := make(chan outcome, s.ahead)
				select {
				case <-ctx.Done():
					return ctx.Err()
				case queue <- out:
				}
				running.Go(func() {
					defer close(out)
					s.scanBatch(ctx, c, p.directory, b, dec, out)
					free <- dec
				})
				return nil
			}
		})
	})
	for out := range queue {
		for o := range out {
			if err := s.deliver(ctx, p, o); err != nil {
				return err
			}
		}
	}
	return failed
}

// outcome is what was found in a row, or a part of it.
type outcome struct {
	host, path string
	hits       []Hit
	row        *Row // itself, in a Scan
	done       bool // with the row
	damaged    error
	notice     bool
	searched   bool
	err        error // ends the scan
}

// scanBatch fetches the rows of a batch and sends what it finds in them.
func (s *siteSearch) scanBatch(ctx context.Context, c *Client, d *directory, b batch, dec *decoder, out chan<- outcome) {
	send := func(o outcome) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case out <- o:
			return nil
		}
	}
	names := searchedFields()
	if s.scans {
		names = s.want.names()
	}
	rows, err := c.scan(ctx, d, b, names)
	for i := 0; err == nil && i < len(rows); i++ {
		err = s.scanRow(ctx, d, rows[i], dec, send)
	}
	if err != nil {
		send(outcome{err: err}) // or ctx is done, and nobody listens
	}
}

func (s *siteSearch) scanRow(ctx context.Context, d *directory, row scanned, dec *decoder, send func(outcome) error) error {
	o := outcome{host: row.host, path: row.path, done: true, damaged: row.damaged}
	switch {
	case o.damaged != nil:
		return send(o)
	case row.id == "" || row.id != d.ids[row.host]:
		return send(o) // expired, or of a host that had this name before
	}
	if s.scans {
		return s.readRow(ctx, d, row, dec, send)
	}
	content, err := dec.scan(ctx, row.packed)
	switch {
	case errors.Is(err, ErrDamaged):
		o.damaged = err
		return send(o)
	case err != nil:
		return err
	case row.notice != "":
		o.notice = true
		return send(o)
	}
	var hit Hit // what is counted has no times
	if s.tally == nil {
		hit = s.hit(d, row.host, row.path, parseTime(row.changed))
	}
	o.searched = true
	o.hits, err = s.find(content, hit, func(hits []Hit) error {
		return send(outcome{host: row.host, path: row.path, hits: hits})
	})
	if err != nil {
		return err
	}
	return send(o)
}

// hit returns a hit with what is known of its host and path.
func (s *siteSearch) hit(d *directory, host, path string, changed time.Time) Hit {
	seen := d.seen[host]
	h := Hit{Site: s.site.Name, Host: host, Path: path, Changed: changed, Seen: seen, Age: silence(d.now, seen)}
	h.Stale = s.query.stale(host, h.Age)
	return h
}

// errOnce ends the search of a content of which one hit is all that matters.
var errOnce = errors.New("one hit is enough")

// find returns the hits of a content, made of hit; if they are many, it passes on the first of them.
func (s *siteSearch) find(content lines.Text, hit Hit, pass func([]Hit) error) (hits []Hit, err error) {
	err = s.matcher.in(content, s.bases.get(s.matcher, content.Base), func(number int, line []byte, at int) error {
		if hit.LineNo == 0 { // the first
			hit.Binary = isBinary(content.Own)
		}
		if len(hits) == hitsAtOnce {
			if err := pass(hits); err != nil {
				return err
			}
			hits = nil
		}
		hit.LineNo = number
		switch {
		case hit.Binary:
		case s.query.Answer == Distinct:
			hit.Line = string(line) // two lines may be equal when clipped
		default:
			hit.Line = clip(line, at)
		}
		hits = append(hits, hit)
		if hit.Binary || s.query.Answer > Distinct {
			return errOnce
		}
		return nil
	})
	if errors.Is(err, errOnce) {
		err = nil
	}
	return hits, err
}
