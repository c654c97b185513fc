package testbed

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m, func() error { return nil }) }

func need(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs namespaces")
	}
	if Dir() == "" {
		t.Fatal("needs root, which alone may make namespaces")
	}
}

// TestInside: what is in here is its own, and empty.
func TestInside(t *testing.T) {
	need(t)
	links, err := net.Interfaces()
	if err != nil || len(links) != 1 || links[0].Flags&net.FlagUp == 0 {
		t.Errorf("interfaces %v, %v, want loopback alone, up", links, err)
	}
	for _, dir := range []string{"/run", Dir()} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
			t.Errorf("%s holds %v, %v", dir, entries, err)
		}
	}
}

func TestProcess(t *testing.T) {
	need(t)
	var lines atomic.Int32
	p := Start(t, "talker", exec.Command("sh", "-c", `echo one two; echo three >&2; trap 'exit 0' TERM; while :; do sleep 0.1; done`),
		func(string) { lines.Add(1) })
	Eventually(t, 5*time.Second, func() error { return p.Says("three") })
	if err := p.Says("one", "two"); err != nil {
		t.Error(err)
	}
	if p.Says("one", "three") == nil {
		t.Error("two lines are taken for one")
	}
	if err := p.Running(); err != nil {
		t.Errorf("a process that is there is said to have ended: %v", err)
	}
	p.Stop(t)
	if err := p.Running(); err == nil || err.Error() != "talker: exit status 0: three" {
		t.Errorf("of a process that has ended it is said %v", err)
	}
	if n := lines.Load(); n != 2 {
		t.Errorf("%d lines passed on, want 2", n)
	}
	p.Kill(t) // does no harm

	again := Start(t, "talker", exec.Command("sleep", "60"), nil)
	if again.Says("one") == nil {
		t.Error("what an earlier process of the name has said is taken for this one's")
	}
	again.Kill(t)
	if code := again.Ended(t, time.Second); code != -1 {
		t.Errorf("exit status %d, want that of a kill, -1", code)
	}
}

// TestLongLine: what is too long for the one who reads lines holds up nothing and is logged.
func TestLongLine(t *testing.T) {
	need(t)
	p := Start(t, "long", exec.Command("sh", "-c", `head -c 3000000 /dev/zero | tr '\0' x; echo; echo the end`), func(string) {})
	if code := p.Ended(t, 10*time.Second); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if err := p.Says("the end"); err != nil {
		t.Error(err)
	}
}

func TestFeed(t *testing.T) {
	if err := Feed("hello", "grep", "-q", "hello"); err != nil {
		t.Error(err)
	}
	if err := Feed("", "sh", "-c", "echo why; exit 1"); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("error %v, want what the program said", err)
	}
}
