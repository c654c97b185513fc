package nanoprobe

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// startRedis runs redis-server at addr until the test ends or it is killed. It reports whether it takes
// connections.
func startRedis(t *testing.T, addr string) (kill func(), ok bool) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed: scripts/test installs it")
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute) // a test that hangs leaves no server
	cmd := exec.CommandContext(ctx, program, "--bind", host, "--port", port, "--save", "", "--requirepass", password)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() { cancel(); cmd.Wait() })
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return kill, true
		}
	}
	return kill, false
}

// TestKilledCacheIsRefilled kills a Redis server twice, which comes back empty each time.
func TestKilledCacheIsRefilled(t *testing.T) {
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	listener.Close()
	kill, ok := startRedis(t, addr)
	if !ok {
		t.Skipf("another program took the free port of %s", addr)
	}
	server := cache.Server{Addr: addr, Password: password}
	root := hostTree(t, map[string]string{"etc/a": "one\n", "etc/b": "two\n", "list": "/etc/a\n/etc/b\n"})
	n := probeOf(t, root, 1, server)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	waitHeld(t, server, "/etc/a", "/etc/b", "@test")
	for range 2 {
		kill()
		if kill, ok = startRedis(t, addr); !ok {
			t.Fatalf("redis-server did not start again at %s", addr)
		}
		waitHeld(t, server, "/etc/a", "/etc/b", "@test")
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run: %v", err)
	}
}
