package mesh

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/nanoprobe/ring"
)

func valid() Config {
	return Config{
		HostID: "id", Name: "web1", Boot: 1, Bind: "127.0.0.1:0", Key: hostKey("web1"), RingKey: bytes.Repeat([]byte{1}, keyBytes), Group: "dc1",
		Seeds: []string{"web2:7946", "[::1]:7946", "10.0.0.1:1"}, Profile: ring.LAN(),
		Logger: slog.New(slog.DiscardHandler), Rand: rand.New(rand.NewPCG(1, 1)), Report: func(ring.Event) {},
	}
}

func TestConfig(t *testing.T) {
	if _, err := New(valid()); err != nil {
		t.Fatalf("%+v: %v", valid(), err)
	}
	for _, good := range []func(*Config){
		func(c *Config) { c.Bind, c.Advertise = "[::]:7946", "[2001:db8::1]:7946" },
		func(c *Config) { c.Bind = "0.0.0.0:7946" },
		func(c *Config) { c.HostID, c.Name = ring.HostID(strings.Repeat("i", 64)), strings.Repeat("n", 255) },
	} {
		c := valid()
		good(&c)
		if _, err := New(c); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for want, spoil := range map[string]func(*Config){
		"host id of 0 bytes":                 func(c *Config) { c.HostID = "" },
		"host id of 65 bytes":                func(c *Config) { c.HostID = ring.HostID(strings.Repeat("i", 65)) },
		"host name of 0 bytes":               func(c *Config) { c.Name = "" },
		"host name of 256 bytes":             func(c *Config) { c.Name = strings.Repeat("n", 256) },
		"boot is 0":                          func(c *Config) { c.Boot = 0 },
		"ring key of 16 bytes":               func(c *Config) { c.RingKey = c.RingKey[:16] },
		"host key of 32 bytes":               func(c *Config) { c.Key = c.Key[:32] },
		"group of 0 bytes":                   func(c *Config) { c.Group = "" },
		"group of 65 bytes":                  func(c *Config) { c.Group = strings.Repeat("g", 65) },
		"Logger, Rand and Report":            func(c *Config) { c.Report = nil },
		"65 seeds":                           func(c *Config) { c.Seeds = make([]string, 65) },
		"3 neighbours":                       func(c *Config) { c.Profile.PerSide = 3 },
		`bind address "web1:7946"`:           func(c *Config) { c.Bind = "web1:7946" },
		`bind address "[::]:7946" needs`:     func(c *Config) { c.Bind = "[::]:7946" },
		`advertised address "0.0.0.0:7946"`:  func(c *Config) { c.Advertise = "0.0.0.0:7946" },
		`advertised address "10.0.0.1:0"`:    func(c *Config) { c.Advertise = "10.0.0.1:0" },
		`advertised address "10.0.0.1"`:      func(c *Config) { c.Advertise = "10.0.0.1" },
		`seed "web2"`:                        func(c *Config) { c.Seeds = []string{"web2"} },
		`seed ":7946": no host`:              func(c *Config) { c.Seeds = []string{":7946"} },
		`seed "web2:0": port "0" is not`:     func(c *Config) { c.Seeds = []string{"web2:0"} },
		`seed "web2:http": port "http" is n`: func(c *Config) { c.Seeds = []string{"web2:http"} },
	} {
		c := valid()
		spoil(&c)
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("New: %v, want %q", err, want)
		}
	}
}
