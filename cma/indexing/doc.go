// Package indexing runs a cache indexer for each Redis server of some sites, and counts what they do.
//
//	New(Config) ──▶ Run(ctx) ──▶ cache.Indexer × servers     Metrics() at any time
//
// It runs in the CMA, in 'assim up', or in a process of its own near a site that is far away. Several
// processes may index the same servers: a lease in each server lets one of them work at a time, and another
// takes over within half a minute.
package indexing
