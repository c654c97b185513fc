package backbone

import (
	"fmt"
	"net/netip"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Config says who this host is.
type Config struct {
	Self  ring.Member      // Addr, "ip:port", is where others reach this host
	Group string           // 1 to 64 bytes; hosts of one group share base rings
	Seeds []netip.AddrPort // SetSeeds replaces them; of many, 16 are asked at a time
	Base  Sizes            // of base rings; zero: 128, 16, 72
	Above Sizes            // of all rings above; zero: 256, 32, 144
	// Segments is what the host hangs on, such as switch:CHASSIS; SetSegments replaces it. Those above
	// MaxSegments, or longer than MaxSegmentBytes, are not announced.
	Segments []string
}

// Sizes bounds the rings of a level, in members.
type Sizes struct {
	Split    int // a larger ring splits
	Merge    int // a ring merges when it or its sibling is smaller
	MergeSum int // but only into one of at most so many
}

func (s Sizes) validate() error {
	if s.Split < 4 || s.Split >= ring.MaxMembers || s.Merge < 1 || s.MergeSum < s.Merge || s.MergeSum > s.Split {
		return fmt.Errorf("%w: sizes %+v, want 4 <= split < %d and 1 <= merge <= merge sum <= split",
			ErrConfig, s, ring.MaxMembers)
	}
	return nil
}

func (m *Machine) sizes(level uint8) Sizes {
	if level == 0 {
		return m.cfg.Base
	}
	return m.cfg.Above
}
