package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
)

// errNoSuchSite is returned for a site that is asked for and not there.
var errNoSuchSite = errors.New("no such site")

// sites are those of a scope: those with the names of --site, this one for "local", else all.
func (o *options) sites(cmd *cobra.Command, scope string, names []string) ([]cache.Site, error) {
	all, own, err := o.allSites(cmd)
	if err != nil {
		return nil, err
	}
	if scope == "local" {
		return ownSite(all, own)
	}
	return namedSites(all, names)
}

// ownSite is the site that the configuration calls ours, or else its first.
func ownSite(all []cache.Site, own string) ([]cache.Site, error) {
	if own == "" {
		return all[:1], nil
	}
	return namedSites(all, []string{own})
}

// namedSites are the sites with these names, in the order of the configuration; without names all.
func namedSites(all []cache.Site, names []string) ([]cache.Site, error) {
	if len(names) == 0 {
		return all, nil
	}
	var have []string
	for _, site := range all {
		have = append(have, fmt.Sprintf("%q", site.Name))
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(s cache.Site) bool { return s.Name == name }) {
			return nil, fmt.Errorf("site %q: %w: there are %s", name, errNoSuchSite, strings.Join(have, ", "))
		}
	}
	return slices.DeleteFunc(slices.Clone(all), func(s cache.Site) bool { return !slices.Contains(names, s.Name) }), nil
}

// replicas makes each server of each site a site of its own, SITE@SERVER.
func replicas(sites []cache.Site) []cache.Site {
	var each []cache.Site
	for _, site := range sites {
		for _, server := range site.Servers {
			each = append(each, cache.Site{Name: site.Name + "@" + server.Name(), Servers: []cache.Server{server}})
		}
	}
	return each
}
