package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/config"
)

// remote is the configuration of the CLI for a fleet whose parts run elsewhere.
type remote struct {
	Fleet string            `yaml:"fleet"`       // the fleet file, a copy of the CMA's
	CMA   string            `yaml:"cma"`         // https://HOST:PORT
	Sites []config.Site     `yaml:"sites"`       // none: they are looked up, in the DNS or else at the CMA
	Site  string            `yaml:"site"`        // the one of --scope local; empty: the first
	DNS   string            `yaml:"sites-dns"`   // name whose TXT records say where the sites are
	Login config.CacheLogin `yaml:"cache-login"` // for servers that were looked up
}

// lookupTimeout bounds a directory of sites: one that needs longer is as good as away.
const lookupTimeout = 3 * time.Second

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

// sites are those of the configuration or of a directory, with every file read. Where the directory can't
// be read it is told, and the sites are those of its last answer if there was one.
func (r remote) sites(ctx context.Context, fleet api.Fleet, stderr io.Writer) ([]cache.Site, error) {
	if len(r.Sites) > 0 {
		return config.CacheSites(r.Sites)
	}
	directory, name, err := r.directory(fleet)
	if err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, lookupTimeout)
	defer cancel()
	answer, err := sites.Recall(limited, directory, name, keptSites(), time.Now())
	if err != nil {
		return nil, err
	}
	if answer.Err != nil {
		fmt.Fprintf(stderr, "assim: the sites can't be looked up: %s\n", printable(answer.Err.Error()))
		fmt.Fprintf(stderr, "assim: those that were known %s ago are taken\n", age(answer.Age))
	}
	return r.Login.Sites(answer.Sites, fleet.CachePassword())
}

// directory is where sites are looked up, and what tells it from others.
func (r remote) directory(fleet api.Fleet) (d sites.Directory, name string, err error) {
	if r.DNS != "" {
		return sites.DNS{Name: r.DNS}, "dns " + r.DNS, nil
	}
	client, err := api.Dial(r.CMA, fleet, api.Options{Timeout: lookupTimeout})
	return client, "cma " + r.CMA, err
}

// keptSites is the file with the last answer of a directory, or "" for a user who has no place for it.
func keptSites() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "assim", "sites.json")
}
