package neo4j

import (
	"os"
	"testing"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/graphtest"
)

func TestStore(t *testing.T) { graphtest.Run(t, opener(t)) }

func TestQueries(t *testing.T) { graphtest.RunScripts(t, os.DirFS("../testdata"), opener(t)) }

// opener opens the store of a test, which begins empty.
func opener(t *testing.T) func(*testing.T) graph.Store {
	server(t)
	begun := map[string]bool{}
	return func(t *testing.T) graph.Store {
		if !begun[t.Name()] {
			begun[t.Name()] = true
			empty(t)
		}
		return open(t)
	}
}
