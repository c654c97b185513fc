package tapswitch

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxAddresses bounds the table of what is behind which port. Frames to addresses that are not in
	// it go to all ports.
	maxAddresses = 4096
	// maxQueued bounds the frames that wait for one port: 64 hosts at 100 frames a second and a delay
	// of half a second need 3,200.
	maxQueued = 4096
)

// Stats counts frames since New.
type Stats struct {
	Received  uint64 // from devices
	Delivered uint64 // written to devices; a frame to several counts for each
	Lost      uint64 // by a fault
	Repeated  uint64 // by a fault
	Dropped   uint64 // because a queue was full, the frame has no header, or a device refused it
}

// Switch forwards frames between its ports.
type Switch struct {
	seed                                         uint64
	received, delivered, lost, repeated, dropped atomic.Uint64

	mu      sync.Mutex
	ports   []*port
	learnt  map[address]*port
	links   map[[2]string]*link
	running bool
	queued  uint64 // deliveries, for their numbers
}

type address [6]byte

// port is a device under its name.
type port struct {
	name  string
	dev   io.ReadWriteCloser
	queue chan delivery
}

// delivery is a frame on its way out of a port.
type delivery struct {
	due    time.Time
	number uint64 // in the order of queueing, which is kept among those due at one time
	frame  []byte // not changed any more: several ports share it
}

// schedule is a heap of deliveries, the next one first.
type schedule []delivery

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	if c := s[i].due.Compare(s[j].due); c != 0 {
		return c < 0
	}
	return s[i].number < s[j].number
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }
func (s *schedule) Push(d any)   { *s = append(*s, d.(delivery)) }
func (s *schedule) Pop() any {
	last := (*s)[len(*s)-1]
	(*s)[len(*s)-1] = delivery{} // frees the frame
	*s = (*s)[:len(*s)-1]
	return last
}

// New returns a Switch without ports.
func New(seed uint64) *Switch {
	return &Switch{seed: seed, learnt: map[address]*port{}, links: map[[2]string]*link{}}
}

// Plug adds a port before Run. A Read of dev returns one frame and a Write takes one; Run closes it.
func (s *Switch) Plug(name string, dev io.ReadWriteCloser) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running {
		return fmt.Errorf("port %q: the switch is running", name)
	}
	if s.hasPort(name) {
		return fmt.Errorf("port %q is plugged in already", name)
	}
	s.ports = append(s.ports, &port{name: name, dev: dev, queue: make(chan delivery, maxQueued)})
	return nil
}

// Set gives the way from one port to another a fault, which replaces the one it has. Frames that are
// held back already come as they would have.
func (s *Switch) Set(from, to string, f Fault) error {
	if err := f.validate(); err != nil {
		return fmt.Errorf("link from %q to %q: %w", from, to, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range []string{from, to} {
		if !s.hasPort(name) {
			return fmt.Errorf("no port %q", name)
		}
	}
	s.link(from, to).fault = f
	return nil
}

// SetAll gives every link that fault.
func (s *Switch) SetAll(f Fault) error {
	if err := f.validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, from := range s.ports {
		for _, to := range s.ports {
			s.link(from.name, to.name).fault = f
		}
	}
	return nil
}

// hasPort reports whether there is one of that name. s.mu is held.
func (s *Switch) hasPort(name string) bool {
	return slices.ContainsFunc(s.ports, func(p *port) bool { return p.name == name })
}

// link returns the way between two ports, whose chance is its own. s.mu is held.
func (s *Switch) link(from, to string) *link {
	key := [2]string{from, to}
	if s.links[key] == nil {
		s.links[key] = newLink(s.seed, from, to)
	}
	return s.links[key]
}

// Stats returns the counters.
func (s *Switch) Stats() Stats {
	return Stats{
		Received: s.received.Load(), Delivered: s.delivered.Load(), Lost: s.lost.Load(),
		Repeated: s.repeated.Load(), Dropped: s.dropped.Load(),
	}
}
