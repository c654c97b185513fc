package nanoprobe

import (
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/assim-mesh/assim/cache"
)

const (
	// maxCommands bounds the commands of a host.
	maxCommands = 256
	// commandsAbreast is how many run at the same time: the host has other things to do.
	commandsAbreast = 2
	// maxOutputBytes bounds what all commands of a host have printed, which is kept for caches that are
	// away or have lost it. Beyond it there is a notice in place of the content.
	maxOutputBytes = 32 << 20
)

// commands runs the wanted commands, each at its interval, and tells what changed in their outputs.
type commands struct {
	// changed takes a name and what loads its snapshot, which reports false when there is none.
	changed func(name string, load func() (cache.Snapshot, bool))
	rand    *rand.Rand

	running map[string]*runner // by name; used by want and stop alone
	turns   chan struct{}      // a token for each command that runs now

	mu    sync.Mutex     // guards sizes
	sizes map[string]int // of the outputs that are kept, by name
}

// runner is a command and the goroutine that runs it.
type runner struct {
	command
	cancel context.CancelFunc
	done   chan struct{} // closed when the goroutine has ended
}

func (r *runner) stop() {
	r.cancel()
	<-r.done
}

func newCommands(changed func(string, func() (cache.Snapshot, bool)), seed *rand.Rand) *commands {
	return &commands{
		changed: changed, rand: rand.New(rand.NewPCG(seed.Uint64(), seed.Uint64())),
		running: map[string]*runner{}, turns: make(chan struct{}, commandsAbreast), sizes: map[string]int{},
	}
}

// want starts and stops commands until those of list run until ctx is done. A command that is not
// wanted any more has no snapshot any more.
func (c *commands) want(ctx context.Context, list []command) {
	wanted := make(map[string]command, len(list))
	for _, cmd := range list {
		wanted[cmd.name] = cmd
	}
	for name, r := range c.running {
		cmd, still := wanted[name]
		if still && cmd.every == r.every && cmd.shell == r.shell {
			continue
		}
		r.stop()
		delete(c.running, name)
		if !still {
			c.tell(name, output{})
		}
	}
	for name, cmd := range wanted {
		if c.running[name] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(ctx)
		r := &runner{command: cmd, cancel: cancel, done: make(chan struct{})}
		jitter := rand.New(rand.NewPCG(c.rand.Uint64(), c.rand.Uint64()))
		c.running[name] = r
		go func() {
			defer close(r.done)
			c.repeat(ctx, cmd, jitter)
		}()
	}
}

// stop ends all commands and waits for them.
func (c *commands) stop() {
	for _, r := range c.running {
		r.cancel()
	}
	for _, r := range c.running {
		<-r.done
	}
}

// repeat runs a command until ctx is done, at once and then at its interval.
func (c *commands) repeat(ctx context.Context, cmd command, jitter *rand.Rand) {
	var last [sha256.Size]byte // of no output: the next is told, whatever it is
	for {
		select {
		case <-ctx.Done():
			return
		case c.turns <- struct{}{}:
		}
		out := cmd.run(ctx, commandTime)
		<-c.turns
		if ctx.Err() != nil {
			return // it was interrupted, which says nothing of the host
		}
		if digest := out.digest(); digest != last {
			last = [sha256.Size]byte{}
			if c.tell(cmd.name, out) {
				last = digest
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(about(cmd.every, jitter)):
		}
	}
}

// tell passes an output on, and reports whether there was room for its content. Where there was not, there
// may be when the command has run again.
func (c *commands) tell(name string, out output) (kept bool) {
	if !out.there {
		c.keep(name, 0)
		c.changed(name, func() (cache.Snapshot, bool) { return cache.Snapshot{}, false })
		return true
	}
	if kept = c.keep(name, len(out.content)); !kept {
		out = output{there: true, notice: fmt.Sprintf("%d bytes: all commands of a host together keep %d", len(out.content), maxOutputBytes)}
	}
	now := time.Now()
	c.changed(name, func() (cache.Snapshot, bool) {
		return cache.Snapshot{Path: "@" + name, Content: out.content, Stat: out.stat, Notice: out.notice, Changed: now}, true
	})
	return kept
}

// keep reports whether there is room for an output of that size in place of the name's last one.
func (c *commands) keep(name string, size int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sizes, name)
	sum := size
	for _, n := range c.sizes {
		sum += n
	}
	if sum > maxOutputBytes {
		return false
	}
	if size > 0 {
		c.sizes[name] = size
	}
	return true
}
