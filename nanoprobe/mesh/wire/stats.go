package wire

import "sync/atomic"

// Stats counts since Listen.
type Stats struct {
	Sent     [kinds]Traffic `json:"sent"`     // by Kind
	Received Traffic        `json:"received"` // of all kinds: the kind is known to the sender alone
	Dropped  Drops          `json:"dropped"`
	Busy     uint64         `json:"busy"`    // calls that were told so
	Streams  int            `json:"streams"` // open now, in both directions
}

// Total is all that was sent.
func (s Stats) Total() Traffic {
	var sum Traffic
	for _, t := range s.Sent {
		sum.Datagrams += t.Datagrams
		sum.Bytes += t.Bytes
		sum.Streams += t.Streams
		sum.StreamBytes += t.StreamBytes
	}
	return sum
}

// Traffic is what went one way. Bytes are payload: UDP and IP add 28 to a datagram, or 48 with IPv6.
type Traffic struct {
	Datagrams   uint64 `json:"datagrams"`
	Bytes       uint64 `json:"bytes"`        // of datagrams
	Streams     uint64 `json:"streams"`      // opened, or accepted
	StreamBytes uint64 `json:"stream_bytes"` // of streams, whoever opened them
}

// Drops counts what was not passed on, by reason. Datagrams and streams count alike.
type Drops struct {
	Label    uint64 `json:"label"`    // without a label, or with one that nobody here has
	Oversize uint64 `json:"oversize"` // datagrams of more than MaxDatagram bytes, in and out
	Full     uint64 `json:"full"`     // they came faster than they were taken, or too many were open
	Dead     uint64 `json:"dead"`     // memberlist's own to the known dead
	Slow     uint64 `json:"slow"`     // streams that did not say their label in time
	Call     uint64 `json:"call"`     // requests that are none, or sealed with a key unknown
}

// counters is Stats while it is counted.
type counters struct {
	sent     [kinds]trafficCounters
	received trafficCounters
	dropped  struct{ label, oversize, full, dead, slow, call atomic.Uint64 }
	busy     atomic.Uint64
}

type trafficCounters struct{ datagrams, bytes, streams, streamBytes atomic.Uint64 }

func (c *trafficCounters) datagram(bytes int) {
	c.datagrams.Add(1)
	c.bytes.Add(uint64(bytes))
}

func (c *trafficCounters) read() Traffic {
	return Traffic{
		Datagrams: c.datagrams.Load(), Bytes: c.bytes.Load(),
		Streams: c.streams.Load(), StreamBytes: c.streamBytes.Load(),
	}
}

func (c *counters) read() Stats {
	s := Stats{
		Received: c.received.read(), Busy: c.busy.Load(),
		Dropped: Drops{
			Label: c.dropped.label.Load(), Oversize: c.dropped.oversize.Load(), Full: c.dropped.full.Load(),
			Dead: c.dropped.dead.Load(), Slow: c.dropped.slow.Load(), Call: c.dropped.call.Load(),
		},
	}
	for k := range c.sent {
		s.Sent[k] = c.sent[k].read()
	}
	return s
}
