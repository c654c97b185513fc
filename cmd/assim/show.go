package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
)

func newShowCommand(o *options) *cobra.Command {
	var edge bool
	cmd := &cobra.Command{
		Use:   "show HOST[/CONTAINER] [DOCUMENT|/FILE] | show --edge A B",
		Short: "Show all that is known of one host, one of its documents or files, or why one thing depends on another",
		Long: `Shows a host, named or by its id: what it runs, who it depends on and who depends on it, how it is
wired, what of its needs is at risk, and the documents that say so with their age. With a document's
name it prints that document as JSON, with a path the contents of that file as the cache has them.

A container, or guest, is shown in the same way. Its name alone is enough if nothing else has it. It
tells nothing itself: the documents are those that its host sends about it.

With --edge it shows what makes A depend on B: each step of the way, since when, and which documents
of which hosts say so and whether they still stand. A and B are named as for 'assim path'.`,
		Example: `  assim show web1
  assim show web1 netconfig
  assim show web1 /etc/ssh/sshd_config
  assim show web1/shop
  assim show --edge nginx@web1 redis@db1`,
		Args: usage(cobra.RangeArgs(1, 2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := o.client()
			if err != nil {
				return err
			}
			defer client.Close()
			if edge {
				return showEdge(cmd, client, o.json, args)
			}
			return o.show(cmd, client, args)
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if edge {
				return o.completeNames(2)(cmd, args, word)
			}
			return o.completeNames(1)(cmd, args, word)
		},
	}
	cmd.Flags().BoolVar(&edge, "edge", false, "show why A depends on B")
	return cmd
}

// show shows a host, or what is named of it.
func (o *options) show(cmd *cobra.Command, client *api.Client, args []string) error {
	host, err := client.HostDetail(cmd.Context(), args[0])
	if isNotFound(err) {
		return o.showContainer(cmd, client, args)
	}
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	switch {
	case len(args) == 2 && strings.HasPrefix(args[1], "/"):
		return o.showFile(cmd, host.Name, args[1])
	case len(args) == 2:
		return showDocument(cmd.OutOrStdout(), "host", host.Name, host.Sealed, args[1])
	case o.json:
		return printJSON(cmd.OutOrStdout(), host)
	}
	return showHost(cmd, client, host)
}

// showDocument prints one of the documents of a host or a container.
func showDocument(w io.Writer, kind, name string, documents []api.DocumentState, instance string) error {
	names := make([]string, len(documents))
	for i, d := range documents {
		if d.Instance == instance {
			return printJSON(w, d)
		}
		names[i] = d.Instance
	}
	has := "none"
	if len(names) > 0 {
		has = strings.Join(names, ", ")
	}
	return fmt.Errorf("%s %q has no document %q; it has %s", kind, name, instance, has)
}

// snapshot is a file in JSON.
type snapshot struct {
	Host    string    `json:"host"`
	Path    string    `json:"path"`
	Content string    `json:"content"` // what is not UTF-8 is replaced
	Notice  string    `json:"notice,omitempty"`
	Stat    string    `json:"stat"`
	SHA256  string    `json:"sha256"`
	Changed time.Time `json:"changed,omitzero"`
	AgeMS   int64     `json:"age_ms"`
}

func (o *options) showFile(cmd *cobra.Command, host, path string) error {
	sites, err := o.sites(cmd, "", nil)
	if err != nil {
		return err
	}
	row, err := getFile(cmd.Context(), sites, host, path)
	if err != nil {
		return fmt.Errorf("show: %w", err)
	}
	if o.json {
		return printJSON(cmd.OutOrStdout(), snapshot{Host: host, Path: path, Content: string(row.Content), Notice: row.Notice,
			Stat: row.Stat, SHA256: row.SHA256, Changed: row.Changed, AgeMS: row.Age.Milliseconds()})
	}
	if row.Notice != "" {
		return fmt.Errorf("show: %q of host %q has no contents: %s", path, host, row.Notice)
	}
	if !isTerminal(cmd.OutOrStdout()) {
		_, err = cmd.OutOrStdout().Write(row.Content)
		return err
	}
	for line := range strings.Lines(string(row.Content)) {
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), printable(strings.TrimSuffix(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}

// getFile asks one site after the other: each host is at one.
func getFile(ctx context.Context, sites []cache.Site, host, path string) (row cache.Row, err error) {
	for _, site := range sites {
		if row, err = cache.Get(ctx, site, host, path); err == nil || !errors.Is(err, cache.ErrNotFound) {
			return row, err
		}
	}
	return row, err
}

// otherHost names the host o: HOST, or HOST/CONTAINER.
const otherHost = `CASE WHEN o:Container THEN head([(o)-[:RUNS_ON]->(m:Host) | m.name + '/']) ELSE '' END + o.name AS host`

// sections of assim show: each a query on the Host with key $id, shown as a table when it has rows.
var sections = []struct{ title, cypher string }{
	{"serves", `MATCH (h:Host {key: $id})<-[:RUNS_ON]-(s:Service)<-[:PROVIDED_BY]-(e:Endpoint)
WITH s, e ORDER BY e.port
WITH s, collect(DISTINCT e.port) AS ports, collect(DISTINCT e.address) AS addresses
RETURN s.name AS service, s.user AS user, ports,
       CASE WHEN all(a IN addresses WHERE a STARTS WITH '127.' OR a = '::1') THEN 'this host' ELSE 'the network' END AS reached_from,
       s.exe AS exe
ORDER BY service, exe`},
	{"depends on", `MATCH (h:Host {key: $id})<-[:RUNS_ON]-(c)-[d:DEPENDS_ON]->(s)-[:RUNS_ON]->(o:Host)
RETURN c.name AS client, s.name AS service, ` + otherHost + `, d.since AS since ORDER BY client, service, host`},
	{"is needed by", `MATCH (h:Host {key: $id})<-[:RUNS_ON]-(s)<-[d:DEPENDS_ON]-(c)-[:RUNS_ON]->(o:Host)
RETURN s.name AS service, c.name AS client, ` + otherHost + `, d.since AS since ORDER BY service, client, host`},
	{"connects to", `MATCH (h:Host {key: $id})<-[:RUNS_ON]-(c)-[:CONNECTS_TO]->(e:Endpoint)
WHERE NOT (e)-[:PROVIDED_BY]->()
RETURN c.name AS client, e.address AS address, e.port AS port, c.exe AS exe ORDER BY client, address, port`},
	{"containers", `MATCH (h:Host {key: $id})<-[:RUNS_ON]-(c:Container)
RETURN c.name AS container, c.image AS image, c.state AS state ORDER BY container, c.key`},
	{"addresses", `MATCH (h:Host {key: $id})-[:HAS_NIC]->(n:NIC)<-[:ON]-(i:IP)
RETURN n.name AS interface, i.address AS address, n.mac AS mac ORDER BY interface, address`},
	{"is wired to", `MATCH (h:Host {key: $id})-[:HAS_NIC]->(n:NIC)-[:WIRED_TO]->(p:Port)
OPTIONAL MATCH (p)-[:PART_OF]->(s:Switch)
RETURN n.name AS interface, coalesce(s.name, s.key) AS switch, coalesce(p.name, p.key) AS port ORDER BY interface, switch, port`},
	{"mounts", `MATCH (h:Host {key: $id})-[:HAS]->(m:Mount)
RETURN m.path AS path, m.source AS source, m.fstype AS type ORDER BY path`},
}

// needs are the kinds of dependencies of a host itself.
func needs() []string {
	return []string{depend.Hosts, depend.Network, depend.DNS, depend.Storage, depend.Other}
}

// showNeeds shows what a host or container itself depends on, and what of it is at risk.
func showNeeds(cmd *cobra.Command, client *api.Client, self depend.Thing) error {
	grow := depend.Options{Depth: 1, Follow: needs()}
	around, err := readArea(cmd.Context(), client, []depend.Thing{self}, grow)
	if err != nil {
		return err
	}
	lines := depend.Grow(self, around.Map, grow).Lines(branches())[1:]
	if len(lines) == 0 {
		return nil
	}
	table := make([][]string, len(lines))
	for i, l := range lines {
		table[i] = []string{l.Branch + l.Say(), l.Kind, l.State, l.Host, l.By}
	}
	fmt.Fprint(cmd.OutOrStdout(), "\nneeds\n")
	return printStates(cmd.OutOrStdout(), []string{"what", "kind", "state", "host", "by"}, table, 2)
}

func showHost(cmd *cobra.Command, client *api.Client, host api.HostDetail) error {
	w := cmd.OutOrStdout()
	fmt.Fprintf(w, "%s  %s  %s  heard %s ago\nid %s\n", printable(host.Name), printable(host.Status), printable(host.OS),
		age(time.Duration(host.AgeMS)*time.Millisecond), printable(host.ID))
	self := depend.Thing{Kind: "host", Label: graph.Host, Key: host.ID, Name: host.Name, Host: host.Name, State: host.Status}
	if err := showSections(cmd, client, self); err != nil {
		return err
	}
	return printDocuments(w, host.Name, host.Sealed)
}

// showSections shows what the graph knows of a host or a container.
func showSections(cmd *cobra.Command, client *api.Client, self depend.Thing) error {
	w := cmd.OutOrStdout()
	for _, s := range sections {
		rows, err := client.Query(cmd.Context(), api.Query{Cypher: s.cypher, Params: map[string]any{"id": self.Key}})
		if err != nil {
			return err
		}
		if len(rows.Rows) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s\n", s.title)
		if err := printRows(w, rows); err != nil {
			return err
		}
	}
	return showNeeds(cmd, client, self)
}

// printDocuments lists documents of a host or a container.
func printDocuments(w io.Writer, name string, documents []api.DocumentState) error {
	fmt.Fprintf(w, "\ndocuments ('assim show %s DOCUMENT' prints one)\n", printable(name))
	now := time.Now()
	table := make([][]string, len(documents))
	for i, d := range documents {
		table[i] = []string{d.Instance, age(now.Sub(time.UnixMilli(d.ReceivedMS))), fmt.Sprint(len(d.Data)), d.Description}
	}
	return printTable(w, []string{"document", "changed", "bytes", "what it says"}, table)
}
