package discovery

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Bounds of what is remembered, connected now or not. Beyond them goes what was seen the longest ago, so a
// crawler fills neither the memory (100 bytes each, 1 MB a host) nor the document.
const (
	maxRecentOfProcess = 1000
	maxRecentOfHost    = 10_000
)

// recent remembers what the processes of a host were connected to a while ago.
//
//	the server's host dies, the client gives up     the dependency is known when it is asked for
//	the client connects for seconds each minute     no news of each time that a look catches or misses it
//	the client ends                                 forgotten at once
//
// It is pure: the time comes in. It starts with nothing, since it is kept nowhere.
type recent struct {
	linger time.Duration                           // how long after it was last seen; 0 to remember nothing
	seen   map[string]map[netip.AddrPort]time.Time // when, by the process's key
	pids   map[string]bool                         // processes with these keys
}

// holds reports whether pid is a process with something remembered, or another by now that has its id.
func (r *recent) holds(pid string) bool { return r.pids[pid] }

// add adds to addrs what the process of that key is remembered to have been connected to.
func (r *recent) add(addrs map[string]string, key string) map[string]string {
	for addr := range r.seen[key] {
		addrs = with(addrs, addr, "tcp")
	}
	return addrs
}

// contact is an address that a process was connected to.
type contact struct {
	key  string
	addr netip.AddrPort
	seen time.Time
}

// look takes the processes that run, by key. What isn't among them is forgotten.
func (r *recent) look(now time.Time, running map[string]found) {
	var all []contact
	for key, f := range running {
		seen := map[netip.AddrPort]time.Time{}
		maps.Copy(seen, r.seen[key])
		for _, addr := range f.opened {
			seen[addr] = now
		}
		for addr, at := range seen {
			if now.Sub(at) < r.linger {
				all = append(all, contact{key, addr, at})
			}
		}
	}
	r.seen, r.pids = newest(all), map[string]bool{}
	for key := range r.seen {
		for _, pid := range running[key].pids {
			r.pids[pid] = true
		}
	}
}

// newest is what remains of all within the bounds, by key and address. Of what was seen at one time the
// order of the names decides, so that it is the same each time.
func newest(all []contact) map[string]map[netip.AddrPort]time.Time {
	slices.SortFunc(all, func(a, b contact) int {
		return cmp.Or(b.seen.Compare(a.seen), cmp.Compare(a.key, b.key), a.addr.Compare(b.addr))
	})
	kept := map[string]map[netip.AddrPort]time.Time{}
	count := 0
	for _, c := range all {
		switch {
		case count == maxRecentOfHost:
			return kept
		case len(kept[c.key]) == maxRecentOfProcess:
			continue
		case kept[c.key] == nil:
			kept[c.key] = map[netip.AddrPort]time.Time{}
		}
		kept[c.key][c.addr] = c.seen
		count++
	}
	return kept
}
