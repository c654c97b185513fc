package cache

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

const testPassword = "correct horse"

// fixture is one server with nothing in it.
type fixture struct {
	Server
	*Client
	raw  *redis.Client // for what a Client doesn't do: looking at keys, turning back time
	site Site
}

func newFixture(t testing.TB, s Server) *fixture {
	t.Helper()
	c := Dial(s, Config{})
	t.Cleanup(func() { c.Close() })
	f := &fixture{Server: s, Client: c, raw: c.redis, site: Site{Name: "here", Servers: []Server{s}}}
	if err := f.raw.FlushAll(t.Context()).Err(); err != nil {
		t.Fatal(err)
	}
	return f
}

// onServers runs test on the in-process server and on Redis.
func onServers(t *testing.T, test func(t *testing.T, start func(testing.TB) Server)) {
	t.Run("local", func(t *testing.T) { test(t, startLocal) })
	t.Run("redis", func(t *testing.T) {
		needRedis(t)
		test(t, startRedis)
	})
}

func startLocal(t testing.TB) Server {
	t.Helper()
	local, err := NewLocalServer("127.0.0.1:0", testPassword)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- local.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	return Server{Addr: local.Addr(), Password: testPassword}
}

// needRedis skips a test with -short.
func needRedis(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("redis-server is not run with -short")
	}
}

// startRedis runs redis-server until the test ends. It returns once the server takes connections.
func startRedis(t testing.TB) Server {
	t.Helper()
	return startProcess(t).Server
}

// process is a redis-server that can be killed, and started again at the same address.
type process struct {
	Server
	kill func() // ends it without a chance to say anything
}

func startProcess(t testing.TB) *process {
	t.Helper()
	addr, kill := runProgram(t, func(port string) []string { return redisArgs(t, "--port", port, "--requirepass", testPassword) })
	return &process{Server{Addr: addr, Password: testPassword}, kill}
}

// start starts it again.
func (p *process) start(t testing.TB) {
	t.Helper()
	_, port, _ := net.SplitHostPort(p.Addr)
	var ok bool
	if p.kill, ok = tryRedis(t, redisArgs(t, "--port", port, "--requirepass", testPassword)); !ok {
		t.Fatalf("redis-server did not start again at %s", p.Addr)
	}
}

// runRedis runs redis-server with arguments for a free port, and returns its address.
func runRedis(t testing.TB, args func(port string) []string) (addr string) {
	t.Helper()
	addr, _ = runProgram(t, func(port string) []string { return redisArgs(t, args(port)...) })
	return addr
}

// redisArgs are those of a server that keeps nothing, and args.
func redisArgs(t testing.TB, args ...string) []string {
	return append([]string{"--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir()}, args...)
}

// runProgram runs redis-server with exactly these arguments, and tells how to kill it.
func runProgram(t testing.TB, args func(port string) []string) (addr string, kill func()) {
	t.Helper()
	for range 3 { // someone else may take the free port first
		addr := freeAddr(t)
		_, port, _ := net.SplitHostPort(addr)
		if kill, ok := tryRedis(t, args(port)); ok {
			return addr, kill
		}
	}
	t.Fatal("redis-server did not start on three free ports")
	return "", nil
}

// freeAddr is an address at which nobody listens.
func freeAddr(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// tryRedis runs a server until the test ends or kill is called, and reports whether it takes connections.
func tryRedis(t testing.TB, args []string) (kill func(), ok bool) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Fatal("redis-server is not installed: scripts/test installs it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute) // a test that hangs leaves no server
	cmd := exec.CommandContext(ctx, program, args...)
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
		if strings.Contains(lines.Text(), "Ready to accept connections") || strings.Contains(lines.Text(), "+monitor master") {
			go io.Copy(io.Discard, out) // what it says later must not hold it up
			return kill, true
		}
	}
	return kill, false
}

// relay takes connections for addr until that many bytes came back: then it breaks all of them and
// takes no more.
func relay(t *testing.T, listener net.Listener, addr string, bytes int64) {
	t.Helper()
	ctx, end := context.WithCancel(t.Context())
	var left atomic.Int64
	left.Store(bytes)
	context.AfterFunc(ctx, func() { listener.Close() })
	t.Cleanup(end)
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				t.Error(err)
				return
			}
			context.AfterFunc(ctx, func() { client.Close(); server.Close() })
			go func() {
				io.Copy(server, client)
				server.Close()
			}()
			go func() {
				defer client.Close()
				for buf := make([]byte, 32<<10); ; {
					n, err := server.Read(buf)
					if err != nil {
						return
					}
					if left.Add(-int64(n)) < 0 {
						end()
						return
					}
					client.Write(buf[:n])
				}
			}()
		}
	}()
}

// snap is a valid snapshot; Seq is 1.
func snap(host, path, content string) Snapshot {
	return Snapshot{
		Host: host, Path: path, Content: []byte(content), Stat: "-rw-r--r-- root root", HostID: "id of " + host,
		Boot: 1, Seq: 1, Changed: time.Date(2026, 1, 2, 3, 4, 5, 6e6, time.UTC),
	}
}

func (f *fixture) mustPut(t testing.TB, snaps ...Snapshot) {
	t.Helper()
	for _, s := range snaps {
		if _, err := f.Put(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// round has an indexer look at the server once.
func (f *fixture) round(t *testing.T) {
	t.Helper()
	w, err := (&Indexer{Client: f.Client, MinHosts: 2}).newWorker()
	if err != nil {
		t.Fatal(err)
	}
	w.token = "of the test"
	f.raw.Set(t.Context(), keyLease, w.token, 0)
	defer f.raw.Del(t.Context(), keyLease)
	w.round(t.Context())
}

// silent makes the host one that was last seen so long ago.
func (f *fixture) silent(t *testing.T, host string, ago time.Duration) {
	t.Helper()
	now := f.raw.Time(t.Context()).Val()
	if err := f.raw.ZAdd(t.Context(), keyHosts, redis.Z{Score: float64(now.Add(-ago).UnixMilli()), Member: host}).Err(); err != nil {
		t.Fatal(err)
	}
}

// grep returns a search's hits as host:path:number:line.
func grep(t *testing.T, sites []Site, q Query) ([]string, Summary) {
	t.Helper()
	var hits []string
	sum, err := Search(t.Context(), sites, q, func(h Hit) error {
		hits = append(hits, fmt.Sprintf("%s:%s:%d:%s", h.Host, h.Path, h.LineNo, h.Line))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits, sum
}
