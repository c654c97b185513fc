package cache

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	//go:embed lua/owner.lua
	ownerLua string
	//go:embed lua/put.lua
	putLua string
	//go:embed lua/delete.lua
	deleteLua string
	//go:embed lua/seen.lua
	seenLua string
	//go:embed lua/prune.lua
	pruneLua string
	//go:embed lua/forget.lua
	forgetLua string
)

func (c *Client) scripts() {
	c.put = redis.NewScript(ownerLua + putLua)
	c.remove = redis.NewScript(ownerLua + deleteLua)
	c.seen = redis.NewScript(ownerLua + seenLua)
	c.prune = redis.NewScript(ownerLua + pruneLua)
	c.forget = redis.NewScript(ownerLua + forgetLua)
}

// scriptKeys returns the keys of a script that begins with owner.lua.
func scriptKeys(own ...string) []string {
	return append([]string{keyHosts, keyIDs, keyWrites, keyMoved}, own...)
}

// Put stores s, and reports whether the server had other content before. Content that it has already
// is not sent, unless the server now wants it packed with another dictionary: only its expiry, the
// host's last-seen time, stat, boot and sequence move. A snapshot older by (Boot, Seq) than the one
// that is there changes nothing and is no error. To keep a row, Put it more often than
// Config.KeepFor, changed or not.
func (c *Client) Put(ctx context.Context, s Snapshot) (written bool, err error) {
	return c.putSilent(ctx, s, 0)
}

// putSilent is Put for a host that was last heard so long ago, which counts for an imported one only.
func (c *Client) putSilent(ctx context.Context, s Snapshot, silent time.Duration) (written bool, err error) {
	if err := s.validate(); err != nil {
		return false, invalid(err)
	}
	started := time.Now()
	written, sent, err := c.store(ctx, s, silent)
	if err == nil {
		c.took.add(exchange{time.Since(started), int64(sent)})
	}
	return written, err
}

// store is putSilent for what is valid; sent is how many bytes of content went to the server.
func (c *Client) store(ctx context.Context, s Snapshot, silent time.Duration) (written bool, sent int, err error) {
	keys := scriptKeys(rowKey(s.Host, s.Path), indexKey(s.Path), dueKey(s.Path), keyPaths, keyDicts, keyBorn)
	args := []any{s.Host, s.Path, s.HostID, c.cfg.StaleAfter.Milliseconds(), c.cfg.KeepFor.Milliseconds(),
		s.Boot, s.Seq, hexSHA256(s.Content), s.Notice, s.Stat, silent.Milliseconds()}
	answer, err := c.ask(ctx, c.put, s.Host, s.HostID, keys, args)
	if err != nil || answer[0] != "send" {
		return false, 0, err
	}
	var wanted string
	if len(answer) > 1 {
		wanted = answer[1]
	}
	p, err := c.pack(ctx, s.Content, wanted)
	if err != nil {
		return false, 0, err
	}
	args = append(args, p.c, p.enc, storedSum(p.enc, p.c), hexMD5(s.Content), wordCount(s.Content), formatTime(s.Changed))
	answer, err = c.ask(ctx, c.put, s.Host, s.HostID, keys, args)
	if err == nil && answer[0] == "lacks" {
		answer, err = c.ask(ctx, c.put, s.Host, s.HostID, keys, append(args, p.dict))
	}
	return err == nil && answer[0] == "written", len(p.c), err
}

// Delete removes what the host has at path: the row, and the path itself when no other host has it.
// It is no error if nothing is there.
func (c *Client) Delete(ctx context.Context, host, hostID, path string) error {
	if err := errors.Join(checkHost(host, hostID), checkPath(path)); err != nil {
		return invalid(err)
	}
	keys := scriptKeys(rowKey(host, path), indexKey(path), dueKey(path), goneKey(path), keyPaths, keySegments)
	_, err := c.ask(ctx, c.remove, host, hostID, keys, []any{host, path, hostID, c.cfg.StaleAfter.Milliseconds()})
	return err
}

// Generation tells one filling of a server from the next.
type Generation struct {
	Born   int64 // when its first write was made, Unix milliseconds by the server's clock
	Writes int64 // how many changes it has had since
}

// Lost reports whether the server, which was at before and is at g now, has lost what was written to
// it: it was restarted empty, or with an older state.
func (g Generation) Lost(before Generation) bool {
	return g.Born != before.Born || g.Writes < before.Writes
}

// Seen says that the host is alive; once a minute is plenty. When the generation it returns has Lost
// what the one before had, every snapshot must be Put again.
func (c *Client) Seen(ctx context.Context, host, hostID string) (Generation, error) {
	if err := checkHost(host, hostID); err != nil {
		return Generation{}, invalid(err)
	}
	started := time.Now()
	answer, err := c.ask(ctx, c.seen, host, hostID, scriptKeys(keyBorn), []any{host, hostID, c.cfg.StaleAfter.Milliseconds()})
	if err != nil {
		return Generation{}, err
	}
	c.took.add(exchange{took: time.Since(started)})
	if len(answer) != 3 {
		return Generation{}, c.fail(fmt.Errorf("%w generation: %q", ErrDamaged, answer))
	}
	born, err1 := strconv.ParseInt(answer[1], 10, 64)
	writes, err2 := strconv.ParseInt(answer[2], 10, 64)
	if err1 != nil || err2 != nil {
		return Generation{}, c.fail(fmt.Errorf("%w generation: %q", ErrDamaged, answer))
	}
	return Generation{Born: born, Writes: writes}, nil
}

// ask runs a script that begins by claiming the host's name. The answer is never empty.
func (c *Client) ask(ctx context.Context, script *redis.Script, host, hostID string, keys []string, args []any) ([]string, error) {
	answer, err := script.Run(ctx, c.redis, keys, args...).StringSlice()
	switch {
	case err != nil:
		return nil, c.fail(err)
	case len(answer) == 0:
		return nil, c.fail(fmt.Errorf("%w answer: empty", ErrDamaged))
	case answer[0] == "taken" && len(answer) == 2:
		return nil, c.fail(fmt.Errorf("host %q with id %q: %w, with id %s", host, hostID, ErrHostTaken, quote(answer[1])))
	}
	return answer, nil
}
