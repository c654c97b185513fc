package mesh

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"

	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh/wire"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

const (
	keyBytes      = 32  // AES-256
	maxSeeds      = 64  //
	maxIDBytes    = 64  // of a host id
	maxNameBytes  = 255 // of a host's name; a DNS name has at most 253
	maxGroupBytes = 64  //
)

// Config is what a host needs to be in the mesh. All but Segments, BaseSizes, AboveSizes,
// Advertise, Seeds, CMAAway and Answer is required.
type Config struct {
	HostID     ring.HostID        // at most 64 bytes
	Name       string             // of the host, at most 255 bytes
	Boot       uint64             // larger at each start
	Key        ed25519.PrivateKey // the host's; its messages and answers are signed with it
	RingKey    []byte             // 32 bytes that all hosts of the fleet share
	Group      string             // hosts of one group share rings, at most 64 bytes
	Segments   []string           // that the host hangs on; see SetSegments
	BaseSizes  backbone.Sizes     // when base rings split and merge; zero: backbone's own
	AboveSizes backbone.Sizes     // likewise the rings above
	Bind       string             // "ip:port" for UDP and TCP; port 0 takes a free one
	Advertise  string             // "ip:port" under which others reach Bind; required when that is [::]
	Seeds      []string           // "host:port" of some hosts, at most 64; this host's own does no harm
	Profile    ring.Profile       // the same for all hosts
	Logger     *slog.Logger       //
	Rand       *rand.Rand         // for jitter; used by New only
	Report     func(ring.Event)   // must not block; called by one goroutine at a time
	CMAAway    func() bool        // whether no CMA is heard; then representatives tell switches from hosts
	Answer     Answer             // to other hosts' Ask; nil: such requests are refused

	open     func(wire.Config) (*wire.Host, error) // of tests; nil: UDP and TCP at Bind
	metadata func([]byte, peer) []byte             // of tests, for later versions; nil: appendMetadata
}

func (c Config) validate() error {
	switch {
	case c.HostID == "" || len(c.HostID) > maxIDBytes:
		return fmt.Errorf("mesh: host id of %d bytes, 1 to %d", len(c.HostID), maxIDBytes)
	case c.Name == "" || len(c.Name) > maxNameBytes:
		return fmt.Errorf("mesh: host name of %d bytes, 1 to %d", len(c.Name), maxNameBytes)
	case c.Boot == 0:
		return errors.New("mesh: boot is 0")
	case len(c.Key) != ed25519.PrivateKeySize:
		return fmt.Errorf("mesh: host key of %d bytes, want %d", len(c.Key), ed25519.PrivateKeySize)
	case len(c.RingKey) != keyBytes:
		return fmt.Errorf("mesh: ring key of %d bytes, want %d", len(c.RingKey), keyBytes)
	case c.Group == "" || len(c.Group) > maxGroupBytes:
		return fmt.Errorf("mesh: group of %d bytes, 1 to %d", len(c.Group), maxGroupBytes)
	case c.Logger == nil || c.Rand == nil || c.Report == nil:
		return errors.New("mesh: Logger, Rand and Report are required")
	case len(c.Seeds) > maxSeeds:
		return fmt.Errorf("mesh: %d seeds, at most %d", len(c.Seeds), maxSeeds)
	}
	if err := c.Profile.Validate(); err != nil {
		return fmt.Errorf("mesh: %w", err)
	}
	return c.validateAddrs()
}

func (c Config) validateAddrs() error {
	bind, err := netip.ParseAddrPort(c.Bind)
	if err != nil {
		return fmt.Errorf("mesh: bind address %q: %w", c.Bind, err)
	}
	if c.Advertise != "" {
		to, err := netip.ParseAddrPort(c.Advertise)
		if err == nil && (to.Addr().IsUnspecified() || to.Port() == 0) {
			err = errors.New("nobody can reach that")
		}
		if err != nil {
			return fmt.Errorf("mesh: advertised address %q: %w", c.Advertise, err)
		}
	} else if bind.Addr().Is6() && bind.Addr().IsUnspecified() {
		return fmt.Errorf("mesh: bind address %q needs an advertised address", c.Bind)
	}
	for _, seed := range c.Seeds {
		if err := validateSeed(seed); err != nil {
			return fmt.Errorf("mesh: seed %q: %w", seed, err)
		}
	}
	return nil
}

func validateSeed(seed string) error {
	host, port, err := net.SplitHostPort(seed)
	if err != nil {
		return err
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return fmt.Errorf("port %q is not in 1 to 65535", port)
	}
	if host == "" {
		return errors.New("no host")
	}
	return nil
}
