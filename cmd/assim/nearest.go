package main

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// Names that may have been meant. A fleet may have more: of those a name is not offered.
const (
	hostNamesQuery      = `MATCH (h:Host) WHERE NOT h:Container RETURN h.name AS name ORDER BY name LIMIT 20000`
	containerNamesQuery = `MATCH (c:Container)-[:RUNS_ON]->(h:Host) UNWIND [c.name, h.name + '/' + c.name] AS name
RETURN DISTINCT name ORDER BY name LIMIT 20000`
	switchNamesQuery  = `MATCH (s:Switch) RETURN s.name AS name ORDER BY name LIMIT 20000`
	serviceNamesQuery = `MATCH (s:Service) RETURN DISTINCT s.name AS name ORDER BY name LIMIT 20000`
	nicNamesQuery     = `MATCH (h:Host {name: $place})-[:HAS_NIC]->(n:NIC) RETURN h.name + '/' + n.name AS name ORDER BY name LIMIT 20000`
	// programNamesQuery takes a HOST, a container's name or HOST/CONTAINER as $place.
	programNamesQuery = `MATCH (h:Host {name: last(split($place, '/'))})<-[:RUNS_ON]-(p:Process)
WHERE h.name = $place OR [(h)-[:RUNS_ON]->(m:Host) | m.name + '/' + h.name] = [$place]
RETURN DISTINCT p.name + '@' + $place AS name ORDER BY name LIMIT 20000`
)

// nearestPlace is the host or container that may have been meant, or empty.
func nearestPlace(ctx context.Context, ask graphQuery, what string) string {
	return nearest(what, append(names(ctx, ask, hostNamesQuery, ""), names(ctx, ask, containerNamesQuery, "")...))
}

// nearestName is the name that may have been meant, or empty. Of SERVICE@HOST and HOST/INTERFACE either part
// may be misspelt.
func nearestName(ctx context.Context, ask graphQuery, what string) string {
	places := append(names(ctx, ask, hostNamesQuery, ""), names(ctx, ask, containerNamesQuery, "")...)
	known := func(place string) string {
		if slices.Contains(places, place) {
			return place
		}
		return spelling.Nearest(place, places)
	}
	if service, place, ok := strings.Cut(what, "@"); ok {
		place = known(place)
		return nearest(service+"@"+place, names(ctx, ask, programNamesQuery, place))
	}
	all := append(places, names(ctx, ask, switchNamesQuery, "")...)
	if host, part, ok := strings.Cut(what, "/"); ok {
		if host = known(host); host != "" {
			what = host + "/" + part
		}
		return nearest(what, append(all, names(ctx, ask, nicNamesQuery, host)...))
	}
	return nearest(what, append(all, names(ctx, ask, serviceNamesQuery, "")...))
}

// leastBeginning is how many letters are enough for a name that they begin.
const leastBeginning = 3

// nearest is the name itself, the one that it misspells, or else the first that it begins: "redis" is
// redis-server, and redis@db1 is redis-server@db1.
func nearest(what string, names []string) string {
	if slices.Contains(names, what) {
		return what
	}
	if near := spelling.Nearest(what, names); near != "" {
		return near
	}
	beginning, _, _ := strings.Cut(what, "@")
	for _, name := range names {
		if len(beginning) >= leastBeginning && strings.HasPrefix(name, beginning) && strings.HasSuffix(name, what[len(beginning):]) {
			return name
		}
	}
	return ""
}

// names are what a query returns in its first column; none if it fails, since there is an error already
// that they only would make clearer.
func names(ctx context.Context, ask graphQuery, query, place string) []string {
	rows, err := ask(ctx, api.Query{Cypher: query, Params: map[string]any{"place": place}})
	if err != nil {
		return nil
	}
	return firstColumn(rows)
}

// unknownHost is the error for a host that the CMA does not know, with the name that may have been meant.
func unknownHost(ctx context.Context, ask graphQuery, what string) error {
	return &unknownError{"no host", what, nearest(what, names(ctx, ask, hostNamesQuery, ""))}
}

// isNotFound reports whether the CMA has answered that there is no such thing.
func isNotFound(err error) bool {
	var refused *api.Error
	return errors.As(err, &refused) && refused.Code == api.CodeNotFound
}
