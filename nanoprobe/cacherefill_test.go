package nanoprobe

import (
	"context"
	"errors"
	"testing"

	"github.com/assim-mesh/assim/cache"
)

// TestKilledCacheIsRefilled kills a Redis server twice, which comes back empty each time.
func TestKilledCacheIsRefilled(t *testing.T) {
	server := cache.Server{Addr: freeAddr(t), Password: password}
	kill := startRedis(t, server)
	root := hostTree(t, map[string]string{"etc/a": "one\n", "etc/b": "two\n", "list": "/etc/a\n/etc/b\n"})
	n := probeOf(t, root, 1, server)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	waitHeld(t, server, "/etc/a", "/etc/b", "@test")
	for range 2 {
		kill()
		kill = startRedis(t, server)
		waitHeld(t, server, "/etc/a", "/etc/b", "@test")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}
