package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma"
	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/graph/embedded"
	"github.com/assim-mesh/assim/graph/neo4j"
)

// explain prints why the CMA has ended and what to do about it.
func explain(stderr io.Writer, err error) {
	advice := ""
	switch {
	case errors.Is(err, neo4j.ErrDenied):
		advice = "set graph.username and graph.password-file to a user of that Neo4j"
	case errors.Is(err, neo4j.ErrDatabase):
		advice = "create that database, or set graph.database to one that there is"
	case errors.Is(err, neo4j.ErrTLS):
		advice = "set graph.ca-file to who signed that Neo4j's certificate, and graph.uri to a name in it, or to bolt:// if it has none"
	case errors.Is(err, neo4j.ErrVersion):
		advice = "upgrade it to Neo4j 5, or set graph.store to embedded"
	case errors.Is(err, neo4j.ErrRights):
		advice = "give the user the rights to write and to make constraints"
	case errors.Is(err, neo4j.ErrProtocol):
		advice = "set graph.uri to its Bolt address, usually bolt://HOST:7687"
	case errors.Is(err, neo4j.ErrFormat):
		advice = "use an empty database: the graph is made again from the journal"
	case errors.Is(err, embedded.ErrDamaged), errors.Is(err, embedded.ErrFormat):
		advice = "move the graph file away and start again: it is made anew from the journal"
	case errors.Is(err, cma.ErrDamaged), errors.Is(err, cma.ErrFormat):
		advice = "move the journal away and start again: the hosts send their documents anew"
	case errors.Is(err, cma.ErrLocked), errors.Is(err, embedded.ErrLocked):
		advice = "stop the other CMA that runs on this data directory"
	case errors.Is(err, sites.ErrNone):
		advice = "name each site and its Redis servers under sites in the configuration file"
	case errors.Is(err, cma.ErrIncomplete):
		advice = "restore the missing file from a backup"
	default:
		config.Explain(stderr, "cma", err)
		return
	}
	fmt.Fprintf(stderr, "cma: %v\ncma: try: %s\n", err, advice)
}
