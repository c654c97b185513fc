package tapswitch

import (
	"container/heap"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"
)

const (
	headerBytes = 14   // of Ethernet: destination, source, type
	maxFrame    = 2048 // above a header, tags and 1500 bytes of payload
)

// Run forwards frames until ctx is done, then closes the devices and returns ctx's error, with those of
// devices that failed before. Such a device takes no further part: its host may be gone.
func (s *Switch) Run(ctx context.Context) error {
	s.mu.Lock()
	s.running = true
	s.mu.Unlock()
	failed := make(chan error, len(s.ports))
	var work sync.WaitGroup
	for _, p := range s.ports {
		work.Go(func() { failed <- s.read(p) })
		work.Go(func() { s.write(ctx, p) })
	}
	<-ctx.Done()
	for _, p := range s.ports {
		p.dev.Close()
	}
	work.Wait()
	close(failed)
	err := ctx.Err()
	for f := range failed {
		err = errors.Join(err, f)
	}
	return err
}

// read forwards what comes from a device until that fails or is closed.
func (s *Switch) read(p *port) error {
	buf := make([]byte, maxFrame)
	for {
		n, err := p.dev.Read(buf)
		if err != nil {
			return deviceError(p, err)
		}
		s.forward(p, slices.Clone(buf[:n]))
	}
}

// forward queues copies of a frame at the ports that it is for.
func (s *Switch) forward(from *port, frame []byte) {
	s.received.Add(1)
	if len(frame) < headerBytes {
		s.dropped.Add(1)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	for _, to := range s.route(from, address(frame[0:6]), address(frame[6:12])) {
		delays := s.link(from.name, to.name).fate()
		switch len(delays) {
		case 0:
			s.lost.Add(1)
		case 2:
			s.repeated.Add(1)
		}
		for _, delay := range delays {
			s.queued++
			select {
			case to.queue <- delivery{now.Add(delay), s.queued, frame}:
			default:
				s.dropped.Add(1)
			}
		}
	}
}

// route learns where src is and returns the ports to which a frame for dst goes. s.mu is held.
func (s *Switch) route(from *port, dst, src address) []*port {
	if _, known := s.learnt[src]; known || len(s.learnt) < maxAddresses {
		s.learnt[src] = from
	}
	const group = 1 // in the first byte: broadcast and multicast
	to := s.learnt[dst]
	switch {
	case dst[0]&group != 0 || to == nil:
		return slices.DeleteFunc(slices.Clone(s.ports), func(p *port) bool { return p == from })
	case to == from:
		return nil
	}
	return []*port{to}
}

// write gives a device what is queued for it when that is due, until ctx is done. What a device refuses
// is dropped: it does so while its interface is down.
func (s *Switch) write(ctx context.Context, p *port) {
	var waiting schedule
	timer := time.NewTimer(maxDelay)
	defer timer.Stop()
	for {
		queue := p.queue
		if len(waiting) >= maxQueued {
			queue = nil // it fills meanwhile, and then frames are dropped
		}
		if len(waiting) > 0 {
			timer.Reset(time.Until(waiting[0].due))
		}
		select {
		case <-ctx.Done():
			return
		case d := <-queue:
			heap.Push(&waiting, d)
		case <-timer.C:
		}
		for len(waiting) > 0 && !waiting[0].due.After(time.Now()) {
			if _, err := p.dev.Write(heap.Pop(&waiting).(delivery).frame); err != nil {
				s.dropped.Add(1)
			} else {
				s.delivered.Add(1)
			}
		}
	}
}

// deviceError is nil for a device that was closed.
func deviceError(p *port, err error) error {
	if errors.Is(err, os.ErrClosed) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return fmt.Errorf("port %q: %w", p.name, err)
}
