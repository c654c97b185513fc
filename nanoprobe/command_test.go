package nanoprobe

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cache"
)

func TestParseCommand(t *testing.T) {
	long := strings.Repeat("x", maxCommandName)
	tests := []struct {
		entry string
		want  command
		err   string
	}{
		{"@uptime uptime", command{name: "uptime", every: time.Hour, shell: "uptime"}, ""},
		{"@a.b-c_d:1\tcat  /x | wc -l", command{name: "a.b-c_d:1", every: time.Hour, shell: "cat  /x | wc -l"}, ""},
		{"@x every 90s  ls -l", command{name: "x", every: 90 * time.Second, shell: "ls -l"}, ""},
		{"@x every 10s ls", command{name: "x", every: minCommandEvery, shell: "ls"}, ""},
		{"@x every 720h ls", command{name: "x", every: maxCommandEvery, shell: "ls"}, ""},
		{"@" + long + " ls", command{name: long, every: time.Hour, shell: "ls"}, ""},
		{"@x everyone", command{name: "x", every: time.Hour, shell: "everyone"}, ""},
		{"@x", command{}, "@x has no command"},
		{"@x every 1h", command{}, "@x has no command"},
		{"@x every hour ls", command{}, `@x: "hour" is no duration`},
		{"@x every", command{}, `@x: "" is no duration`},
		{"@x every 9.9s ls", command{}, "@x: every 9.9s, it is 10s to 720h0m0s"},
		{"@x every 721h ls", command{}, "@x: every 721h0m0s, it is"},
		{"@ ls", command{}, "no name after the @"},
		{"@a#b ls", command{}, `the name in "@a#b" has other than`},
		{"@é ls", command{}, "has other than"},
		{"@" + long + "x ls", command{}, "has 101 bytes, at most 100"},
	}
	for _, tt := range tests {
		got, err := parseCommand(tt.entry)
		if got != tt.want || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%q: %+v, %v; want %+v, %q", tt.entry, got, err, tt.want, tt.err)
		}
	}
}

// FuzzParseCommand: what is taken is a path that the cache takes, and an interval within the limits.
func FuzzParseCommand(f *testing.F) {
	for _, seed := range []string{"@x every 1h ls", "@x", "@a b", "@\t"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, entry string) {
		if !strings.HasPrefix(entry, "@") {
			return
		}
		c, err := parseCommand(entry)
		if err != nil {
			return
		}
		if c.shell == "" || c.every < minCommandEvery || c.every > maxCommandEvery || !strings.HasPrefix(entry, "@"+c.name) || strings.Contains(c.name, "#") {
			t.Errorf("%q: %+v", entry, c)
		}
	})
}

func TestRunCommand(t *testing.T) {
	tests := []struct {
		shell string
		want  output
	}{
		{"echo a; echo b >&2", output{there: true, content: []byte("a\n"), stat: "exit status 0: b"}},
		{"true", output{there: true, stat: "exit status 0"}},
		{"echo half; echo '  why\nand more' >&2; exit 7", output{there: true, content: []byte("half\n"), stat: "exit status 7: why"}},
		{"echo 'not\x1bgood\xff' >&2; exit 1", output{there: true, notice: "exit status 1: not good?"}},
		{"exit 3", output{there: true, notice: "exit status 3"}},
		{"exit 5", output{}},
		{"echo yes; exit 5", output{there: true, content: []byte("yes\n"), stat: "exit status 5"}},
		{"kill -9 $$", output{there: true, notice: "signal: killed"}},
		{fmt.Sprintf("head -c %d /dev/zero", maxFileBytes+1), output{there: true, notice: errCommandSize.Error()}},
		{"echo early; sleep 60", output{there: true, notice: errCommandTime.Error()}},
	}
	for _, tt := range tests {
		limit := 30 * time.Second
		if strings.Contains(tt.shell, "sleep") {
			limit = 200 * time.Millisecond
		}
		if got := (command{shell: tt.shell}).run(t.Context(), limit); got.digest() != tt.want.digest() {
			t.Errorf("%q: %+.200v, want %+v", tt.shell, got, tt.want)
		}
	}
	exactly := command{shell: fmt.Sprintf("head -c %d /dev/zero", maxFileBytes)}.run(t.Context(), 30*time.Second)
	if len(exactly.content) != maxFileBytes {
		t.Errorf("an output of the largest size: %d bytes, %q", len(exactly.content), exactly.notice)
	}
}

// told notes what commands tell, and says on a channel that it has.
type told struct {
	mu    sync.Mutex
	notes []string
	more  chan struct{}
}

func (o *told) changed(name string, load func() (cache.Snapshot, bool)) {
	s, there := load()
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notes = append(o.notes, strings.TrimSpace(fmt.Sprintf("%s %t %s%s", name, there, s.Content, s.Notice)))
	o.more <- struct{}{}
}

// wait returns what the next n tell, sorted.
func (o *told) wait(n int) []string {
	for range n {
		<-o.more
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	notes := o.notes
	o.notes = nil
	slices.Sort(notes)
	return notes
}

func TestCommandsFollowTheList(t *testing.T) {
	o := &told{more: make(chan struct{}, 100)}
	c := newCommands(o.changed, rand.New(rand.NewPCG(1, 1)))
	expect := func(want ...string) {
		t.Helper()
		if got := o.wait(len(want)); !slices.Equal(got, want) {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	ls := func(shells ...string) (list []command) {
		for i, s := range shells {
			list = append(list, command{name: string(rune('a' + i)), every: time.Hour, shell: s})
		}
		return list
	}
	c.want(t.Context(), ls("echo 1", "echo 2", "exit 5"))
	expect("a true 1", "b true 2", "c false")
	c.want(t.Context(), ls("echo 1", "echo 3"))
	expect("b true 3", "c false")
	c.want(t.Context(), nil)
	expect("a false", "b false")
	c.want(t.Context(), ls("sleep 60"))
	c.stop()
	if len(o.notes) > 0 {
		t.Errorf("one that was stopped told %q", o.notes)
	}
}

func TestOutputsAreBounded(t *testing.T) {
	o := &told{more: make(chan struct{}, 100)}
	c := newCommands(o.changed, rand.New(rand.NewPCG(1, 1)))
	for _, step := range []struct {
		name string
		size int
		fits bool
	}{
		{"a", maxOutputBytes - 2, true}, {"b", 2, true}, {"c", 1, false}, {"b", 1, true}, {"c", 1, true}, {"a", 1, true}, {"a", maxOutputBytes - 1, false},
	} {
		if kept := c.tell(step.name, output{there: true, content: make([]byte, step.size)}); kept != step.fits {
			t.Errorf("%d bytes of %q: kept is %v, want %v", step.size, step.name, kept, step.fits)
		}
		if refused := strings.Contains(o.wait(1)[0], "all commands of a host together"); refused == step.fits {
			t.Errorf("%d bytes of %q: fits is %v, want %v", step.size, step.name, !refused, step.fits)
		}
	}
}

// TestOutputWaitsForRoom: an output for which there was no room is kept at its next turn once there is,
// though it is the same.
func TestOutputWaitsForRoom(t *testing.T) {
	o := &told{more: make(chan struct{}, 100)}
	c := newCommands(o.changed, rand.New(rand.NewPCG(1, 1)))
	c.tell("large", output{there: true, content: make([]byte, maxOutputBytes)})
	o.wait(1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.repeat(ctx, command{name: "small", every: time.Millisecond, shell: "echo 1"}, rand.New(rand.NewPCG(1, 1)))
	}()
	if notes := o.wait(1); !strings.Contains(notes[0], "all commands of a host together") {
		t.Errorf("told %q, want that there is no room", notes)
	}
	c.tell("large", output{})
	for deadline := time.Now().Add(20 * time.Second); ; {
		notes := o.wait(1)
		if slices.Contains(notes, "small true 1") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("told %q after there was room", notes)
		}
	}
	cancel()
	<-done
}

func TestListOfCommands(t *testing.T) {
	root := hostTree(t, map[string]string{"list": "@a echo 1\n/etc/x\n@a echo 2\n@test echo 3\n@b every 1s x\n@c cat /proc/version\n"})
	list := filepath.Join(root, "list")
	w, err := findWanted(root, "/nowhere", list)
	if err != nil {
		t.Fatal(err)
	}
	look := &watcher{isDocument: func(name string) bool { return name == "test" }}
	own, clashes := look.unclaimed(w.commands)
	if len(own) != 2 || own[0].name != "a" || own[0].shell != "echo 1" || own[1].name != "c" {
		t.Errorf("commands %+v, want the first @a and @c", own)
	}
	for i, want := range []string{list + ", line 3: @a is there already: " + list + ", line 1", list + ", line 5: @b: every 1s",
		list + ", line 4: @test is the name of a discovery document of this host"} {
		if got := append(w.warnings, clashes...)[i].Error(); !strings.HasPrefix(got, want) {
			t.Errorf("warning %q, want %q", got, want)
		}
	}
	if err := os.Chmod(list, 0o646); err != nil {
		t.Fatal(err)
	}
	w, err = findWanted(root, "/nowhere", list)
	if err != nil || len(w.commands) != 0 || len(w.warnings) != 5 || len(w.paths) != 1 {
		t.Errorf("a list that anyone may write: %+v, %v, want no commands and 5 warnings", w, err)
	}
}
