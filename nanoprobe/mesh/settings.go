package mesh

import (
	"log"
	"log/slog"
	"time"

	"github.com/hashicorp/memberlist"
)

// retransmits is how often a member sends a broadcast, times log10 of the members. memberlist's 4 is
// for random targets; on pings to the same few neighbours some rumours die before they reached all,
// and two healed halves of 8 took 50 s to become one ring. With 8 they take 20 s, in as many packets.
const retransmits = 8

// packetBytes bounds a packet of memberlist's. reserved is kept of it for the ring's broadcasts, two
// verdicts at least, since memberlist fills packets with its own rumours first: where half of a ring of 64
// has died, its suspicions of those who are long known to be dead held up the verdicts for half a minute.
const packetBytes, reserved = 1400, 400

// settings is memberlist's configuration, but for name, label, address, transport and delegates:
// membership, dissemination and a second line of defence, as the ring finds deaths first.
func settings(cfg Config, keyring *memberlist.Keyring, logger *slog.Logger) *memberlist.Config {
	c := memberlist.DefaultLANConfig()
	c.Keyring = keyring
	c.SkipInboundLabelCheck = true // wire has cut the label off; it is authenticated with the content
	c.Logger = log.New(&logBridge{logger: logger}, "", 0)

	// Rumours ride on the ring's pings; a gossip ticker beside them would spend their retransmits on
	// the same neighbours, and makes the start of many members at once slower, not faster.
	c.GossipInterval = 0
	c.RetransmitMult = retransmits
	c.GossipToTheDeadTime = 2 * time.Minute // how long the dead are remembered

	// Four seconds leave the TCP fallback time for two repetitions of its first packet, after 1 s and
	// after 3 s, which is what makes a slow prober trustworthy. In profile lan it costs a member 0.33
	// datagrams a second, and the prober's verdict takes about 55 s. Never 0: suspicion and Ping depend
	// on it.
	c.ProbeTimeout = cfg.Profile.LateAnswer() // of Ping too: the heartbeat's
	c.ProbeInterval = c.ProbeTimeout + 4*time.Second
	c.IndirectChecks = 1
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = 4, 6

	c.TCPTimeout = 4 * cfg.Profile.Answer() // to connect, and then to exchange some 40 KB
	c.PushPullInterval = time.Minute        // longer makes joins at once and merges take minutes
	c.DeadNodeReclaimTime = 0               // a host at another address has another name
	c.EnableCompression = false             // its encoder leaves 300 KB of garbage a packet
	c.UDPBufferSize = packetBytes - reserved
	return c
}
