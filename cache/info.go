package cache

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Info is what a server says of itself. What it doesn't say, or not to this user, is zero.
type Info struct {
	Version    string
	Policy     string        // what it does when its memory is full: maxmemory-policy
	UsedMemory int64         // bytes
	MaxMemory  int64         // bytes; 0: no limit
	Keys       int64         // of all kinds
	Uptime     time.Duration // in seconds
}

// ServerInfo asks a server for its Info. It waits a second for a server that is not there.
func ServerInfo(ctx context.Context, s Server) (info Info, err error) {
	err = readServer(ctx, s, func(ctx context.Context, c *Client) error {
		text, err := c.redis.Info(ctx).Result()
		var refused redis.Error
		if err != nil && !errors.As(err, &refused) {
			return c.fail(err)
		}
		info = parseInfo(text)
		info.Keys, err = c.redis.DBSize(ctx).Result()
		if errors.As(err, &refused) {
			err = nil
		}
		return c.fail(err)
	})
	return info, err
}

// parseInfo reads what INFO answers: lines of name:value. What is no number is 0.
func parseInfo(text string) Info {
	var info Info
	number := func(value string) int64 {
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch name {
		case "redis_version":
			info.Version = value
		case "maxmemory_policy":
			info.Policy = value
		case "used_memory":
			info.UsedMemory = number(value)
		case "maxmemory":
			info.MaxMemory = number(value)
		case "uptime_in_seconds":
			info.Uptime = time.Duration(min(number(value), 1<<32)) * time.Second
		}
	}
	return info
}
