package testbed

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m, lookInside) }

// lookInside fails unless what is in the namespaces is their own, and empty.
func lookInside() error {
	for _, dir := range []string{"/run", Dir()} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			return fmt.Errorf("%s holds %v, %v", dir, entries, err)
		}
	}
	links, err := net.Interfaces()
	if err != nil || len(links) != 1 || links[0].Flags&net.FlagUp == 0 {
		return fmt.Errorf("interfaces %v, %v, want loopback alone, up", links, err)
	}
	return nil
}

func TestProcess(t *testing.T) {
	Need(t)
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

	again := Start(t, "talker", exec.Command("sleep", "60"))
	if again.Says("one") == nil {
		t.Error("what an earlier process of the name has said is taken for this one's")
	}
	again.Kill(t)
	if code := again.Ended(t, time.Second); code != -1 {
		t.Errorf("exit status %d, want that of a kill, -1", code)
	}
}

// TestDescend: a program in a namespace of processes is signalled itself, and what started it ends as it
// does.
func TestDescend(t *testing.T) {
	Need(t, "unshare")
	p := Start(t, "inside", exec.Command("unshare", "--pid", "--fork", "sh", "-c", `trap 'echo told; exit 0' TERM; echo ready; while :; do sleep 0.1; done`))
	Eventually(t, 5*time.Second, func() error { return p.Says("ready") }) // the first of a namespace is deaf before
	before := p.Pid
	p.Descend(t)
	if p.Pid == before {
		t.Error("unshare is taken for what it started")
	}
	p.Signal(t, syscall.SIGTERM)
	if code := p.Ended(t, 5*time.Second); code != 0 {
		t.Errorf("exit status %d, want 0", code)
	}
	if err := p.Says("told"); err != nil {
		t.Error(err)
	}
	p.Kill(t) // does no harm, to whoever has its number now
}

func TestCPU(t *testing.T) {
	Need(t)
	p := Start(t, "busy", exec.Command("sh", "-c", "while :; do :; done"))
	Eventually(t, 10*time.Second, func() error {
		if used := p.CPU(t); used < 100*time.Millisecond {
			return fmt.Errorf("a busy program has used %v", used)
		}
		return nil
	})
	p.Kill(t)

	idle := Start(t, "idle", exec.Command("sleep", "60"))
	time.Sleep(200 * time.Millisecond)
	if used := idle.CPU(t); used >= 100*time.Millisecond {
		t.Errorf("a program that sleeps has used %v", used)
	}
	idle.Kill(t)
}

// TestLongLine: what is too long for the one who reads lines holds up nothing and is logged.
func TestLongLine(t *testing.T) {
	Need(t)
	p := Start(t, "long", exec.Command("sh", "-c", `head -c 3000000 /dev/zero | tr '\0' x; echo; echo the end`), func(string) {})
	if code := p.Ended(t, 10*time.Second); code != 0 {
		t.Errorf("exit status %d", code)
	}
	if err := p.Says("the end"); err != nil {
		t.Error(err)
	}
}

func TestIP(t *testing.T) {
	Need(t, "ip")
	if err := IP("", "netns add other"); err != nil {
		t.Fatal(err)
	}
	if err := IP("other", "link add here type bridge", "link set here up"); err != nil {
		t.Error(err)
	}
	if _, err := net.InterfaceByName("here"); err == nil {
		t.Error("a device of another namespace is in this one")
	}
	if err := IP("", "link add here type bridge", "link set nowhere up"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("error %v, want the name of what is missing", err)
	}
	if err := IP("", "link del here", "netns del other"); err != nil {
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
