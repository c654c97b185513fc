package tiers

import (
	"cmp"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// cma is a CMA, with the CLI that asks it.
type cma struct {
	*testbed.Process
	graph  string
	cli    testbed.CLI
	client *api.Client
}

// startCMA starts a CMA with a graph of its own.
func (f *fleet) startCMA(t testing.TB, graph string, port int, settings string) *cma {
	t.Helper()
	data, listen := f.path(graph+".d"), fmt.Sprintf("%s:%d", centre, port)
	config := testbed.Write(t, f.path(graph+".yaml"), 0o600, "data: %s\nlisten: %s\nhooks: ''\ngraph: %s\n", data, listen, settings)
	c := &cma{graph: graph}
	c.Process = testbed.Start(t, "cma-"+graph, exec.Command(testbed.Program(t, "cma"), "run", "--config", config))
	testbed.Eventually(t, patience, func() error { return c.Says("cma starts") })
	members := filepath.Join(data, "fleet.json")
	c.cli = testbed.CLI{
		Program: testbed.Program(t, "assim"),
		Config:  testbed.Write(t, f.path(graph+".cli"), 0o600, "fleet: %s\ncma: https://%s\n", members, listen),
	}
	secrets, err := api.ReadFleet(members)
	if err != nil {
		t.Fatal(err)
	}
	if c.client, err = api.Dial("https://"+listen, secrets, api.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.Close)
	return c
}

// mirror hands what the first CMA holds on to the second, which passes over what it has.
func (f *fleet) mirror(ctx context.Context) error {
	hosts, err := f.first.client.Hosts(ctx)
	if err != nil {
		return err
	}
	for _, h := range hosts {
		if err := f.mirrorDocuments(ctx, h); err != nil {
			return fmt.Errorf("documents of %s: %w", h.Name, err)
		}
	}
	return f.mirrorEvents(ctx)
}

// mirrorDocuments hands on a host's documents but for the CMA's own, in their order.
func (f *fleet) mirrorDocuments(ctx context.Context, h api.Host) error {
	detail, err := f.first.client.HostDetail(ctx, h.ID)
	if err != nil {
		return err
	}
	var docs []discovery.Document
	for _, d := range detail.Sealed {
		if d.Instance != derive.StatusDocument {
			docs = append(docs, d.Document)
		}
	}
	slices.SortFunc(docs, func(a, b discovery.Document) int { return cmp.Compare(a.Seq, b.Seq) })
	return taken(f.second.client.SendDocuments(ctx, api.Documents{Documents: docs}))
}

// mirrorEvents hands on what hosts say of one another.
func (f *fleet) mirrorEvents(ctx context.Context) error {
	records, err := f.first.client.Events(ctx, 0, api.MaxEvents, 0)
	if err != nil {
		return err
	}
	var events []ring.Event
	for _, r := range records {
		if r.Kind != ring.AddressMoved { // the CMA's own
			events = append(events, r.Event)
		}
	}
	return taken(f.second.client.SendEvents(ctx, api.Events{Events: events}))
}

// taken returns nil if all that was sent was stored.
func taken(stored api.Stored, err error) error {
	if err == nil && len(stored.Refused) > 0 {
		err = fmt.Errorf("refused: %v", stored.Refused)
	}
	return err
}
