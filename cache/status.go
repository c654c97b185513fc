package cache

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

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
