package mesh

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
)

// TestSeedKeepsItsAddress: a name that can't be looked up now has the addresses that it had; one that never
// was has none.
func TestSeedKeepsItsAddress(t *testing.T) {
	m := &Mesh{cfg: Config{
		Seeds:  []string{"localhost:7946", "192.0.2.1:7946", "seed.invalid:7946"},
		Logger: slog.New(slog.DiscardHandler),
	}}
	first := m.resolve(t.Context())
	if len(first) < 2 || !slices.Contains(first, netip.MustParseAddrPort("192.0.2.1:7946")) {
		t.Fatalf("looked up %v, want localhost's addresses and 192.0.2.1", first)
	}
	away, cancel := context.WithCancel(t.Context())
	cancel()
	if got := m.resolve(away); !slices.Equal(got, first) {
		t.Errorf("while no name can be looked up: %v, want %v", got, first)
	}
}
