package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe"
	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// settings is the configuration of the nanoprobe.
type settings struct {
	Data     string               `yaml:"data"`      // directory of identity and scripts
	Fleet    string               `yaml:"fleet"`     // the fleet file, a copy of the CMA's
	LogLevel string               `yaml:"log-level"` // debug, info, warn, error
	Host     hostSettings         `yaml:"host"`
	CMA      []string             `yaml:"cma"`         // https://HOST:PORT, in order of preference
	Caches   []config.CacheServer `yaml:"caches"`      // every Redis server of the site; none: see site
	Site     string               `yaml:"site"`        // whose servers are looked up, in the DNS or else at a CMA; empty: none are
	SitesDNS string               `yaml:"sites-dns"`   // name whose TXT records say where the sites are
	Login    config.CacheLogin    `yaml:"cache-login"` // for servers that were looked up
	Ring     ringSettings         `yaml:"ring"`
	Metrics  string               `yaml:"metrics"` // ip:port of /metrics; empty: nowhere
	Agents   []string             `yaml:"agents"`  // built-in agents that run
	Every    agentIntervals       `yaml:"every"`   // {netconfig: 10s}: how often some of them look
	Linger   config.Duration      `yaml:"linger"`  // how long what a process was connected to counts
	Scripts  scriptSettings       `yaml:"scripts"`
	Files    fileSettings         `yaml:"files"`
}

type hostSettings struct {
	Root   string           `yaml:"root"`   // file tree that is discovered
	ID     string           `yaml:"id"`     // empty: made from the machine id
	Name   string           `yaml:"name"`   // empty: the host name; unique in the fleet
	Labels nanoprobe.Labels `yaml:"labels"` // {rack: r7}: what hosts have in common that may fail
}

type ringSettings struct {
	Bind       string       `yaml:"bind"`       // ip:port for UDP and TCP; empty: no ring
	Advertise  string       `yaml:"advertise"`  // ip:port under which others reach it, behind NAT; empty: as bound
	Seeds      []string     `yaml:"seeds"`      // host:port of some members
	Profile    string       `yaml:"profile"`    // local, lan, wan
	Group      string       `yaml:"group"`      // hosts of a group share rings
	Neighbours int          `yaml:"neighbours"` // whom a host watches in a ring: 2 or 4
	Sizes      sizeSettings `yaml:"sizes"`
}

// sizeSettings are for tests, which have few hosts and want many rings.
type sizeSettings struct {
	Split int `yaml:"split"` // members above which a ring splits; 0: as usual
	Merge int `yaml:"merge"` // members below which it merges with its sibling; 0: as usual
}

type scriptSettings struct {
	Dir     string          `yaml:"dir"`     // the user's discovery scripts; empty: discovery.d in data
	Shipped bool            `yaml:"shipped"` // run those that come with the program
	Every   config.Duration `yaml:"every"`
}

type fileSettings struct {
	Links string `yaml:"links"` // directory of links to files to keep; empty: snapshot.d in data
	List  string `yaml:"list"`  // file that lists further ones, and commands; empty: snapshot.list in data
}

func defaults() settings {
	return settings{
		Data: "/var/lib/assim-nanoprobe", Fleet: "/etc/assim/fleet.json", LogLevel: "info",
		Host:    hostSettings{Root: "/"},
		Ring:    ringSettings{Bind: "0.0.0.0:7946", Profile: "lan", Group: "default", Neighbours: 2},
		Agents:  nanoprobe.AgentNames(),
		Linger:  config.Duration(discovery.DefaultLinger),
		Scripts: scriptSettings{Shipped: true, Every: config.Duration(time.Hour)},
	}
}

// serve runs the nanoprobe until ctx is done.
func serve(ctx context.Context, s settings, stderr io.Writer) error {
	logger, err := config.Logger(stderr, s.LogLevel)
	if err != nil {
		return keyed("log-level", err)
	}
	cfg, err := s.build(logger)
	if err != nil {
		return err
	}
	probe, err := nanoprobe.New(cfg)
	if err != nil {
		return err
	}
	logger.Info("nanoprobe starts", "host", cfg.Identity.Name, "host_id", cfg.Identity.HostID, "boot", cfg.Identity.Boot)
	err = probe.Run(ctx)
	logger.Info("nanoprobe ends", "reason", err.Error())
	return err
}

// build is the nanoprobe's configuration with every file read.
func (s settings) build(logger *slog.Logger) (nanoprobe.Config, error) {
	fleet, err := api.ReadFleet(s.Fleet)
	if err != nil {
		return nanoprobe.Config{}, err
	}
	cfg := nanoprobe.Config{
		Host: discovery.LiveHost(s.Host.Root), Logger: logger, Rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
		Labels: s.Host.Labels, LinkDir: s.or(s.Files.Links, "snapshot.d"), ListFile: s.or(s.Files.List, "snapshot.list"),
	}
	for _, base := range s.CMA {
		client, err := api.Dial(base, fleet, api.Options{})
		if err != nil {
			return nanoprobe.Config{}, keyed("cma", err)
		}
		cfg.CMAs = append(cfg.CMAs, client)
	}
	if cfg.Caches, err = config.CacheServers(s.Caches); err != nil {
		return nanoprobe.Config{}, keyed("caches", err)
	}
	if cfg.LookUpCaches, err = s.lookUp(cfg.CMAs, fleet); err != nil {
		return nanoprobe.Config{}, err
	}
	if cfg.Ring, err = s.Ring.build(fleet.RingKey()); err != nil {
		return nanoprobe.Config{}, err
	}
	builtIn, err := nanoprobe.BuiltIn(s.Agents)
	if err != nil {
		return nanoprobe.Config{}, keyed("agents", err)
	}
	if err := s.Every.set(builtIn); err != nil {
		return nanoprobe.Config{}, keyed("every", err)
	}
	if err := remember(builtIn, time.Duration(s.Linger)); err != nil {
		return nanoprobe.Config{}, keyed("linger", err)
	}
	if err := cfg.Labels.Validate(); err != nil {
		return nanoprobe.Config{}, keyed("host.labels", err)
	}
	if cfg.Identity, err = nanoprobe.LoadIdentity(s.or("", "identity"), s.Host.Root, s.Host.ID, s.Host.Name, time.Now()); err != nil {
		return nanoprobe.Config{}, err
	}
	if s.Files.List == "" {
		if err := nanoprobe.WriteDefaultList(cfg.ListFile); err != nil {
			return nanoprobe.Config{}, err
		}
	}
	scripts := nanoprobe.ScriptDirs{Own: s.or(s.Scripts.Dir, "discovery.d"), Shipped: s.shipped()}
	if cfg.Agents, err = nanoprobe.Agents(builtIn, scripts, time.Duration(s.Scripts.Every), logger); err != nil {
		return nanoprobe.Config{}, err
	}
	if s.Metrics != "" {
		cfg.Metrics, err = net.Listen("tcp", s.Metrics)
	}
	return cfg, keyed("metrics", err)
}

// build is nil without an address.
func (s ringSettings) build(key []byte) (*nanoprobe.Ring, error) {
	if s.Bind == "" {
		return nil, nil
	}
	profile, err := ring.NamedProfile(s.Profile)
	if err != nil {
		return nil, keyed("ring.profile", err)
	}
	if s.Neighbours != 2 && s.Neighbours != 4 {
		return nil, keyed("ring.neighbours", fmt.Errorf("%d neighbours, a host watches 2 or 4", s.Neighbours))
	}
	profile.PerSide = s.Neighbours / 2
	sizes, err := s.Sizes.build()
	if err != nil {
		return nil, keyed("ring.sizes", err)
	}
	return &nanoprobe.Ring{
		Bind: s.Bind, Advertise: s.Advertise, Seeds: s.Seeds, Key: key, Profile: profile, Group: s.Group, Sizes: sizes,
	}, nil
}

// build is zero, which means the usual sizes, unless something is set.
func (s sizeSettings) build() (backbone.Sizes, error) {
	if s == (sizeSettings{}) {
		return backbone.Sizes{}, nil
	}
	if s.Split < 4 || s.Split > ring.MaxMembers/2 || s.Merge < 1 || s.Merge > s.Split/2 {
		return backbone.Sizes{}, fmt.Errorf("split %d, merge %d: split is 4 to %d, and merge 1 to half of that", s.Split, s.Merge, ring.MaxMembers/2)
	}
	return backbone.Sizes{Split: s.Split, Merge: s.Merge, MergeSum: s.Split * 9 / 16}, nil // as 128 and 72
}

// or is path, or the place of that name in the data directory.
func (s settings) or(path, name string) string {
	if path != "" {
		return path
	}
	return filepath.Join(s.Data, name)
}

func (s settings) shipped() string {
	if !s.Scripts.Shipped {
		return ""
	}
	return s.or("", "discovery.shipped")
}
