package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
)

// remote is the configuration of the CLI for a fleet whose parts run elsewhere.
type remote struct {
	Fleet string       `yaml:"fleet"` // the fleet file, a copy of the CMA's
	CMA   string       `yaml:"cma"`   // https://HOST:PORT
	Sites []remoteSite `yaml:"sites"`
	Site  string       `yaml:"site"` // the one of --scope local; empty: the first
}

type remoteSite struct {
	Name   string               `yaml:"name"`
	Caches []config.CacheServer `yaml:"caches"` // every Redis server of the site: all hold the same
}

// errNoSites is returned by a search where the configuration names no site.
var errNoSites = errors.New("no sites are configured")

// configFile is the file that says where the fleet is, or "" where this host's installation is meant:
// one that is named counts, else one that stands in its usual place, unless a data directory is named.
func (o *options) configFile() (string, error) {
	if o.config != "" {
		return o.config, nil
	}
	if file := os.Getenv("ASSIM_CONFIG"); file != "" {
		return file, nil
	}
	if o.dataDir != "" || os.Getenv("ASSIM_DATA") != "" {
		return "", nil
	}
	places := []string{"/etc/assim/assim.yaml"}
	if dir, err := os.UserConfigDir(); err == nil {
		places = slices.Insert(places, 0, filepath.Join(dir, "assim", "assim.yaml"))
	}
	for _, place := range places {
		_, err := os.Stat(place)
		if err == nil {
			return place, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
	}
	return "", nil
}

func readRemote(file string) (remote, api.Fleet, error) {
	var r remote
	if err := config.Load(file, nil, nil, &r); err != nil {
		return remote{}, api.Fleet{}, err
	}
	if r.CMA == "" || r.Fleet == "" {
		return remote{}, api.Fleet{}, fmt.Errorf("%s: fleet and cma are required", file)
	}
	fleet, err := api.ReadFleet(r.Fleet)
	return r, fleet, err
}

// sites of the configuration, with every file read.
func (r remote) sites() ([]cache.Site, error) {
	var sites []cache.Site
	for _, s := range r.Sites {
		servers, err := config.CacheServers(s.Caches)
		if err != nil {
			return nil, fmt.Errorf("site %q: %w", s.Name, err)
		}
		sites = append(sites, cache.Site{Name: s.Name, Servers: servers})
	}
	if len(sites) == 0 {
		return nil, errNoSites
	}
	return sites, nil
}
