package cache

import "context"

// SiteTimes returns what hosts' exchanges with the servers of a site took, as they have put it at
// TimesPath: for each server, by the name that the hosts use, the Times of each host. What no host could
// have measured is passed over.
func SiteTimes(ctx context.Context, site Site) (map[string][]Times, error) {
	all := map[string][]Times{}
	sum, err := Search(ctx, []Site{site}, Query{Paths: []string{TimesPath}, NoSegments: true}, func(h Hit) error {
		if server, t, ok := parseTimesLine(h.Line); ok {
			all[server] = append(all[server], t)
		}
		return nil
	})
	if err == nil && len(sum.Missing) > 0 {
		err = sum.Missing[0].Err
	}
	return all, err
}
