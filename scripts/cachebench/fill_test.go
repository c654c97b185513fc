package cachebench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

// collection is what all machines have at one path.
type collection struct {
	path    string // in the cache
	text    string // file with all contents, one after the other
	tree    string // directory with a file a host, or ""
	content func(*machine) []byte
}

// collections are the settings, of which figures are taken, and the documents beside them.
func collections(dir string) (settings collection, documents []collection) {
	parsed := parseSettings(sysctlText)
	var buf []byte
	settings = collection{"@sysctl", filepath.Join(dir, "sysctl.txt"), filepath.Join(dir, "tree"), func(m *machine) []byte {
		buf = m.sysctl(buf[:0], parsed)
		return buf
	}}
	return settings, []collection{
		{"@lshw", filepath.Join(dir, "lshw.txt"), "", (*machine).lshw},
		{"@packages", filepath.Join(dir, "packages.txt"), "", (*machine).packages},
	}
}

// put writes what a machine has at a path, as its nanoprobe does.
func put(t testing.TB, c *cache.Client, m *machine, path string, content []byte) {
	t.Helper()
	if err := putContent(t.Context(), c, m, path, content); err != nil {
		t.Fatal(err)
	}
}

func putContent(ctx context.Context, c *cache.Client, m *machine, path string, content []byte) error {
	_, err := c.Put(ctx, cache.Snapshot{Host: m.name, HostID: fmt.Sprintf("%032x", m.number), Path: path, Content: content,
		Stat: "-rw-r--r-- root root", Boot: 1, Seq: uint64(1 + m.revision), Changed: time.Unix(1_700_000_000, 0)})
	return err
}

// fill writes the collection of so many machines to their sites' servers, and to the file. The first ones
// come twice: between the two, a dictionary is made of them, as an indexer does in a fleet that begins.
func fill(t testing.TB, addrs []string, c collection, hosts int) {
	t.Helper()
	const first = 24 * sites // enough for a dictionary, and too few for segments
	pour(t, addrs, c, min(first, hosts), false)
	if err := index(t.Context(), "*", addrs); err != nil {
		t.Fatal(err)
	}
	pour(t, addrs, c, hosts, true)
}

// item is a content on its way to a server.
type item struct {
	machine *machine
	content []byte
}

// pour writes the collection of so many machines, and to disk too if that is wanted.
func pour(t testing.TB, addrs []string, c collection, hosts int, toDisk bool) {
	t.Helper()
	ctx, fail := context.WithCancelCause(t.Context())
	defer fail(nil)
	var running sync.WaitGroup
	queues := make([]chan item, len(addrs))
	for site, addr := range addrs {
		queues[site] = make(chan item, 16)
		running.Go(func() {
			client := cache.Dial(cache.Server{Addr: addr}, cache.Config{})
			defer client.Close()
			for it := range queues[site] { // to the end, or the others would have to wait
				if err := putContent(ctx, client, it.machine, c.path, it.content); err != nil {
					fail(err)
				}
			}
		})
	}
	err := c.generate(hosts, toDisk, func(it item) { queues[it.machine.site()] <- it })
	for _, queue := range queues {
		close(queue)
	}
	running.Wait()
	if err != nil || context.Cause(ctx) != nil {
		t.Fatal(err, context.Cause(ctx))
	}
}

// generate calls f with what machines have, and writes that to disk too if that is wanted.
func (c collection) generate(hosts int, toDisk bool, f func(item)) error {
	w := bufio.NewWriterSize(io.Discard, 1<<20)
	if toDisk {
		out, err := os.Create(c.text)
		if err != nil {
			return err
		}
		defer out.Close()
		w.Reset(out)
	}
	for n := range hosts {
		m := newMachine(n, 0)
		content := bytes.Clone(c.content(m))
		w.Write(content) // errors show when it is flushed
		if toDisk && c.tree != "" {
			dir := filepath.Join(c.tree, m.name)
			if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, "sysctl"), content, 0o600)); err != nil {
				return err
			}
		}
		f(item{m, content})
	}
	return w.Flush()
}

// change gives the machines from one to another a new revision of the collection, and returns how much
// processor time that took this process, which is what it takes their nanoprobes.
func change(t testing.TB, addrs []string, c collection, from, to, revision int) time.Duration {
	t.Helper()
	var clients []*cache.Client
	for _, addr := range addrs {
		client := cache.Dial(cache.Server{Addr: addr}, cache.Config{})
		defer client.Close()
		clients = append(clients, client)
	}
	const together = 128
	var used time.Duration
	for ; from < to; from += together {
		var items []item
		for n := from; n < min(from+together, to); n++ {
			m := newMachine(n, revision)
			items = append(items, item{m, bytes.Clone(c.content(m))})
		}
		runtime.GC() // what making them leaves behind is not a nanoprobe's
		before := cpu(t)
		for _, it := range items {
			put(t, clients[it.machine.site()], it.machine, c.path, it.content)
		}
		used += cpu(t) - before
	}
	return used
}
