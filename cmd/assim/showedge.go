package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/cmd/evidence"
	"github.com/assim-mesh/assim/graph"
)

// edge is one step of the way by which a thing depends on another, and what shows it.
type edge struct {
	From      depend.Thing        `json:"from"`
	To        depend.Thing        `json:"to"`
	Type      string              `json:"type"`
	Group     string              `json:"group,omitempty"`
	Of        int                 `json:"of,omitempty"`
	Since     string              `json:"since,omitempty"`
	Endpoints []string            `json:"endpoints,omitempty"` // ADDRESS:PORT/PROTOCOL
	Documents []evidence.Document `json:"documents"`
}

// edgeQuery asks for the relationships of a type between two nodes, whichever way they point.
const edgeQuery = `MATCH (a:%s {key: $from})-[r:%s]-(b:%s {key: $to})
RETURN startNode(r) = a AS forward, r.group AS group, r.of AS of, r.since AS since, r.endpoints AS endpoints, r.documents AS documents`

// edgeRow is a row of edgeQuery.
type edgeRow struct {
	Forward   bool     `json:"forward"`
	Group     string   `json:"group"`
	Of        int      `json:"of"`
	Since     string   `json:"since"`
	Endpoints []string `json:"endpoints"`
	Documents []string `json:"documents"`
}

// showEdge shows what there is between two things: each step of the way, and the documents that say so.
func showEdge(cmd *cobra.Command, client *api.Client, asJSON bool, args []string) error {
	if len(args) != 2 {
		return &usageError{cmd.CommandPath(), errors.New("--edge takes two things, A and B")}
	}
	_, steps, err := findPath(cmd, client, args[0], args[1], maxDepth)
	if err != nil {
		return err
	}
	if len(steps) < 2 {
		return errNothing
	}
	held := map[string]api.HostDetail{} // what was asked for already
	var edges []edge
	for i := range steps[1:] {
		found, err := readEdges(cmd.Context(), client, held, steps[i], steps[i+1])
		if err != nil {
			return fmt.Errorf("show: %w", err)
		}
		edges = append(edges, found...)
	}
	if asJSON {
		return printJSON(cmd.OutOrStdout(), edges)
	}
	return printEdges(cmd.OutOrStdout(), edges)
}

// readEdges reads the relationships of one step, with what shows them.
func readEdges(ctx context.Context, client *api.Client, held map[string]api.HostDetail, from, to pathRow) ([]edge, error) {
	a := graph.Ref{Label: depend.LabelOf(from.Kind), Key: from.Key}
	b := graph.Ref{Label: depend.LabelOf(to.Kind), Key: to.Key}
	if a.Label == "" || b.Label == "" || !slices.Contains(graph.Dependencies(), from.Link) {
		return nil, fmt.Errorf("%w: a step from a %q by %q to a %q", api.ErrBadAnswer, from.Kind, from.Link, to.Kind)
	}
	answer, err := client.Query(ctx, api.Query{Cypher: fmt.Sprintf(edgeQuery, a.Label, from.Link, b.Label), Params: map[string]any{"from": a.Key, "to": b.Key}})
	if err != nil {
		return nil, err
	}
	rows, err := decodeRows[edgeRow](answer)
	if err != nil {
		return nil, err
	}
	var edges []edge
	for _, row := range rows {
		r := evidence.Relationship{RelRef: graph.RelRef{Type: from.Link, From: a, To: b}, Endpoints: row.Endpoints, Documents: row.Documents}
		if !row.Forward {
			r.From, r.To = b, a
		}
		if err := hold(ctx, client, held, append(r.Hosts(), from.Home(), to.Home())); err != nil {
			return nil, err
		}
		edges = append(edges, edge{From: from.Thing, To: to.Thing, Type: from.Link, Group: row.Group, Of: row.Of, Since: row.Since,
			Endpoints: endpointNames(row.Endpoints), Documents: append([]evidence.Document{}, evidence.Of(r, held)...)})
	}
	return edges, nil
}

// hold asks for what the CMA holds of hosts, named or by their ids, unless that is known. A host of which it
// holds nothing is left out.
func hold(ctx context.Context, client *api.Client, held map[string]api.HostDetail, hosts []string) error {
	for _, host := range hosts {
		known := func() bool {
			for id, h := range held {
				if id == host || h.Name == host {
					return true
				}
			}
			return false
		}
		if host == "" || known() {
			continue
		}
		detail, err := client.HostDetail(ctx, host)
		switch {
		case isNotFound(err):
			continue
		case err != nil:
			return err
		}
		held[detail.ID] = detail
	}
	return nil
}

// endpointNames are endpoints as people write them, of their keys.
func endpointNames(keys []string) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		parts := strings.Split(key, "|") // scope, address, port, protocol
		if len(parts) != 4 {
			names[i] = key
			continue
		}
		if strings.Contains(parts[1], ":") {
			parts[1] = "[" + parts[1] + "]"
		}
		names[i] = parts[1] + ":" + parts[2] + "/" + parts[3]
	}
	return names
}

func printEdges(w io.Writer, edges []edge) error {
	now := time.Now()
	for i, e := range edges {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, e)
		if len(e.Documents) == 0 {
			fmt.Fprintln(w, "no document that is held now shows it")
			continue
		}
		table := make([][]string, len(e.Documents))
		for i, d := range e.Documents {
			changed := ""
			if d.ReceivedMS > 0 {
				changed = age(now.Sub(time.UnixMilli(d.ReceivedMS)))
			}
			heard := ""
			if d.Host != "" {
				heard = age(time.Duration(d.AgeMS) * time.Millisecond)
			}
			table[i] = []string{cmp.Or(d.Host, d.HostID), d.Instance, d.Standing, changed, heard}
		}
		if err := printTable(w, []string{"HOST", "DOCUMENT", "STANDING", "CHANGED", "HEARD"}, table); err != nil {
			return err
		}
	}
	return nil
}

// String is the step in one line.
func (e edge) String() string {
	text := fmt.Sprintf("%s %s %s", e.From.Say(), e.Type, e.To.Say())
	switch {
	case e.Of > 1:
		text += fmt.Sprintf(", one of %d %s", e.Of, e.Group)
	case e.Group != "":
		text += ", " + e.Group
	}
	if len(e.Endpoints) > 0 {
		text += " at " + strings.Join(e.Endpoints, ", ")
	}
	if e.Since != "" {
		text += ", since " + e.Since
	}
	return printable(text)
}
