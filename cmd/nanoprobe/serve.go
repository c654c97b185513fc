package main

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"path/filepath"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// settings is the configuration of the nanoprobe.
type settings struct {
	Data     string               `yaml:"data"`      // directory of identity and scripts
	Fleet    string               `yaml:"fleet"`     // the fleet file, a copy of the CMA's
	LogLevel string               `yaml:"log-level"` // debug, info, warn, error
	Host     hostSettings         `yaml:"host"`
	CMA      []string             `yaml:"cma"`    // https://HOST:PORT, in order of preference
	Caches   []config.CacheServer `yaml:"caches"` // every Redis server of the site
	Ring     ringSettings         `yaml:"ring"`
	Scripts  scriptSettings       `yaml:"scripts"`
	Files    fileSettings         `yaml:"files"`
}

type hostSettings struct {
	Root string `yaml:"root"` // file tree that is discovered
	ID   string `yaml:"id"`   // empty: made from the machine id
	Name string `yaml:"name"` // empty: the host name; unique in the fleet
}

type ringSettings struct {
	Bind      string   `yaml:"bind"`      // ip:port for UDP and TCP; empty: no ring
	Advertise string   `yaml:"advertise"` // ip:port under which others reach it, behind NAT; empty: as bound
	Seeds     []string `yaml:"seeds"`     // host:port of some members
	Profile   string   `yaml:"profile"`   // local, lan, wan
}

type scriptSettings struct {
	Dir     string          `yaml:"dir"`     // the user's discovery scripts; empty: discovery.d in data
	Shipped bool            `yaml:"shipped"` // run those that come with the program
	Every   config.Duration `yaml:"every"`
}

type fileSettings struct {
	Links string `yaml:"links"` // directory of links to files to keep; empty: snapshot.d in data
	List  string `yaml:"list"`  // file that lists further ones; empty: snapshot.list in data
}

func defaults() settings {
	return settings{
		Data: "/var/lib/assim-nanoprobe", Fleet: "/etc/assim/fleet.json", LogLevel: "info",
		Host:    hostSettings{Root: "/"},
		Ring:    ringSettings{Bind: "0.0.0.0:7946", Profile: "lan"},
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
		LinkDir: s.or(s.Files.Links, "snapshot.d"), ListFile: s.or(s.Files.List, "snapshot.list"),
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
	if s.Ring.Bind != "" {
		profile, err := ring.NamedProfile(s.Ring.Profile)
		if err != nil {
			return nanoprobe.Config{}, keyed("ring.profile", err)
		}
		cfg.Ring = &nanoprobe.Ring{Bind: s.Ring.Bind, Advertise: s.Ring.Advertise, Seeds: s.Ring.Seeds, Key: fleet.RingKey(), Profile: profile}
	}
	if cfg.Identity, err = nanoprobe.LoadIdentity(s.or("", "identity"), s.Host.Root, s.Host.ID, s.Host.Name, time.Now()); err != nil {
		return nanoprobe.Config{}, err
	}
	if s.Files.List == "" {
		if err := nanoprobe.WriteDefaultList(cfg.ListFile); err != nil {
			return nanoprobe.Config{}, err
		}
	}
	cfg.Agents, err = nanoprobe.Agents(nanoprobe.ScriptDirs{Own: s.or(s.Scripts.Dir, "discovery.d"), Shipped: s.shipped()}, time.Duration(s.Scripts.Every), logger)
	return cfg, err
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
