package cache

import (
	"testing"
	"time"
)

func TestParseInfo(t *testing.T) {
	got := parseInfo("# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:90\r\n\r\n# Memory\r\nused_memory:1048576\r\n" +
		"maxmemory:2097152\r\nmaxmemory_policy:noeviction\r\nused_memory_human:1M\r\n\r\n# Keyspace\r\ndb0:keys=12,expires=3,avg_ttl=4\r\ndb1:keys=5,expires=0,avg_ttl=0\r\n")
	if want := (Info{Version: "7.0.15", Policy: "noeviction", UsedBytes: 1 << 20, MaxBytes: 2 << 20, Keys: 12, Uptime: 90 * time.Second}); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if got := parseInfo("used_memory:much\nuptime_in_seconds:99999999999999999\n"); got.UsedBytes != 0 || got.Uptime < 0 {
		t.Errorf("got %+v", got)
	}
}

func TestServerInfo(t *testing.T) {
	onServers(t, func(t *testing.T, start func(testing.TB) Server) {
		f := newFixture(t, start(t))
		f.mustPut(t, snap("a", "/f", "x"))
		info, err := ServerInfo(t.Context(), f.Server)
		if err != nil || info.Keys < 5 || info.Uptime < 0 {
			t.Errorf("got %+v, %v, want the keys of a row", info, err)
		}
	})
	if _, err := ServerInfo(t.Context(), Server{Addr: "127.0.0.1:1"}); err == nil {
		t.Error("a server that is not there has Info")
	}
}
