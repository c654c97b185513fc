package main

import (
	"context"

	"github.com/assim-mesh/assim/cache"
)

// kind is what a search answers with.
type kind struct {
	flag, short, help string
	argument          bool     // the flag has one
	pattern           demand   // whether there is to be a PATTERN
	counts            bool     // hosts, so that each must be read once
	whole             bool     // makes sense of all that there is, too
	list              string   // name of the list in the JSON answer
	header            []string // of CSV
	run               func(context.Context, *searching) error
}

// demand says whether something has to be there.
type demand uint8

const (
	optional demand = iota
	needed
	refused
)

// kinds are those that a flag asks for, of which there may be one.
func kinds() []kind {
	hosts := []string{"host", "age_ms", "stale"}
	return []kind{
		{flag: "files-with-matches", short: "l", help: "print only which files match, as HOST:PATH", pattern: needed,
			list: "files", header: []string{"site", "host", "path", "changed", "age_ms", "stale"}, run: searchFiles},
		{flag: "distinct", help: "print each line once, as PATH:LINE", pattern: needed, counts: true,
			list: "lines", header: []string{"path", "line", "hosts", "times"}, run: searchDistinct},
		{flag: "hosts-with", help: "print the hosts that have a line that matches", pattern: needed, counts: true,
			list: "hosts", header: hosts, run: searchHosts(cache.HostsWith)},
		{flag: "hosts-without", help: "print the other hosts that have anything at these paths", pattern: needed, counts: true,
			list: "hosts", header: hosts, run: searchHosts(cache.HostsWithout)},
		{flag: "hostlist", help: "print the hosts of the objects that are selected, or that match PATTERN",
			counts: true, whole: true, list: "hosts", header: hosts, run: searchHostList},
		{flag: "list-files", help: "print each path that is selected, and how many hosts have it", pattern: refused, counts: true, whole: true,
			list: "paths", header: []string{"path", "hosts"}, run: searchPaths},
		objectKind("contents", "print the contents of each object", cache.WithContent, "content", contentsOf),
		objectKind("md5sum", "print the md5 of each object", cache.WithMeta, "md5", func(r cache.Row) string { return r.MD5 }),
		objectKind("stat", "print mode, owner, size and time of each file", cache.WithMeta, "stat", func(r cache.Row) string { return r.Stat }),
		objectKind("wordcount", "print lines, words and bytes of each object", cache.WithMeta, "wordcount", func(r cache.Row) string { return r.WC }),
		objectKind("time", "print when each object changed, by the host's clock", 0, "changed", changedAt),
		objectKind("time-human", "print that as local time, and how long ago", 0, "changed", changedForPeople),
		objectKind("time-updated", "print how long ago each object changed", 0, "changed", changedAgo),
		{flag: "compare", argument: true, help: "compare this object (HOST#PATH, or a part that only one has) with each that is selected", pattern: refused, whole: true,
			list: "differences", header: []string{"site", "host", "path", "diff"}, run: compareOne},
		{flag: "compare-all", help: "print the variants of each file, how many hosts have each, and how they differ", pattern: refused, counts: true,
			list: "variants", header: []string{"path", "hosts", "md5", "sha256", "examples", "diff"}, run: compareAll},
		{flag: "cost", help: "print what the search cost each server, and nothing that it found",
			list: "servers", header: []string{"site", "server", "keys", "bytes_moved", "bytes_unpacked", "elapsed_ms", "mb_per_s"}, run: searchCost},
		{flag: "info", help: "print version, memory, policy, keys and uptime of each server", pattern: refused, whole: true,
			list: "servers", header: []string{"site", "server", "version", "used_memory", "max_memory", "policy", "keys", "uptime_s", "error"}, run: serverInfo},
	}
}

func linesKind() kind {
	return kind{list: "hits", header: []string{"site", "host", "path", "line_number", "line", "changed", "age_ms", "stale"}, run: searchLines}
}

// countKind is asked for by --count alone.
func countKind() kind {
	return kind{flag: "count", pattern: needed, counts: true, list: "hosts", header: []string{"host", "lines"}, run: countLines}
}

// namesKind is what is answered without a PATTERN and a flag.
func namesKind() kind { return objectKind("", "", 0, "", nil) }
