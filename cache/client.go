package cache

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Time limits of one exchange with a server. Servers stand in the host's own site: one that needs a
// second to connect is as good as down. An exchange moves at most maxStoredBytes.
const (
	dialTimeout = time.Second
	ioTimeout   = 5 * time.Second
)

// maxConns is how many connections a Client has at most: it serves one nanoprobe or one search.
const maxConns = 4

// How many dictionaries a Client keeps: one that writes needs them now and then, one that reads goes
// over all paths of a host before it comes to the next host.
const (
	writerDicts = 8
	readerDicts = 256
)

var (
	// ErrDenied is returned when the server refuses the user, the password or the command.
	ErrDenied = errors.New("access denied")
	// ErrVersion is returned by Check for a server older than Redis 6.2.
	ErrVersion = errors.New("older than Redis 6.2")
	// ErrEviction is returned by Check for a server that may drop keys that have not expired.
	ErrEviction = errors.New("the eviction policy lets snapshots and indexes vanish")
)

// Server says how to reach one Redis server.
type Server struct {
	Addr     string      // host:port
	Username string      // empty: Redis' default user
	Password string      // empty: none is sent
	TLS      *tls.Config // nil: plain TCP
}

// Config is how a Client writes. Clients of one site have the same.
type Config struct {
	KeepFor    time.Duration // life of a row after its last Put; 0 is 7 days
	StaleAfter time.Duration // silence after which another host may take a name; 0 is DefaultStaleAfter
}

// DefaultStaleAfter is the silence after which a host's snapshots no longer count as current.
const DefaultStaleAfter = 6 * time.Hour

const defaultKeepFor = 7 * 24 * time.Hour

// Client reads and writes one server. Its methods may be called at the same time.
type Client struct {
	addr  string
	cfg   Config
	redis *redis.Client
	dicts *dictionaries
	meter meter

	put, remove, seen, prune, forget *redis.Script
}

// Dial returns a Client of s. It connects when it is first used, and again when it must.
//
// The Redis library writes to stderr what it also returns as errors. Dial turns that off, for the
// whole process, because the library knows no other way.
func Dial(s Server, cfg Config) *Client {
	logging.Disable()
	c := &Client{addr: s.Addr, dicts: &dictionaries{most: writerDicts}, redis: redis.NewClient(redisOptions(s))}
	c.cfg.KeepFor = cmp.Or(cfg.KeepFor, defaultKeepFor)
	c.cfg.StaleAfter = cmp.Or(cfg.StaleAfter, DefaultStaleAfter)
	c.scripts()
	return c
}

func redisOptions(s Server) *redis.Options {
	return &redis.Options{
		Addr: s.Addr, Username: s.Username, Password: s.Password, TLSConfig: s.TLS,
		DialTimeout: dialTimeout, ReadTimeout: ioTimeout, WriteTimeout: ioTimeout,
		ContextTimeoutEnabled: true,
		DialerRetries:         1, // callers have other servers, or a queue
		MaxRetries:            1, // for a connection that a restarted server has dropped; every command here may run twice
		PoolSize:              maxConns, MaxActiveConns: maxConns, PipelinePoolSize: -1,
		// Redis 6.2 and the in-process server know none of the following.
		Protocol:                 2,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	}
}

// Close frees the connections. What is under way fails.
func (c *Client) Close() error { return c.redis.Close() }

// Check reports whether the server answers and is fit to hold the cache: Redis 6.2 or newer, and an
// eviction policy that spares keys without an expiry, as the indexes are. A server that doesn't say
// its version and policy passes.
func (c *Client) Check(ctx context.Context) error {
	if err := c.redis.Ping(ctx).Err(); err != nil {
		return c.fail(err)
	}
	info, err := c.redis.Info(ctx).Result()
	var refused redis.Error
	if errors.As(err, &refused) {
		return nil // renamed, or not for this user
	}
	if err != nil {
		return c.fail(err)
	}
	return c.fail(checkInfo(info))
}

// checkInfo judges what INFO answers: lines of name:value.
func checkInfo(info string) error {
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "redis_version":
			var major, minor int
			if _, err := fmt.Sscanf(value, "%d.%d", &major, &minor); err == nil && (major < 6 || major == 6 && minor < 2) {
				return fmt.Errorf("version %q: %w", value, ErrVersion)
			}
		case "maxmemory_policy":
			if value != "noeviction" && !strings.HasPrefix(value, "volatile-") {
				return fmt.Errorf("maxmemory-policy %q: %w", value, ErrEviction)
			}
		}
	}
	return nil
}

// fail says which server err is about.
func (c *Client) fail(err error) error {
	switch {
	case err == nil:
		return nil
	case redis.IsAuthError(err) || redis.IsPermissionError(err):
		return fmt.Errorf("cache server %q: %w: %w", c.addr, ErrDenied, err)
	}
	return fmt.Errorf("cache server %q: %w", c.addr, err)
}
