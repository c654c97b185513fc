package main

import (
	"math/rand/v2"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
)

// client reaches the CMA: the configured one, or that of this host's installation.
func (o *options) client() (*api.Client, error) {
	file, err := o.configFile()
	if err != nil {
		return nil, err
	}
	if file != "" {
		r, fleet, err := readRemote(file)
		if err != nil {
			return nil, err
		}
		return api.Dial(r.CMA, fleet, api.Options{})
	}
	fleet, ends, err := o.running()
	if err != nil {
		return nil, err
	}
	return api.Dial("https://"+ends.API, fleet, api.Options{})
}

// allSites are the caches, the servers of each in random order so that readers spread over them, and the
// name of the one that is ours, or "" if that is not said.
func (o *options) allSites() (sites []cache.Site, own string, err error) {
	file, err := o.configFile()
	if err != nil {
		return nil, "", err
	}
	if file != "" {
		r, _, err := readRemote(file)
		if err != nil {
			return nil, "", err
		}
		sites, err := r.sites()
		return cache.Balanced(sites, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), r.Site, err
	}
	fleet, ends, err := o.running()
	if err != nil {
		return nil, "", err
	}
	return []cache.Site{{Name: "local", Servers: []cache.Server{{Addr: ends.Cache, Password: fleet.CachePassword()}}}}, "", nil
}

// running reads what a running installation left for other processes of its owner.
func (o *options) running() (api.Fleet, endpoints, error) {
	inst, err := o.installation()
	if err != nil {
		return api.Fleet{}, endpoints{}, err
	}
	ends, err := inst.readEndpoints()
	if err != nil {
		return api.Fleet{}, endpoints{}, err
	}
	fleet, err := api.ReadFleet(inst.path(cma.FleetFile))
	return fleet, ends, err
}
