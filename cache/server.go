package cache

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"reflect"
	"slices"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// Server says how to reach one Redis server, or the one of several that Sentinel has made the master.
type Server struct {
	Addr     string      // host:port; not used with a Sentinel
	Username string      // empty: Redis' default user
	Password string      // empty: none is sent
	TLS      *tls.Config // nil: plain TCP
	Sentinel *Sentinel   // nil: Addr is the server
}

// Sentinel says whom to ask which server is the master at the moment: it is read and written, its
// replicas are spare. TLS is spoken to sentinels if it is to the server.
type Sentinel struct {
	Master   string   // the name under which sentinels watch it
	Addrs    []string // host:port of some of them
	Username string   // of the sentinels themselves; empty: their default user
	Password string   // empty: none is sent
}

// Name tells the server from others, for people.
func (s Server) Name() string {
	if s.Sentinel == nil {
		return s.Addr
	}
	return fmt.Sprintf("%s by sentinel", s.Sentinel.Master)
}

// Equal reports whether both are reached in the same way: at one place, as one user, and with the same
// certificates if by TLS.
func (s Server) Equal(o Server) bool {
	return s.Addr == o.Addr && s.Username == o.Username && s.Password == o.Password &&
		reflect.DeepEqual(s.Sentinel, o.Sentinel) && equalTLS(s.TLS, o.TLS)
}

func equalTLS(a, b *tls.Config) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.ServerName == b.ServerName && a.RootCAs.Equal(b.RootCAs) &&
		slices.EqualFunc(a.Certificates, b.Certificates, func(x, y tls.Certificate) bool {
			return slices.EqualFunc(x.Certificate, y.Certificate, bytes.Equal)
		})
}

// dial returns a client that calls connected with each connection on which the server has answered.
func (s Server) dial(connected func(context.Context, *redis.Conn) error) *redis.Client {
	o := s.options()
	o.OnConnect = connected
	if s.Sentinel == nil {
		return redis.NewClient(o)
	}
	return redis.NewFailoverClient(s.Sentinel.options(o))
}

func (s Server) options() *redis.Options {
	return &redis.Options{
		Addr: s.Addr, Username: s.Username, Password: s.Password, Dialer: s.connect,
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

// connect opens a connection. One that speaks TLS is ready when the other side has proved who it is.
func (s Server) connect(ctx context.Context, network, addr string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, network, addr)
	if err != nil || s.TLS == nil {
		return conn, err
	}
	cfg := s.TLS.Clone()
	if cfg.ServerName == "" {
		cfg.ServerName, _, _ = net.SplitHostPort(addr) // or what is not host:port could not be dialled
	}
	secured := tls.Client(conn, cfg)
	if err := secured.HandshakeContext(ctx); err != nil {
		conn.Close()
		switch {
		case errors.Is(err, context.DeadlineExceeded): // Redis without TLS waits for a line to end
			err = fmt.Errorf("%w: no answer to TLS in %v", ErrProtocol, dialTimeout)
		case hungUp(err):
			err = fmt.Errorf("%w: %w", ErrProtocol, err)
		}
		return nil, err
	}
	return secured, nil
}

// options are o, but for who is asked. The library turns notifications off by itself here.
func (s Sentinel) options(o *redis.Options) *redis.FailoverOptions {
	return &redis.FailoverOptions{
		MasterName: s.Master, SentinelAddrs: s.Addrs, SentinelUsername: s.Username, SentinelPassword: s.Password,
		Username: o.Username, Password: o.Password, Dialer: o.Dialer, OnConnect: o.OnConnect,
		DialTimeout: o.DialTimeout, ReadTimeout: o.ReadTimeout, WriteTimeout: o.WriteTimeout,
		ContextTimeoutEnabled: o.ContextTimeoutEnabled, DialerRetries: o.DialerRetries, MaxRetries: o.MaxRetries,
		PoolSize: o.PoolSize, MaxActiveConns: o.MaxActiveConns, PipelinePoolSize: o.PipelinePoolSize,
		Protocol: o.Protocol, DisableIdentity: o.DisableIdentity,
	}
}
