package nanoprobe

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// runRedis runs a redis-server on a free port until the test ends.
func runRedis(t *testing.T) cache.Server {
	t.Helper()
	server := cache.Server{Addr: freeAddr(t), Password: password}
	startRedis(t, server)
	return server
}

// startRedis runs redis-server there until the test ends or it is killed.
func startRedis(t *testing.T, at cache.Server) (kill func()) {
	t.Helper()
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
	host, port, err := net.SplitHostPort(at.Addr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a test that hangs leaves no server
	cmd := exec.CommandContext(ctx, "redis-server", "--bind", host, "--port", port, "--save", "", "--requirepass", at.Password, "--dir", t.TempDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("redis-server, which scripts/test installs: %v", err)
	}
	kill = sync.OnceFunc(func() { cancel(); cmd.Wait() })
	t.Cleanup(kill)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return kill
		}
	}
	t.Fatalf("redis-server did not start at %s", at.Addr)
	return nil
}

// freeAddr is an address that nobody listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// TestOutputReachesRedis: a command of the list becomes a row; a document keeps its name against one;
// a command that is taken from the list takes its row along.
func TestOutputReachesRedis(t *testing.T) {
	server := runRedis(t)
	root := hostTree(t, map[string]string{"list": "@greeting echo hello; echo aside >&2\n@test echo not the document\n"})
	ctx, cancel := context.WithCancel(t.Context())
	n := probeOf(t, root, 1, server)
	done := make(chan error, 1)
	go func() { done <- n.Run(ctx) }()
	waitHeld(t, server, "@greeting", "@test")

	site := cache.Site{Name: "here", Servers: []cache.Server{server}}
	for path, want := range map[string]string{"@greeting": "hello\n", "@test": "{\n  \"value\": 1\n}\n"} {
		row, err := cache.Get(ctx, site, "web1", path)
		if err != nil || string(row.Content) != want {
			t.Errorf("%s: %q, %v, want %q", path, row.Content, err, want)
		}
	}
	if row, err := cache.Get(ctx, site, "web1", "@greeting"); err != nil || row.Stat != "exit status 0: aside" {
		t.Errorf("stat %q, %v, want how the command ended", row.Stat, err)
	}

	if err := os.WriteFile(filepath.Join(root, "list"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	<-n.looked // from here on the watcher rests for half a minute
	if err := n.watcher.look(ctx); err != nil {
		t.Fatal(err)
	}
	waitHeld(t, server, "@test")
	cancel()
	<-done
}
