package cache

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// Info is what a server says of itself. What it doesn't say, or not to this user, is zero.
type Info struct {
	Version   string
	Policy    string        // what it does when its memory is full: maxmemory-policy
	UsedBytes int64         // of memory
	MaxBytes  int64         // that it may use; 0: no limit
	Keys      int64         // of all kinds
	Uptime    time.Duration // in seconds
}

// ServerInfo asks a server for its Info. It waits a second for a server that is not there.
func ServerInfo(ctx context.Context, s Server) (info Info, err error) {
	err = readServer(ctx, s, func(ctx context.Context, c *Client) error {
		if info, err = c.info(ctx); err != nil {
			return c.fail(err)
		}
		if info.Keys > 0 {
			return nil
		}
		var refused redis.Error
		info.Keys, err = c.redis.DBSize(ctx).Result()
		if errors.As(err, &refused) {
			err = nil
		}
		return c.fail(err)
	})
	return info, err
}

// info is what the server says of itself; nothing if that is not for this user. The server in this process
// leaves out Keys.
func (c *Client) info(ctx context.Context) (Info, error) {
	text, err := c.redis.Info(ctx).Result()
	var refused redis.Error
	if errors.As(err, &refused) {
		return Info{}, nil // renamed, or not for this user
	}
	return parseInfo(text), err
}

// check judges version and eviction policy.
func (i Info) check() error {
	var major, minor int
	if _, err := fmt.Sscanf(i.Version, "%d.%d", &major, &minor); err == nil && (major < 6 || major == 6 && minor < 2) {
		return fmt.Errorf("version %q: %w", i.Version, ErrVersion)
	}
	if i.Policy != "" && i.Policy != "noeviction" && !strings.HasPrefix(i.Policy, "volatile-") {
		return fmt.Errorf("maxmemory-policy %q: %w", i.Policy, ErrEviction)
	}
	return nil
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
			info.UsedBytes = number(value)
		case "maxmemory":
			info.MaxBytes = number(value)
		case "db0": // keys=N,expires=N,...
			keys, _, _ := strings.Cut(strings.TrimPrefix(value, "keys="), ",")
			info.Keys = number(keys)
		case "uptime_in_seconds":
			info.Uptime = time.Duration(min(number(value), 1<<32)) * time.Second
		}
	}
	return info
}
