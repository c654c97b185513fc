package cachebench

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// startServers starts a Redis for each site, and returns where they listen.
func startServers(t testing.TB) (addrs []string) {
	t.Helper()
	for site := range sites {
		port := fmt.Sprint(6400 + site) // of a network that is the test's own
		addr := net.JoinHostPort("127.0.0.1", port)
		p := testbed.Start(t, fmt.Sprintf("redis%d", site), exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port,
			"--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--hash-max-listpack-value", "4096",
			"--dir", testbed.NewDir(t)))
		client := connect(t, addr)
		testbed.Eventually(t, 10*time.Second, func() error {
			if err := p.Running(); err != nil {
				return err
			}
			return client.Ping(t.Context()).Err()
		})
		addrs = append(addrs, addr)
	}
	return addrs
}

func connect(t testing.TB, addr string) *redis.Client {
	client := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	t.Cleanup(func() { client.Close() })
	return client
}

// usedBytes is what the servers say that they use.
func usedBytes(t testing.TB, addrs []string) (total int64) {
	t.Helper()
	for _, addr := range addrs {
		info, err := connect(t, addr).Info(t.Context(), "memory").Result()
		if err != nil {
			t.Fatal(err)
		}
		_, after, _ := strings.Cut(info, "used_memory:")
		var used int64
		if _, err := fmt.Sscan(after, &used); err != nil {
			t.Fatal(err)
		}
		total += used
	}
	return total
}

// dropSegments makes the servers forget all segments at once, so that the next are built from nothing.
func dropSegments(t testing.TB, addrs []string) {
	t.Helper()
	for _, addr := range addrs {
		client := connect(t, addr)
		keys := []string{"segments"}
		for _, pattern := range []string{"pack#*", "tri#*"} {
			some, err := client.Keys(t.Context(), pattern).Result()
			if err != nil {
				t.Fatal(err)
			}
			keys = append(keys, some...)
		}
		if err := client.Del(t.Context(), keys...).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

// writeConfig writes what assim needs to find servers, and returns the file's name.
func writeConfig(t testing.TB, dir string, caches ...string) string {
	t.Helper()
	fleet := filepath.Join(dir, "fleet.json")
	if err := api.NewFleet([]byte("no CMA is asked")).Write(fleet); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("fleet: %s\ncma: https://127.0.0.1:1\nsites:\n", fleet)
	for i, c := range caches {
		text += fmt.Sprintf("  - name: site%d\n    caches: [%s]\n", i, c)
	}
	return testbed.Write(t, filepath.Join(dir, "assim.yaml"), 0o600, "%s", text)
}

// startSmall starts the embedded cache with a few hosts in it, and returns assim's configuration for it.
func startSmall(t testing.TB, hosts int) string {
	t.Helper()
	const password = "embedded"
	server, err := cache.NewLocalServer("127.0.0.1:0", password)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
	client := cache.Dial(cache.Server{Addr: server.Addr(), Password: password}, cache.Config{})
	defer client.Close()
	settings := parseSettings(sysctlText)
	for n := range hosts {
		m := newMachine(n, 0)
		put(t, client, m, "@sysctl", m.sysctl(nil, settings))
		put(t, client, m, "@packages", m.packages())
	}
	dir := testbed.NewDir(t)
	file := testbed.Write(t, filepath.Join(dir, "password"), 0o600, "%s\n", password)
	return writeConfig(t, dir, fmt.Sprintf("{addr: %q, password-file: %s}", server.Addr(), file))
}
