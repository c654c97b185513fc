package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cache"
	"github.com/assim-mesh/assim/cma/api"
)

// maxHosts bounds a list of hosts.
const maxHosts = 1 << 20

// errNoHosts is returned where hosts are asked for by a list or a query that has none. A search without
// hosts would be one of all.
var errNoHosts = errors.New("no hosts")

// selectHosts reads the hosts of --file and --where into the query, and finds out which of them the cache
// does not know. Which are at a site that doesn't answer can't be known.
func (s *searching) selectHosts(ctx context.Context) (err error) {
	switch {
	case s.hostFile != "":
		s.query.Hosts, err = s.readHostFile()
	case s.where != "":
		s.query.Hosts, err = s.hostsWhere(ctx)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	known, missing, err := cache.Known(ctx, s.balanced, s.query.Hosts)
	if err != nil || len(missing) > 0 {
		return err
	}
	for _, host := range s.query.Hosts {
		if !known[host] {
			s.unknown = append(s.unknown, host)
		}
	}
	return nil
}

func (s *searching) readHostFile() ([]string, error) {
	if s.hostFile == "-" {
		return readHosts("stdin", s.cmd.InOrStdin())
	}
	f, err := os.Open(s.hostFile)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readHosts(s.hostFile, f)
}

// readHosts reads names of hosts, one a line. Blank lines and what follows a '#' don't count.
func readHosts(name string, from io.Reader) ([]string, error) {
	var hosts []string
	lines := bufio.NewScanner(from)
	for number := 1; lines.Scan(); number++ {
		host, _, _ := strings.Cut(lines.Text(), "#")
		host = strings.TrimSpace(host)
		switch {
		case host == "":
			continue
		case strings.ContainsAny(host, "*?[ \t"):
			return nil, fmt.Errorf("%s, line %d: %.80q is not the name of a host", name, number, host)
		case len(hosts) == maxHosts:
			return nil, fmt.Errorf("%s, line %d: more than %d hosts", name, number, maxHosts)
		}
		hosts = append(hosts, host)
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errNoHosts)
	}
	return unique(hosts), nil
}

func unique(hosts []string) []string {
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// hostsWhere asks the CMA for the hosts of --where.
func (s *searching) hostsWhere(ctx context.Context) ([]string, error) {
	client, err := s.client()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	rows, err := client.Query(ctx, api.Query{Cypher: s.where})
	if err != nil {
		return nil, &queryError{text: s.where, err: err}
	}
	for _, note := range rows.Notes {
		fmt.Fprintf(s.cmd.ErrOrStderr(), "assim: --where: %s\n", printable(note))
	}
	return hostsOf(rows)
}

// hostsOf are the names of hosts in the first column of rows: strings, or nodes with a name.
func hostsOf(rows api.Rows) ([]string, error) {
	var hosts []string
	for i, row := range rows.Rows {
		var node struct {
			Labels     []string
			Properties struct{ Name string }
		}
		name := ""
		if len(row) > 0 && json.Unmarshal(row[0], &name) != nil && json.Unmarshal(row[0], &node) == nil && slices.Contains(node.Labels, "Host") {
			name = node.Properties.Name
		}
		if name == "" || strings.ContainsAny(name, "*?") {
			return nil, fmt.Errorf("--where: row %d: the first column is neither the name of a host nor a Host node", i+1)
		}
		hosts = append(hosts, name)
	}
	if len(hosts) == 0 {
		return nil, fmt.Errorf("--where: %w", errNoHosts)
	}
	return unique(hosts), nil
}
