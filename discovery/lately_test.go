package discovery

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// box is a copy of a recorded host, on which things happen.
type box struct{ dir string }

func newBox(t *testing.T) box {
	t.Helper()
	b := box{t.TempDir()}
	for _, dir := range []string{"proc", "etc"} {
		must(t, os.CopyFS(b.path(dir), os.DirFS(filepath.Join(recorded("debian12").Dir, dir))))
	}
	return b
}

func (b box) path(name string) string { return filepath.Join(b.dir, filepath.FromSlash(name)) }

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// end ends a process.
func (b box) end(t *testing.T, pid string) { must(t, os.RemoveAll(b.path("proc/"+pid))) }

// hang takes all sockets from a process.
func (b box) hang(t *testing.T, pid string) {
	must(t, os.RemoveAll(b.path("proc/"+pid+"/fd")))
	must(t, os.Mkdir(b.path("proc/"+pid+"/fd"), 0o755))
}

// open gives a process a socket.
func (b box) open(t *testing.T, pid, inode string) {
	must(t, os.Symlink("socket:["+inode+"]", b.path("proc/"+pid+"/fd/1"+inode)))
}

// exec lets a process run another program.
func (b box) exec(t *testing.T, pid, program string) {
	must(t, os.WriteFile(b.path("proc/"+pid+"/cmdline"), []byte(program), 0o644))
}

// close takes a row from the table of sockets over IPv4 or IPv6.
func (b box) close(t *testing.T, table, inode string) {
	b.edit(t, table, func(row string) string {
		if strings.Contains(row, " "+inode+" ") {
			return ""
		}
		return row
	})
}

// add adds a row to the table of sockets over IPv4.
func (b box) add(t *testing.T, row string) {
	b.edit(t, "tcp", func(line string) string {
		if strings.Contains(line, "local_address") {
			line += row
		}
		return line
	})
}

func (b box) edit(t *testing.T, table string, change func(row string) string) {
	name := b.path("proc/901/net/" + table)
	text, err := os.ReadFile(name)
	must(t, err)
	var after strings.Builder
	for row := range strings.Lines(string(text)) {
		after.WriteString(change(row))
	}
	must(t, os.WriteFile(name, []byte(after.String()), 0o644))
}

// shop is what a look finds the recorded host's application to be connected to; "" if it finds none.
func (b box) shop(t *testing.T, lately *recent, now time.Time) string {
	t.Helper()
	data, err := readServices(t.Context(), os.DirFS(b.dir), lately, now)
	must(t, err)
	var all []string
	for key, v := range data {
		if p, ok := v.(Process); ok && strings.HasPrefix(key, "python3.11:") {
			if all = append(all, slices.Collect(maps.Keys(p.ClientAddrs))...); len(p.ClientAddrs) == 0 {
				all = append(all, "nothing")
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// TestLately looks at a host, lets things happen, and looks again.
func TestLately(t *testing.T) {
	const all = "127.0.0.1:6379 127.0.0.1:8080 192.0.2.50:5432 [::1]:6379"
	hang := func(t *testing.T, b box) { b.hang(t, "1010"); b.hang(t, "1011") }
	for _, tt := range []struct {
		name   string
		happen func(*testing.T, box)
		after  time.Duration
		want   string
	}{
		{"nothing", func(*testing.T, box) {}, time.Minute, all},
		{"a connection ends", func(t *testing.T, b box) { b.close(t, "tcp", "46001") }, time.Minute, all},
		{"all sockets are lost", hang, time.Hour - 1, all},
		{"all sockets are lost for an hour", hang, time.Hour, ""},
		{"one of two workers ends", func(t *testing.T, b box) { b.end(t, "1011") }, time.Minute, all},
		{"one ends, the other loses its sockets", func(t *testing.T, b box) { b.end(t, "1011"); b.hang(t, "1010") }, time.Minute, all},
		{"both end", func(t *testing.T, b box) { b.end(t, "1010"); b.end(t, "1011") }, time.Minute, ""},
		{"others have their ids", func(t *testing.T, b box) {
			hang(t, b)
			b.exec(t, "1010", "sleep")
			b.exec(t, "1011", "sleep")
		}, time.Minute, ""},
		{"the listener closes, and serves on whom it accepted", func(t *testing.T, b box) { b.close(t, "tcp6", "45069") }, time.Minute,
			"127.0.0.1:35094 " + all},
		{"it listens where its connection came from", func(t *testing.T, b box) {
			b.add(t, tcpRow("00000000:C350", "00000000:0000", "0A", "47000"))
			b.open(t, "1010", "47000")
		}, time.Minute, all},
	} {
		b, lately := newBox(t), &recent{linger: time.Hour}
		if got := b.shop(t, lately, testTime); got != all {
			t.Fatalf("at first: %q, want %q", got, all)
		}
		tt.happen(t, b)
		if got := b.shop(t, lately, testTime.Add(tt.after)); got != tt.want {
			t.Errorf("%s: %v later: %q, want %q", tt.name, tt.after, got, tt.want)
		}
	}
}

// TestAcceptedIsForgotten: what a server goes on with after it has closed its listener is told as long as it
// is there; it looks like a client of whom it serves, and is none.
func TestAcceptedIsForgotten(t *testing.T) {
	b, lately := newBox(t), &recent{linger: time.Hour}
	b.close(t, "tcp6", "45069")
	if got := b.shop(t, lately, testTime); !strings.Contains(got, "127.0.0.1:35094") {
		t.Fatalf("while it serves on: %q", got)
	}
	b.close(t, "tcp6", "45071")
	if got := b.shop(t, lately, testTime.Add(time.Second)); strings.Contains(got, "127.0.0.1:35094") {
		t.Errorf("afterwards: %q", got)
	}
}

// TestFailedLook: what could not be told is not learnt, and forgets nothing.
func TestFailedLook(t *testing.T) {
	b, lately := newBox(t), &recent{linger: time.Hour}
	want := b.shop(t, lately, testTime)
	group := b.path("etc/group")
	must(t, os.Rename(group, group+".old"))
	must(t, os.Mkdir(group, 0o755)) // which can't be read as a file
	b.end(t, "1010")
	b.hang(t, "1011")
	if _, err := readServices(t.Context(), os.DirFS(b.dir), lately, testTime.Add(time.Hour-2)); err == nil {
		t.Fatal("no error")
	}
	must(t, os.Remove(group))
	must(t, os.Rename(group+".old", group))
	if got := b.shop(t, lately, testTime.Add(time.Hour-1)); got != want {
		t.Errorf("after a look that failed: %q, want %q", got, want)
	}
}

// TestNoNews: a client that connects once a minute makes one document, not one each time that a look catches
// or misses it, as it does without the memory.
func TestNoNews(t *testing.T) {
	const minutes = 15
	for _, tt := range []struct {
		linger time.Duration
		want   int
	}{{time.Hour, 1}, {0, 2 * minutes}} {
		b := newBox(t)
		b.hang(t, "1011")
		synctest.Test(t, func(t *testing.T) {
			documents := 0
			poller, err := NewPoller(PollerConfig{
				Host: Host{Dir: b.dir}, Name: "h", HostID: "1", Boot: 1, Agents: []Agent{TCPDiscovery(tt.linger)},
				Rand: rand.New(rand.NewPCG(1, 2)), Logger: slog.New(slog.DiscardHandler),
				Emit: func(context.Context, Document) error { documents++; return nil },
			})
			must(t, err)
			for range minutes {
				for _, happen := range []func(){
					func() { b.open(t, "1011", "46001") },
					func() { b.hang(t, "1011") },
					func() {},
				} {
					happen()
					must(t, poller.Once(t.Context()))
					time.Sleep(20 * time.Second)
				}
			}
			if documents != tt.want {
				t.Errorf("held for %v: %d documents, want %d", tt.linger, documents, tt.want)
			}
		})
	}
}

// TestTrying: who waits for an answer is a client already.
func TestTrying(t *testing.T) {
	for _, tt := range []struct {
		port   int
		client string
		opened int
	}{
		{32767, "map[]", 0},
		{32768, "map[192.0.2.50:5432:tcp]", 1},
		{65535, "map[192.0.2.50:5432:tcp]", 1},
	} {
		row := tcpRow(fmt.Sprintf("0A0200C0:%04X", tt.port), "320200C0:1538", "02", "7")
		sockets, err := parseTCP(strings.NewReader(tcpHeader + row))
		if err != nil {
			t.Fatal(err)
		}
		listens, clientOf, opened := newTCPTable(sockets, 32768).roles([]uint64{7})
		if len(listens) != 0 || fmt.Sprint(clientOf) != tt.client || len(opened) != tt.opened {
			t.Errorf("from port %d: client of %v, opened %v, want %s and %d", tt.port, clientOf, opened, tt.client, tt.opened)
		}
	}
}
