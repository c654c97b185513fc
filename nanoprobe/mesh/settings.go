package mesh

import (
	"log"
	"net/netip"
	"time"

	"github.com/hashicorp/memberlist"
)

// ringLabel is authenticated with each packet and stream, so that two fleets with one key by mistake
// stay apart from other users of memberlist.
const ringLabel = "assim/1"

// retransmits is how often a member sends a broadcast, times log10 of the members. memberlist's 4 is
// for random targets; on pings to the same few neighbours some rumours die before they reached all,
// and two healed halves of 8 took 50 s to become one ring. With 8 they take 20 s, in as many packets.
const retransmits = 8

// settings is memberlist's configuration: membership, dissemination and a second line of defence, as
// the ring finds deaths first.
func settings(cfg Config, d delegate) *memberlist.Config {
	c := memberlist.DefaultLANConfig()
	c.Name, c.Label, c.SecretKey = string(cfg.HostID), ringLabel, cfg.Key
	c.Delegate, c.Events, c.Conflict, c.Alive = d, d, d, d
	c.Logger = log.New(&logBridge{logger: cfg.Logger}, "", 0)

	// Rumours ride on the ring's pings; a gossip ticker beside them would spend their retransmits on
	// the same neighbours, and makes the start of many members at once slower, not faster.
	c.GossipInterval = 0
	c.RetransmitMult = retransmits
	c.GossipToTheDeadTime = 2 * time.Minute // how long the dead are remembered

	// Five seconds leave the TCP fallback time for two repetitions of its first packet, which is
	// what makes a slow prober trustworthy. Its verdict takes about 45 s. Never 0: suspicion and
	// Ping depend on it.
	c.ProbeInterval = 5 * time.Second
	c.ProbeTimeout = cfg.Profile.Answer() // of Ping too: the heartbeat's
	c.IndirectChecks = 1
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = 4, 6

	c.TCPTimeout = 4 * cfg.Profile.Answer() // to connect, and then to exchange some 20 KB
	c.PushPullInterval = time.Minute        // longer makes joins at once and merges take minutes
	c.DeadNodeReclaimTime = 30 * time.Second
	c.EnableCompression = false // its encoder leaves 300 KB of garbage a packet
	c.UDPBufferSize = 1400

	if cfg.Advertise != "" {
		to := netip.MustParseAddrPort(cfg.Advertise) // validated
		c.AdvertiseAddr, c.AdvertisePort = to.Addr().String(), int(to.Port())
	}
	return c
}
