package cache

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

const (
	// maxLocalConns bounds the clients of a LocalServer: nanoprobes and searches of a small site.
	maxLocalConns = 256
	// expiryTick is how exactly a LocalServer's keys expire. It goes over all keys each time; they
	// live for days.
	expiryTick = 10 * time.Second
	// acceptPause is how long a LocalServer waits when the process has no more file descriptors.
	acceptPause = 100 * time.Millisecond
)

// LocalServer is a Redis server within the process, with the commands that the cache needs, for a
// fleet without a Redis. It listens, so that redis-cli and other hosts' nanoprobes can use it. It
// keeps everything in memory and nothing on disk: after a restart it is empty and nanoprobes fill it
// again. Against Redis it lacks users other than the default one, persistence and a memory limit.
type LocalServer struct {
	redis    *miniredis.Miniredis
	listener net.Listener
}

// NewLocalServer listens on addr (host:port; port 0 takes a free one) and serves once Run is called.
// Clients must know the password, which may not be empty.
func NewLocalServer(addr, password string) (*LocalServer, error) {
	if password == "" {
		return nil, errors.New("the cache server needs a password")
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cache server: %w", err)
	}
	s := &LocalServer{redis: miniredis.NewMiniRedis(), listener: listener}
	s.redis.RequireAuth(password)
	conn, err := s.redis.Dial() // starts it without a listener of its own, so that ours can guard
	if err != nil {
		listener.Close()
		return nil, fmt.Errorf("cache server: %w", err)
	}
	conn.Close()
	return s, nil
}

// Addr is where the server listens, as host:port.
func (s *LocalServer) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx is done or Close is called, and returns when every connection is closed.
func (s *LocalServer) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var parts sync.WaitGroup
	parts.Go(func() { s.expire(ctx) })
	parts.Go(func() { <-ctx.Done(); s.listener.Close() })
	s.accept(ctx)
	cancel()
	parts.Wait()
	s.redis.Close()
	return nil
}

// Close ends Run, and frees the address of a server that was not Run.
func (s *LocalServer) Close() { s.listener.Close() }

// accept serves clients until the listener is closed.
func (s *LocalServer) accept(ctx context.Context) {
	for {
		conn, err := s.listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			select {
			case <-ctx.Done():
			case <-time.After(acceptPause):
			}
		case s.redis.CurrentConnectionCount() >= maxLocalConns:
			conn.Close()
		default:
			s.redis.Server().ServeConn(&guardedConn{Conn: conn})
		}
	}
}

// expire lets keys expire, which the server doesn't do by itself, until ctx is done.
func (s *LocalServer) expire(ctx context.Context) {
	ticker := time.NewTicker(expiryTick)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			s.redis.FastForward(now.Sub(last))
			last = now
		}
	}
}
