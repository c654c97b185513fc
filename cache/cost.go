package cache

import (
	"context"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
)

// Cost is what a search cost one server, whether it answered to the end or not.
type Cost struct {
	Site, Server string
	Keys         int64         // rows and fields of segments that were fetched
	Moved        int64         // bytes that the server sent
	Unpacked     int64         // bytes of contents as the hosts have them; what segments unpack is not in it
	Elapsed      time.Duration // from the connection to the last answer
}

// meter counts what a Client costs its server.
type meter struct {
	keys, moved, unpacked atomic.Int64
}

// cost is what the meter has counted since start.
func (c *Client) cost(site string, start time.Time) Cost {
	return Cost{Site: site, Server: c.addr, Keys: c.meter.keys.Load(), Moved: c.meter.moved.Load(),
		Unpacked: c.meter.unpacked.Load(), Elapsed: time.Since(start)}
}

// DialHook counts the bytes that come over each connection.
func (m *meter) DialHook(next redis.DialHook) redis.DialHook {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := next(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		return &meteredConn{conn, m}, nil
	}
}

// ProcessHook and ProcessPipelineHook leave commands as they are.
func (m *meter) ProcessHook(next redis.ProcessHook) redis.ProcessHook { return next }

// ProcessPipelineHook is as ProcessHook.
func (m *meter) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

type meteredConn struct {
	net.Conn
	meter *meter
}

func (c *meteredConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.meter.moved.Add(int64(n))
	return n, err
}
