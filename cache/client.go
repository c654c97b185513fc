package cache

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
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
	addr    string
	secured bool // by TLS
	cfg     Config
	redis   *redis.Client
	dicts   *dictionaries
	meter   meter
	spoke   atomic.Bool // the server has shown that it is one
	took    recorder    // of Put and Seen

	put, remove, seen, prune, forget *redis.Script
}

// Dial returns a Client of s. It connects when it is first used, and again when it must.
//
// The Redis library writes to stderr what it also returns as errors. Dial turns that off, for the
// whole process, because the library knows no other way.
func Dial(s Server, cfg Config) *Client {
	logging.Disable()
	c := &Client{addr: s.Name(), secured: s.TLS != nil, dicts: &dictionaries{most: writerDicts}}
	c.redis = s.dial(func(context.Context, *redis.Conn) error {
		c.spoke.Store(true)
		return nil
	})
	c.cfg.KeepFor = cmp.Or(cfg.KeepFor, defaultKeepFor)
	c.cfg.StaleAfter = cmp.Or(cfg.StaleAfter, DefaultStaleAfter)
	c.scripts()
	return c
}

// Name is that of the server.
func (c *Client) Name() string { return c.addr }

// Close frees the connections. What is under way fails.
func (c *Client) Close() error { return c.redis.Close() }
