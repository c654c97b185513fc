package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
)

var (
	// ErrEmpty is returned when the cache holds nothing at all, which is not the same as a search
	// without hits.
	ErrEmpty = errors.New("the cache holds no snapshots")
	// ErrUnreachable is returned when no server of any site answers.
	ErrUnreachable = errors.New("no cache server answers")
	// ErrNotFound is returned by Get when the host has nothing at that path.
	ErrNotFound = errors.New("no such snapshot")
)

// Site is a set of servers that hold the same: the hosts of a site write to each of them.
type Site struct {
	Name    string
	Servers []Server // in the order in which they are tried; see Balanced
}

// Balanced returns sites with the servers of each in random order, so that readers spread over them.
func Balanced(sites []Site, rng *rand.Rand) []Site {
	balanced := slices.Clone(sites)
	for i := range balanced {
		servers := slices.Clone(balanced[i].Servers)
		rng.Shuffle(len(servers), func(a, b int) { servers[a], servers[b] = servers[b], servers[a] })
		balanced[i].Servers = servers
	}
	return balanced
}

// read calls f with one server of the site after the other until one succeeds, so f may be called
// anew after it has done a part. A server that answers ErrEmpty was perhaps just restarted: another
// is asked. ErrEmpty is returned when all servers are empty, and the servers' errors when none
// succeeds.
func (s Site) read(ctx context.Context, f func(context.Context, *Client) error) error {
	if len(s.Servers) == 0 {
		return errors.New("the site has no servers")
	}
	var failed error
	for _, server := range s.Servers {
		err := readServer(ctx, server, f)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, ErrEmpty):
			failed = errors.Join(failed, err)
		}
	}
	if failed != nil {
		return failed
	}
	return ErrEmpty
}

func readServer(ctx context.Context, server Server, f func(context.Context, *Client) error) error {
	c := Dial(server, Config{})
	c.dicts.most = readerDicts
	c.redis.AddHook(&c.meter)
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.redis.Close() }) // the Redis library heeds deadlines, not cancellation
	defer stop()
	if err := c.healthy(ctx); err != nil {
		return err
	}
	return f(ctx, c)
}

// healthy asks for the smallest answer: a server that needs longer than dialTimeout for it is passed
// over, though it might answer in the end.
func (c *Client) healthy(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	err := c.redis.Ping(limited).Err()
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("no answer within %v: %w", dialTimeout, err)
	}
	return c.fail(err)
}

// Missing is a site that an answer lacks: no server of it answers, or what answers is empty, ErrEmpty, while
// other sites are not.
type Missing struct {
	Site string
	Err  error // of all its servers
}

// Damage is a row that was passed over because it can't be what a host wrote.
type Damage struct {
	Site, Host, Path string
	Err              error // wraps ErrDamaged
}

func (d Damage) Error() string {
	return fmt.Sprintf("site %q, host %q, %q: %v", d.Site, d.Host, d.Path, d.Err)
}
