package fleet

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/scripts/testbed"
)

const (
	// between lists what processes of different hosts have to do with each other.
	between = `MATCH (c:Process)-[:DEPENDS_ON]->(s:Process), (c)-[:RUNS_ON]->(ch:Host), (s)-[:RUNS_ON]->(sh:Host)
RETURN c.exe AS client, ch.name AS clienthost, s.exe AS server, sh.name AS serverhost ORDER BY client, clienthost, server, serverhost`
	// nodes and relationships count what there is of each kind.
	nodes         = `MATCH (n) UNWIND labels(n) AS label RETURN label, count(*) AS n ORDER BY label`
	relationships = `MATCH ()-[r]->() RETURN type(r) AS type, count(*) AS n ORDER BY type`
)

func checkDependency(t *testing.T, f *fleet) {
	for _, ask := range []struct{ query, want string }{
		{"hostdependencies", `["h1","/usr/sbin/sshd","10.77.0.1:22","/usr/bin/ssh","h2"]`},
		{between, `["/usr/bin/ssh","h2","/usr/sbin/sshd","h1"]`},
	} {
		testbed.Eventually(t, patience, func() error {
			rows, err := f.query(ask.query)
			if err == nil && !slices.Equal(rows, []string{ask.want}) {
				err = fmt.Errorf("%s: rows %q, want %q alone", ask.query, rows, ask.want)
			}
			return err
		})
	}
}

// checkStores gives a second CMA, on the embedded graph, the documents of the first, and compares what
// both answer.
func checkStores(t *testing.T, f *fleet) {
	testbed.Eventually(t, patience, f.drained)
	f.cma.Stop(t)
	if out, err := exec.Command("cp", "-a", f.path("cma.d"), f.path("embedded.d")).CombinedOutput(); err != nil {
		t.Fatalf("copy of the CMA's data: %v: %s", err, out)
	}
	f.startCMA(t)
	other := testbed.Start(t, "embedded", exec.Command(testbed.Program(t, "cma"), "run", "--set", "graph.store=embedded", "--set", `hooks=""`,
		"--set", "data="+f.path("embedded.d"), "--set", "listen="+centre+":1985"))
	defer other.Stop(t)
	testbed.Write(t, f.path("embedded.yaml"), 0o600, "fleet: %s\ncma: https://%s:1985\n", f.path("cma.d/fleet.json"), centre)
	for _, query := range []string{"hostdependencies", between, nodes, relationships, "allservers", "services", "clients"} {
		testbed.Eventually(t, patience, func() error { // the second graph is being made
			onNeo4j, err1 := f.query(query)
			embedded, err2 := f.as("embedded.yaml").Query(query)
			if err1 != nil || err2 != nil || len(onNeo4j) == 0 || !slices.Equal(onNeo4j, embedded) {
				return fmt.Errorf("%s: Neo4j %q, %v; embedded %q, %v", query, onNeo4j, err1, embedded, err2)
			}
			return nil
		})
	}
}

// drained returns nil when all that the CMA holds is in the graph.
func (f *fleet) drained() error {
	status, err := f.status()
	if err == nil && status.Backlog > 0 {
		err = fmt.Errorf("%d documents wait for the graph", status.Backlog)
	}
	return err
}

// status is the CMA's own.
func (f *fleet) status() (api.Status, error) {
	members, err := api.ReadFleet(f.path("cma.d/fleet.json"))
	if err != nil {
		return api.Status{}, err
	}
	client, err := api.Dial("https://"+centre+":1984", members, api.Options{})
	if err != nil {
		return api.Status{}, err
	}
	defer client.Close()
	return client.Status(context.Background())
}
