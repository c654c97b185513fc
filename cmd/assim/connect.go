package main

import (
	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
)

// client reaches the CMA of the installation.
func (o *options) client() (*api.Client, error) {
	fleet, ends, err := o.running()
	if err != nil {
		return nil, err
	}
	return api.Dial("https://"+ends.API, fleet, api.Options{})
}

// sites are the caches of the installation.
func (o *options) sites() ([]cache.Site, error) {
	fleet, ends, err := o.running()
	if err != nil {
		return nil, err
	}
	return []cache.Site{{Name: "local", Servers: []cache.Server{{Addr: ends.Cache, Password: fleet.CachePassword()}}}}, nil
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
