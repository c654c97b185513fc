package config

import (
	"fmt"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
)

// CacheLogin is who one is to servers that a directory names.
type CacheLogin struct {
	Username     string `yaml:"username"`      // empty: Redis' default user
	PasswordFile string `yaml:"password-file"` // empty: no password
	TLS          bool   `yaml:"tls"`           // whatever the directory says; so for who sets one of the next
	CAFile       string `yaml:"ca-file"`
	CertFile     string `yaml:"cert-file"`
	KeyFile      string `yaml:"key-file"`
}

// Servers are the servers at places, with the login's files read. The fleet's password is for those that
// take it, unless the login has one.
func (l CacheLogin) Servers(places []sites.Server, fleetPassword string) (servers []cache.Server, err error) {
	for _, place := range places {
		s := CacheServer{Username: l.Username, PasswordFile: l.PasswordFile, TLS: l.TLS, CAFile: l.CAFile, CertFile: l.CertFile, KeyFile: l.KeyFile}
		server, err := s.At(place).Server()
		if err != nil {
			return nil, err
		}
		if place.FleetPassword && l.PasswordFile == "" {
			server.Password = fleetPassword
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// Sites is Servers of each.
func (l CacheLogin) Sites(places []sites.Site, fleetPassword string) (found []cache.Site, err error) {
	for _, p := range places {
		servers, err := l.Servers(p.Servers, fleetPassword)
		if err != nil {
			return nil, fmt.Errorf("site %q: %w", p.Name, err)
		}
		found = append(found, cache.Site{Name: p.Name, Servers: servers})
	}
	return found, nil
}
