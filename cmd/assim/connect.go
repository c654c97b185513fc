package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cma/api"
)

// client reaches the CMA: the configured one, or that of this host's installation.
func (o *options) client() (*api.Client, error) { return o.dial(api.Options{}) }

func (o *options) dial(with api.Options) (*api.Client, error) {
	file, err := o.configFile()
	if err != nil {
		return nil, err
	}
	if file != "" {
		r, fleet, err := readRemote(file)
		if err != nil {
			return nil, err
		}
		return api.Dial(r.CMA, fleet, with)
	}
	fleet, ends, err := o.running()
	if err != nil {
		return nil, err
	}
	return api.Dial("https://"+ends.API, fleet, with)
}

// allSites are the caches, the servers of each in random order so that readers spread over them, and the
// name of the one that is ours, or "" if that is not said. What there is to say about how they were found
// goes to the command's stderr.
func (o *options) allSites(cmd *cobra.Command) (sites []cache.Site, own string, err error) {
	file, err := o.configFile()
	if err != nil {
		return nil, "", err
	}
	if file != "" {
		r, fleet, err := readRemote(file)
		if err != nil {
			return nil, "", err
		}
		found, err := r.sites(cmd.Context(), fleet, cmd.ErrOrStderr())
		return cache.Balanced(found, rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))), r.Site, err
	}
	fleet, ends, err := o.running()
	if err != nil {
		return nil, "", err
	}
	return []cache.Site{{Name: localSite, Servers: []cache.Server{{Addr: ends.Cache, Password: fleet.CachePassword()}}}}, "", nil
}

// cmaWait is how long what can do without the CMA waits for it.
const cmaWait = time.Second

// deadHosts are those that the CMA knows to be down, by name. Where no CMA says so in time the error is why,
// and a host's silence alone makes what it has stale.
func (o *options) deadHosts(ctx context.Context) (map[string]bool, error) {
	client, err := o.dial(api.Options{Timeout: cmaWait})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	down, err := client.Down(ctx)
	if err != nil {
		return nil, err
	}
	dead := make(map[string]bool, len(down))
	for _, d := range down {
		dead[d.Name] = true
	}
	return dead, nil
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
