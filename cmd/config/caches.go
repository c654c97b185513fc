package config

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cache/sites"
)

// CacheServer says how to reach one Redis server: at Addr, or the master that sentinels know.
type CacheServer struct {
	Addr         string   `yaml:"addr"`          // host:port
	Username     string   `yaml:"username"`      // empty: Redis' default user
	PasswordFile string   `yaml:"password-file"` // empty: no password
	TLS          bool     `yaml:"tls"`           // speak TLS; so does whoever sets one of the next
	CAFile       string   `yaml:"ca-file"`       // PEM; empty: the authorities of the operating system
	CertFile     string   `yaml:"cert-file"`     // PEM, the client's certificate; empty: none
	KeyFile      string   `yaml:"key-file"`      // PEM, its key
	ServerName   string   `yaml:"server-name"`   // in the server's certificate; empty: the host of its address
	Sentinel     Sentinel `yaml:"sentinel"`
}

// Sentinel says who knows where the master is.
type Sentinel struct {
	Master       string   `yaml:"master"` // the name that sentinels know it by
	Addrs        []string `yaml:"addrs"`  // host:port of some sentinels
	Username     string   `yaml:"username"`
	PasswordFile string   `yaml:"password-file"` // of the sentinels themselves; empty: no password
}

// Site is a site with its servers.
type Site struct {
	Name   string        `yaml:"name"`
	Caches []CacheServer `yaml:"caches"` // every Redis server of the site: all hold the same
}

// place is where the server is.
func (s CacheServer) place() sites.Server {
	return sites.Server{Addr: s.Addr, Master: s.Sentinel.Master, Sentinels: s.Sentinel.Addrs, TLS: s.tls()}
}

// At is a server at a place that a directory told, for which s has user, password and certificates.
func (s CacheServer) At(place sites.Server) CacheServer {
	s.Addr, s.TLS = place.Addr, s.TLS || place.TLS
	s.Sentinel.Master, s.Sentinel.Addrs = place.Master, place.Sentinels
	return s
}

// Server is s with its files read.
func (s CacheServer) Server() (cache.Server, error) {
	if s.Addr == "" && s.Sentinel.Master == "" {
		return cache.Server{}, errors.New("a cache server has no addr and no sentinel")
	}
	if err := s.place().Check(); err != nil {
		return cache.Server{}, err
	}
	server := cache.Server{Addr: s.Addr, Username: s.Username}
	var err error
	if server.Password, err = Secret(s.PasswordFile); err != nil {
		return cache.Server{}, err
	}
	if server.TLS, err = s.readTLS(); err != nil {
		return cache.Server{}, err
	}
	if s.Sentinel.Master != "" {
		server.Sentinel = &cache.Sentinel{Master: s.Sentinel.Master, Addrs: s.Sentinel.Addrs, Username: s.Sentinel.Username}
		server.Sentinel.Password, err = Secret(s.Sentinel.PasswordFile)
	}
	return server, err
}

func (s CacheServer) tls() bool {
	return s.TLS || s.CAFile != "" || s.CertFile != "" || s.KeyFile != "" || s.ServerName != ""
}

// readTLS is nil for a server that does not speak it.
func (s CacheServer) readTLS() (*tls.Config, error) {
	if !s.tls() {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: s.ServerName}
	var err error
	if c.RootCAs, err = Authorities(s.CAFile); err != nil {
		return nil, err
	}
	if s.CertFile != "" || s.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(s.CertFile, s.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("cert-file %q and key-file %q: %w", s.CertFile, s.KeyFile, err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// CacheServers is Server of each.
func CacheServers(all []CacheServer) (servers []cache.Server, err error) {
	for _, s := range all {
		server, err := s.Server()
		if err != nil {
			return nil, err
		}
		servers = append(servers, server)
	}
	return servers, nil
}

// CacheSites is CacheServers of each.
func CacheSites(all []Site) (found []cache.Site, err error) {
	for _, s := range all {
		servers, err := CacheServers(s.Caches)
		if err != nil {
			return nil, fmt.Errorf("site %q: %w", s.Name, err)
		}
		found = append(found, cache.Site{Name: s.Name, Servers: servers})
	}
	return found, nil
}

// Places is where the servers of sites are, for others to be told.
func Places(all []Site) (found sites.List) {
	for _, s := range all {
		site := sites.Site{Name: s.Name}
		for _, c := range s.Caches {
			site.Servers = append(site.Servers, c.place())
		}
		found = append(found, site)
	}
	return found
}
