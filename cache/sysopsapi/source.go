package sysopsapi

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/assim-mesh/assim/cache"
)

//go:embed lua/fetch.lua
var fetchLua string

const (
	// dialTimeout and ioTimeout bound an exchange with the source, which may be far away: 10 MiB in 30 s
	// is 3 Mbit/s.
	dialTimeout = 5 * time.Second
	ioTimeout   = 30 * time.Second
	// scanCount is how many keys a step of SCAN looks at: some 0.1 ms of the server's time.
	scanCount = 500
	// defaultLife is how long the source keeps a row unless its hosts are told otherwise.
	defaultLife = 6 * time.Hour
)

var (
	// ErrDenied is returned when the source refuses the user, the password or a command.
	ErrDenied = errors.New("access denied")
	// ErrEmpty is returned when the source's database has no key at all.
	ErrEmpty = errors.New("the database is empty")
)

// Source says where the cache to be imported is.
type Source struct {
	Server cache.Server
	DB     int           // sysops-api's is 1
	Life   time.Duration // that hosts give their rows; 0 is 6 h
}

// source reads from a Source. Its methods may be called at the same time.
type source struct {
	Source
	redis *redis.Client
	fetch *redis.Script
}

func open(s Source) *source {
	if s.Life == 0 {
		s.Life = defaultLife
	}
	return &source{Source: s, fetch: redis.NewScript(fetchLua), redis: redis.NewClient(&redis.Options{
		Addr: s.Server.Addr, Username: s.Server.Username, Password: s.Server.Password, TLSConfig: s.Server.TLS, DB: s.DB,
		DialTimeout: dialTimeout, ReadTimeout: ioTimeout, WriteTimeout: ioTimeout, ContextTimeoutEnabled: true,
		PoolSize: workers + 1, MaxActiveConns: workers + 1,
		Protocol: 2, DisableIdentity: true, // a server of those days knows no other
	})}
}

func (s *source) close() { s.redis.Close() }

// keys calls found with every key, some perhaps more than once, until it returns an error.
//
// SCAN goes through all keys of a server and is not for ours, which has indexes. The source has none, and
// its keys are read once.
func (s *source) keys(ctx context.Context, found func(string) error) error {
	for cursor, first := uint64(0), true; first || cursor != 0; first = false {
		keys, next, err := s.redis.Scan(ctx, cursor, "*", scanCount).Result()
		if err != nil {
			return s.fail(err)
		}
		for _, key := range keys {
			if err := found(key); err != nil {
				return err
			}
		}
		cursor = next
	}
	return nil
}

// size is how many keys there are.
func (s *source) size(ctx context.Context) (int, error) {
	n, err := s.redis.DBSize(ctx).Result()
	if err == nil && n == 0 {
		err = ErrEmpty
	}
	return int(n), s.fail(err)
}

// errGone is the error of a row that has expired since its key was read.
var errGone = errors.New("expired")

// row returns the items of a row, and how long its host has been silent. Its errors are the server's, or
// errGone, ErrDamaged and ErrTooLarge of the row.
func (s *source) row(ctx context.Context, key string) (row [items]string, silent time.Duration, err error) {
	answer, err := s.fetch.Run(ctx, s.redis, []string{key}, maxRowBytes).StringSlice()
	if err != nil {
		return row, 0, s.fail(err)
	}
	switch {
	case len(answer) == 2+items && answer[0] == "row":
		copy(row[:], answer[2:])
		return row, s.silence(answer[1]), nil
	case len(answer) == 1 && answer[0] == "gone":
		return row, 0, errGone
	case len(answer) == 2 && answer[0] == "large":
		return row, 0, fmt.Errorf("%w: %.80s", ErrTooLarge, answer[1])
	case len(answer) == 2 && answer[0] == "damaged":
		return row, 0, fmt.Errorf("%w: %.80s", ErrDamaged, answer[1])
	}
	return row, 0, s.fail(fmt.Errorf("%w answer of %d parts", ErrDamaged, len(answer)))
}

// silence is how long ago a row was pushed that has so many milliseconds left to live. One without an
// expiry doesn't say it: it counts as pushed a whole life ago.
func (s *source) silence(left string) time.Duration {
	ms, err := strconv.ParseInt(left, 10, 64)
	if err != nil || ms < 0 {
		return s.Life
	}
	return max(0, s.Life-time.Duration(min(ms, s.Life.Milliseconds()))*time.Millisecond)
}

// fail says which server err is about.
func (s *source) fail(err error) error {
	switch {
	case err == nil:
		return nil
	case redis.IsAuthError(err) || redis.IsPermissionError(err):
		err = fmt.Errorf("%w: %w", ErrDenied, err)
	}
	return fmt.Errorf("source %q, database %d: %w", s.Server.Addr, s.DB, err)
}
