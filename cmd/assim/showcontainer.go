package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
)

// container is a container or guest in JSON.
type container struct {
	containerFacts
	Name      string              `json:"name"`   // HOST/CONTAINER
	Status    string              `json:"status"` // that of its host: nobody says more
	Host      string              `json:"host"`
	AgeMS     int64               `json:"age_ms"`         // how long ago the CMA heard of the host
	Documents []api.DocumentState `json:"documents_held"` // those of the host that hold in the container
}

// containerFacts are a row of containerQuery.
type containerFacts struct {
	ID      string `json:"id"`       // in the fleet
	Kind    string `json:"kind"`     // "docker", "vagrant"
	IDThere string `json:"id_there"` // on its host, among those of its kind
	Image   string `json:"image"`
	State   string `json:"state"` // what its host says: "running", "exited"
	HostID  string `json:"host_id"`
}

const containerQuery = `MATCH (c:Container {key: $id})-[:RUNS_ON]->(h:Host)
RETURN c.key AS id, c.kind AS kind, c.id AS id_there, c.image AS image, c.state AS state, h.key AS host_id`

// proxy is how documents name the container in which they hold.
func (c containerFacts) proxy() string { return c.Kind + "/" + c.IDThere }

// noHostError is the error for something that is no host and no container.
type noHostError struct{ depend.Thing }

func (e *noHostError) Error() string { return fmt.Sprintf("%q is a %s", e.Say(), e.Kind) }

// showContainer shows a container, or what is named of it. No host is called so.
func (o *options) showContainer(cmd *cobra.Command, client *api.Client, args []string) error {
	self, err := findContainer(cmd.Context(), client, args[0])
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	c, err := readContainer(cmd.Context(), client, self)
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	switch {
	case len(args) == 2 && strings.HasPrefix(args[1], "/"):
		return fmt.Errorf("show: the cache holds files of hosts, and %q is a container of host %q", c.Name, c.Host)
	case len(args) == 2:
		return showDocument(cmd.OutOrStdout(), "container", c.Name, c.Documents, args[1])
	case o.json:
		return printJSON(cmd.OutOrStdout(), c)
	}
	return c.show(cmd, client, self)
}

// findContainer finds the one container of a name.
func findContainer(ctx context.Context, client *api.Client, what string) (depend.Thing, error) {
	found, err := findSubject(ctx, client, what)
	var unknown *unknownError
	switch {
	case errors.As(err, &unknown):
		return depend.Thing{}, &unknownError{"no host or container", what, nearestPlace(ctx, client.Query, what)}
	case err != nil:
		return depend.Thing{}, err
	case found.things[0].Kind != "container":
		return depend.Thing{}, &noHostError{found.things[0]}
	case len(found.things) > 1:
		return depend.Thing{}, found.byKeys()
	}
	return found.things[0], nil
}

// readContainer reads what is known of a container besides what the graph has around it.
func readContainer(ctx context.Context, client *api.Client, self depend.Thing) (container, error) {
	rows, err := client.Query(ctx, api.Query{Cypher: containerQuery, Params: map[string]any{"id": self.Key}})
	if err != nil {
		return container{}, err
	}
	facts, err := decodeRows[containerFacts](rows)
	if err != nil {
		return container{}, err
	}
	if len(facts) != 1 {
		return container{}, fmt.Errorf("%w: container %q on %d hosts", api.ErrBadAnswer, self.Key, len(facts))
	}
	c := container{containerFacts: facts[0], Name: self.Say(), Status: self.State, Host: self.Host, Documents: []api.DocumentState{}}
	host, err := client.HostDetail(ctx, c.HostID)
	if err != nil {
		return container{}, err
	}
	c.AgeMS = host.AgeMS
	for _, d := range host.Sealed {
		if derive.ProxyOf(d.Document) == c.proxy() {
			c.Documents = append(c.Documents, d)
		}
	}
	return c, nil
}

// show shows a container to people.
func (c container) show(cmd *cobra.Command, client *api.Client, self depend.Thing) error {
	w := cmd.OutOrStdout()
	what := []string{c.Name, c.Status, strings.TrimSpace(c.Kind + " container " + c.Image), c.State, "heard " + age(time.Duration(c.AgeMS)*time.Millisecond) + " ago"}
	fmt.Fprintf(w, "%s\nid %s\n", printable(strings.Join(what, "  ")), printable(c.ID))
	self.Label = graph.Host
	if err := showSections(cmd, client, self); err != nil {
		return err
	}
	if len(c.Documents) > 0 {
		return printDocuments(w, c.Name, c.Documents)
	}
	_, err := fmt.Fprintf(w, "\nno document of %[1]s looks into it; 'assim show %[1]s' shows what there is\n", printable(c.Host))
	return err
}
