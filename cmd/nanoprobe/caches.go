package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/api"
)

// lookUp asks a directory for the servers of the host's site; it is nil for a host that is told them in its
// configuration.
func (s settings) lookUp(cmas []*api.Client, fleet api.Fleet) (func(context.Context) ([]cache.Server, error), error) {
	switch {
	case s.Site == "" && s.SitesDNS == "":
		return nil, nil
	case s.Site == "":
		return nil, keyed("sites-dns", errors.New("site is not set: whose servers are to be looked up"))
	case len(s.Caches) > 0:
		return nil, keyed("site", errors.New("caches is set too: servers are either listed or looked up"))
	case s.SitesDNS == "" && len(cmas) == 0:
		return nil, keyed("site", errors.New("neither sites-dns nor cma is set: nobody can be asked"))
	}
	// What is wrong with the login is said now and not in ten minutes.
	if _, err := s.Login.Servers([]sites.Server{{Addr: "localhost:6379"}}, ""); err != nil {
		return nil, keyed("cache-login", err)
	}
	directory := s.directory(cmas)
	return func(ctx context.Context) ([]cache.Server, error) {
		found, err := directory.Sites(ctx)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(found, func(site sites.Site) bool { return site.Name == s.Site })
		if i < 0 {
			return nil, fmt.Errorf("site %q is none of %s", s.Site, names(found))
		}
		return s.Login.Servers(found[i].Servers, fleet.CachePassword())
	}, nil
}

func (s settings) directory(cmas []*api.Client) sites.Directory {
	if s.SitesDNS != "" {
		return sites.DNS{Name: s.SitesDNS}
	}
	return anyCMA(cmas)
}

// anyCMA is the directory of the first CMA that answers.
type anyCMA []*api.Client

// Sites asks one after the other.
func (all anyCMA) Sites(ctx context.Context) ([]sites.Site, error) {
	var failed error
	for _, cma := range all {
		found, err := cma.Sites(ctx)
		if err == nil {
			return found, nil
		}
		failed = errors.Join(failed, err)
	}
	return nil, failed
}

func names(found []sites.Site) string {
	all := make([]string, len(found))
	for i, site := range found {
		all[i] = site.Name
	}
	return strings.Join(all, ", ")
}
