package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
)

// inspectsAbreast is how many cache servers are asked at the same time.
const inspectsAbreast = 32

func newCacheCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Look after the caches of the sites",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCacheStatusCommand(o), newCacheImportCommand(o))
	return cmd
}

func newCacheStatusCommand(o *options) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say how the cache servers are and how long hosts take to write to them",
		Long: `Asks every cache server of every site: its version, memory and time to answer, the hosts, paths and
rows that it holds, how many paths have segments and how many changes these lack, and who indexes it.
Then, for each server, how long the last writes of the hosts took, of each host at most 50, as each
told it a minute after its start and every hour since.

Exit status 4 if a server is down, or not fit to hold the cache.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cacheStatus(cmd, o) },
	}
}

// cacheSite is a site in JSON.
type cacheSite struct {
	Site    string        `json:"site"`
	Servers []cacheServer `json:"servers"`
	Writes  []cacheWrites `json:"writes"`                 // by server, under the names that hosts use
	NoTimes string        `json:"writes_error,omitempty"` // why Writes could not be read
}

// cacheServer is one server in JSON. Only Server and Error are set of one that is down.
type cacheServer struct {
	Server       string `json:"server"`
	Error        string `json:"error,omitempty"`
	Unfit        string `json:"unfit,omitempty"` // why it is not fit to hold the cache
	Version      string `json:"version,omitempty"`
	Policy       string `json:"policy,omitempty"`
	RoundTripUS  int64  `json:"round_trip_us,omitempty"`
	UsedBytes    int64  `json:"used_bytes,omitempty"`
	MaxBytes     int64  `json:"max_bytes,omitempty"` // 0: no limit
	Hosts        int    `json:"hosts"`
	Paths        int    `json:"paths"`
	Rows         int    `json:"rows"`
	IndexedPaths int    `json:"indexed_paths"`
	IndexedRows  int    `json:"indexed_rows"`
	Behind       int    `json:"changes_behind"`
	OldestMS     int64  `json:"oldest_segment_ms,omitempty"`
	Indexing     bool   `json:"indexing"`
	Indexer      string `json:"indexer,omitempty"`

	status cache.ServerStatus
}

// cacheWrites is what hosts say of their writes to a server, in JSON.
type cacheWrites struct {
	Server      string `json:"server"`
	Hosts       int    `json:"hosts"`
	Writes      int    `json:"writes"`
	MeanUS      int64  `json:"mean_us"`
	MedianUS    int64  `json:"median_us"` // of the hosts' medians
	DeviationUS int64  `json:"deviation_us"`
	MinUS       int64  `json:"min_us"`
	MaxUS       int64  `json:"max_us"`
	Bytes       int64  `json:"bytes"`

	times cache.Times
}

func cacheStatus(cmd *cobra.Command, o *options) error {
	found, err := o.sites(cmd, "", nil)
	if err != nil {
		return err
	}
	all := inspectSites(cmd.Context(), found)
	if err := cmd.Context().Err(); err != nil {
		return err
	}
	if o.json {
		err = printJSON(cmd.OutOrStdout(), all)
	} else {
		err = printCaches(cmd.OutOrStdout(), all)
	}
	if err != nil {
		return err
	}
	return tellCaches(cmd.ErrOrStderr(), all)
}

// inspectSites asks all servers, some at the same time.
func inspectSites(ctx context.Context, found []cache.Site) []cacheSite {
	all := make([]cacheSite, len(found))
	free := make(chan struct{}, inspectsAbreast)
	var asking sync.WaitGroup
	ask := func(f func()) {
		free <- struct{}{}
		asking.Go(func() {
			f()
			<-free
		})
	}
	for i, site := range found {
		all[i] = cacheSite{Site: site.Name, Servers: make([]cacheServer, len(site.Servers)), Writes: []cacheWrites{}}
		for k, server := range site.Servers {
			ask(func() { all[i].Servers[k] = newCacheServer(cache.Inspect(ctx, server)) })
		}
		ask(func() { all[i].readWrites(ctx, site) })
	}
	asking.Wait()
	for _, site := range all { // their order was that in which they are read
		slices.SortFunc(site.Servers, func(a, b cacheServer) int { return cmp.Compare(a.Server, b.Server) })
	}
	return all
}

func newCacheServer(s cache.ServerStatus) cacheServer {
	c := cacheServer{
		Server: s.Server, Version: s.Version, Policy: s.Policy, RoundTripUS: s.RoundTrip.Microseconds(),
		UsedBytes: s.UsedBytes, MaxBytes: s.MaxBytes, Hosts: s.Hosts, Paths: s.Paths, Rows: s.Rows,
		IndexedPaths: s.Segments.Paths, IndexedRows: s.Segments.Rows, Behind: s.Segments.Behind,
		OldestMS: s.Segments.Oldest.Milliseconds(), Indexing: s.Indexing, Indexer: s.Indexer, status: s,
	}
	if s.Err != nil {
		c.Error = s.Err.Error()
	}
	if s.Unfit != nil {
		c.Unfit = s.Unfit.Error()
	}
	return c
}

// readWrites reads what hosts say of the servers of a site. Of a site that is down the servers' errors say
// enough.
func (c *cacheSite) readWrites(ctx context.Context, site cache.Site) {
	times, err := cache.SiteTimes(ctx, site)
	if err != nil {
		c.NoTimes = err.Error()
	}
	for _, server := range slices.Sorted(maps.Keys(times)) {
		t := cache.CombineTimes(times[server])
		c.Writes = append(c.Writes, cacheWrites{
			Server: server, Hosts: len(times[server]), Writes: t.N, MeanUS: t.Mean.Microseconds(), MedianUS: t.Median.Microseconds(),
			DeviationUS: t.Deviation.Microseconds(), MinUS: t.Min.Microseconds(), MaxUS: t.Max.Microseconds(), Bytes: t.Bytes, times: t,
		})
	}
}

// printCaches prints a table of servers, and one of writes if there have been any.
func printCaches(w io.Writer, all []cacheSite) error {
	var servers, writes [][]string
	for _, site := range all {
		for _, s := range site.Servers {
			servers = append(servers, s.row(site.Site))
		}
		for _, t := range site.Writes {
			writes = append(writes, t.row(site.Site))
		}
	}
	header := []string{"SITE", "SERVER", "STATUS", "VERSION", "MEMORY", "ANSWER", "HOSTS", "PATHS", "ROWS", "SEGMENTS", "INDEXER"}
	if err := printTable(w, header, servers); err != nil || len(writes) == 0 {
		return err
	}
	fmt.Fprintln(w)
	return printTable(w, []string{"SITE", "SERVER", "HOSTS", "WRITES", "MEAN", "MEDIAN", "DEVIATION", "MIN", "MAX"}, writes)
}

func (c cacheServer) row(site string) []string {
	s := c.status
	if s.Err != nil {
		return []string{site, s.Server, "down", "-", "-", "-", "-", "-", "-", "-", "-"}
	}
	condition, segments, indexer := "up", "none", "none"
	if s.Unfit != nil {
		condition = "unfit"
	}
	if s.Segments.Paths > 0 {
		segments = fmt.Sprintf("%d paths, %d changes behind, oldest %s", s.Segments.Paths, s.Segments.Behind, age(s.Segments.Oldest))
	}
	if s.Indexing {
		indexer = s.Indexer
	}
	return []string{site, s.Server, condition, cmp.Or(s.Version, "-"), memory(s.UsedBytes, s.MaxBytes), short(s.RoundTrip),
		strconv.Itoa(s.Hosts), strconv.Itoa(s.Paths), strconv.Itoa(s.Rows), segments, indexer}
}

func (c cacheWrites) row(site string) []string {
	t := c.times
	return []string{site, c.Server, strconv.Itoa(c.Hosts), strconv.Itoa(t.N),
		short(t.Mean), short(t.Median), short(t.Deviation), short(t.Min), short(t.Max)}
}

// memory is what a server uses, of what if it has a limit; "-" if it doesn't say.
func memory(used, limit int64) string {
	mib := func(n int64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }
	switch {
	case used == 0:
		return "-"
	case limit == 0:
		return mib(used)
	}
	return mib(used) + " of " + mib(limit)
}

// short is a duration to a hundredth of a millisecond.
func short(d time.Duration) string {
	return fmt.Sprintf("%.2fms", float64(d)/float64(time.Millisecond))
}

// tellCaches says which servers are down or unfit, of which sites no host has told how long its writes take,
// and what the exit status is to be.
func tellCaches(stderr io.Writer, all []cacheSite) (err error) {
	for _, site := range all {
		if len(site.Writes) == 0 && site.NoTimes == "" {
			fmt.Fprintf(stderr, "assim: site %q: no host has told yet how long its writes take\n", site.Site)
		}
		for _, s := range site.Servers {
			fault := s.status.Err
			if fault == nil {
				fault = s.status.Unfit
			}
			if fault == nil {
				continue
			}
			err = errPartial
			fmt.Fprintf(stderr, "assim: site %q, server %q: %s\n", site.Site, s.Server, printable(fault.Error()))
			fmt.Fprintf(stderr, "assim: try: %s\n", cmp.Or(adviseCache(fault), adviseAway(fault)))
		}
	}
	return err
}
