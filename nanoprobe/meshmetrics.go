package nanoprobe

import (
	"maps"
	"slices"
	"strconv"

	"github.com/assim-mesh/assim/nanoprobe/mesh"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// meshMetrics are what the rings count. Those of a ring begin anew when the host joins it.
func meshMetrics(s mesh.Stats) []promtext.Family {
	rings := slices.Clone(s.Rings)
	// A host that moves to a ring of the same name, after a partition, is in both for a moment.
	slices.SortStableFunc(rings, func(a, b mesh.RingStats) int { return a.Level - b.Level })
	rings = slices.CompactFunc(rings, func(a, b mesh.RingStats) bool { return a.Level == b.Level && a.Name == b.Name })
	all := ringCounters(rings)
	all = append(all, neighbourMetrics(rings)...)
	all = append(all, wireMetrics(s.Wire)...)
	return append(all, refusalMetrics(s)...)
}

func ringLabels(s mesh.RingStats) []promtext.Label {
	return []promtext.Label{label("ring", s.Name), label("level", strconv.Itoa(s.Level))}
}

// ringCounters are what is counted in each ring as a whole.
func ringCounters(rings []mesh.RingStats) []promtext.Family {
	members := family("ring_members", promtext.Gauge, "Members of a ring that this host is in, itself among them.")
	for _, r := range rings {
		members.Add(float64(r.Members), ringLabels(r)...)
	}
	all := []promtext.Family{
		promtext.One("assim_nanoprobe_rings", promtext.Gauge, "Rings that this host is in.", float64(len(rings))), members,
	}
	for _, c := range []struct {
		name, help string
		count      func(ring.Stats) uint64
	}{
		{"heartbeats_sent_total", "Heartbeats sent.", func(s ring.Stats) uint64 { return s.Beats }},
		{"heartbeats_missed_total", "Heartbeats that were not answered in time.", func(s ring.Stats) uint64 { return s.Missed }},
		{"heartbeats_late_total", "Heartbeats answered in the second half of their time.", func(s ring.Stats) uint64 { return s.Late }},
		{"suspicions_raised_total", "Times that a silent neighbour was suspected.", func(s ring.Stats) uint64 { return s.Suspicions }},
		{"suspicions_cleared_total", "Suspects that answered after all.", func(s ring.Stats) uint64 { return s.Cleared }},
		{"deaths_total", "Deaths of neighbours, found or learnt of.", func(s ring.Stats) uint64 { return s.Deaths }},
		{"link_troubles_total", "Neighbours that others reach and this host does not.", func(s ring.Stats) uint64 { return s.Links }},
		{"isolations_total", "Times that nobody answered this host.", func(s ring.Stats) uint64 { return s.Isolations }},
		{"refutations_total", "Times that this host was held dead and said otherwise.", func(s ring.Stats) uint64 { return s.Refutations }},
		{"flaps_total", "Members found to die and return over and over.", func(s ring.Stats) uint64 { return s.Flaps }},
		{"stalls_total", "Times that this host itself was held up and forgave its neighbours.", func(s ring.Stats) uint64 { return s.Stalls }},
	} {
		f := family("ring_"+c.name, promtext.Counter, c.help)
		for _, r := range rings {
			f.Add(float64(c.count(r.Stats)), ringLabels(r)...)
		}
		all = append(all, f)
	}
	return append(all, messageMetrics(rings))
}

func messageMetrics(rings []mesh.RingStats) promtext.Family {
	f := family("ring_messages_sent_total", promtext.Counter, "The ring's own messages sent, beside heartbeats and broadcasts.")
	for _, r := range rings {
		for _, m := range []struct {
			kind  string
			count uint64
		}{{"ping", r.Pings}, {"ask", r.Asks}, {"answer", r.Answers}, {"verdict", r.Verdicts}} {
			f.Add(float64(m.count), append(ringLabels(r), label("kind", m.kind))...)
		}
	}
	return f
}

// neighbourMetrics are what is known of each neighbour's link: of its last 128 answered heartbeats.
func neighbourMetrics(rings []mesh.RingStats) []promtext.Family {
	rtt := family("neighbour_rtt_seconds", promtext.Gauge, "Round trip of the last 128 heartbeats that a neighbour answered.")
	loss := family("neighbour_loss_ratio", promtext.Gauge, "Part of the last 128 heartbeats that was lost, there or back.")
	silent := family("neighbour_silent_seconds", promtext.Gauge, "Time since a neighbour was heard last.")
	missed := family("neighbour_missed_heartbeats_total", promtext.Counter, "Heartbeats that a neighbour did not answer in time, since it is one.")
	late := family("neighbour_late_heartbeats_total", promtext.Counter, "Heartbeats that a neighbour answered late, since it is one.")
	for _, r := range rings {
		for _, n := range r.Watching {
			who := append(ringLabels(r), label("neighbour", n.Name), label("host_id", string(n.ID)))
			if n.RTTP99 > 0 { // it has answered at least once
				rtt.Add(n.RTTMin.Seconds(), append(slices.Clone(who), label("stat", "min"))...)
				rtt.Add(n.RTTMean.Seconds(), append(slices.Clone(who), label("stat", "mean"))...)
				rtt.Add(n.RTTP99.Seconds(), append(slices.Clone(who), label("stat", "p99"))...)
			}
			loss.Add(float64(n.LossPct)/100, who...)
			silent.Add(n.Silent.Seconds(), who...)
			missed.Add(float64(n.Missed), who...)
			late.Add(float64(n.Late), who...)
		}
	}
	return []promtext.Family{rtt, loss, silent, missed, late}
}

// wireMetrics are packets and bytes, payload only: UDP and IP add 28 bytes to a datagram, or 48 with IPv6.
func wireMetrics(s wire.Stats) []promtext.Family {
	datagrams := family("sent_datagrams_total", promtext.Counter, "UDP datagrams sent, by what they are for.")
	bytes := family("sent_datagram_bytes_total", promtext.Counter, "Payload of the UDP datagrams sent.")
	streams := family("opened_streams_total", promtext.Counter, "TCP connections opened, by what they are for.")
	streamBytes := family("sent_stream_bytes_total", promtext.Counter, "Bytes sent on TCP connections.")
	for kind, t := range s.Sent {
		of := label("kind", wire.Kind(kind).String())
		datagrams.Add(float64(t.Datagrams), of)
		bytes.Add(float64(t.Bytes), of)
		streams.Add(float64(t.Streams), of)
		streamBytes.Add(float64(t.StreamBytes), of)
	}
	const received = "assim_nanoprobe_received_"
	return []promtext.Family{
		datagrams, bytes, streams, streamBytes,
		promtext.One(received+"datagrams_total", promtext.Counter, "UDP datagrams received.", float64(s.Received.Datagrams)),
		promtext.One(received+"datagram_bytes_total", promtext.Counter, "Payload of the UDP datagrams received.", float64(s.Received.Bytes)),
		promtext.One("assim_nanoprobe_accepted_streams_total", promtext.Counter, "TCP connections accepted.", float64(s.Received.Streams)),
		promtext.One(received+"stream_bytes_total", promtext.Counter, "Bytes received on TCP connections.", float64(s.Received.StreamBytes)),
		dropMetrics(s.Dropped),
	}
}

func dropMetrics(d wire.Drops) promtext.Family {
	f := family("dropped_packets_total", promtext.Counter, "Datagrams and TCP connections that were not passed on, by reason.")
	for _, reason := range []struct {
		name  string
		count uint64
	}{{"label", d.Label}, {"oversize", d.Oversize}, {"full", d.Full}, {"dead", d.Dead}, {"slow", d.Slow}, {"call", d.Call}} {
		f.Add(float64(reason.count), label("reason", reason.name))
	}
	return f
}

// refusalMetrics are what was read and not believed, and the requests between hosts.
func refusalMetrics(s mesh.Stats) []promtext.Family {
	refused := family("refused_messages_total", promtext.Counter, "Messages, members and requests that were refused, by reason.")
	for _, reason := range slices.Sorted(maps.Keys(s.Refused)) {
		refused.Add(float64(s.Refused[reason]), label("reason", reason))
	}
	calls := family("calls_total", promtext.Counter, "Requests between hosts, by what became of them.")
	for _, c := range []struct {
		outcome string
		count   uint64
	}{
		{"answered", s.Calls.Made - s.Calls.Failed}, {"failed", s.Calls.Failed},
		{"served", s.Calls.Served - s.Calls.Denied}, {"denied", s.Calls.Denied},
	} {
		calls.Add(float64(c.count), label("outcome", c.outcome))
	}
	return []promtext.Family{
		refused, calls,
		promtext.One("assim_nanoprobe_overrun_messages_total", promtext.Counter, "Messages that came faster than they are read.", float64(s.Dropped)),
	}
}
