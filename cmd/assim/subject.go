package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/graph/cypher/spelling"
)

// whatHelp says what a question can be about.
const whatHelp = `WHAT is a host (name or id), SERVICE@HOST, a service's name if one host has it, a switch, a
container, ADDRESS, ADDRESS:PORT, HOST/INTERFACE or SWITCH/PORT.`

// subject is what a question is about: one thing, or several that are said alike, such as the processes
// of one server.
type subject struct {
	name   string // as it was asked for: kept queries find these things by it, and no others
	things []depend.Thing
}

// unknownError is the error for a name that nothing in the graph has.
type unknownError struct{ what, nearest string }

func (e *unknownError) Error() string {
	return fmt.Sprintf("nothing that has dependencies is named %q", e.what)
}

// ambiguousError is the error for a name that several things have, which are said otherwise.
type ambiguousError struct {
	what       string
	candidates []candidate
}

// candidate is what was meant, perhaps, and how to say so.
type candidate struct{ name, kind, state string }

// saidAs reports whether one name means both: a program that serves and its like that only uses others are
// both PROGRAM@HOST.
func (c candidate) saidAs(d candidate) bool {
	program := func(kind string) bool { return depend.LabelOf(kind) == graph.Process }
	return c.name == d.name && (c.kind == d.kind || program(c.kind) && program(d.kind))
}

// maxCandidates bounds those that are shown.
const maxCandidates = 20

func (e *ambiguousError) Error() string {
	lines := []string{fmt.Sprintf("%q is %d things:", e.what, len(e.candidates))}
	for _, c := range e.candidates[:min(len(e.candidates), maxCandidates)] {
		lines = append(lines, strings.TrimRight(fmt.Sprintf("  %s  %s  %s", printable(c.name), c.kind, c.state), " "))
	}
	if more := len(e.candidates) - maxCandidates; more > 0 {
		lines = append(lines, fmt.Sprintf("  and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// findSubject returns what is meant by a name. What has no or several meanings is an *unknownError or an
// *ambiguousError.
func findSubject(ctx context.Context, client *api.Client, what string) (subject, error) {
	rows, err := client.Query(ctx, api.Query{Name: "find", Params: map[string]any{"what": what}})
	if err != nil {
		return subject{}, err
	}
	things, err := decodeRows[depend.Thing](rows)
	if err != nil {
		return subject{}, err
	}
	if len(things) == 0 {
		return subject{}, &unknownError{what, nearestName(ctx, client.Query, what)}
	}
	if things = slices.DeleteFunc(things, noDependencies); len(things) == 0 {
		return subject{}, &unknownError{what: what}
	}
	return meant(what, things)
}

// noDependencies reports what is found by its name too and depends on nothing, nor anything on it.
func noDependencies(t depend.Thing) bool { return t.Label == graph.Package || t.Label == graph.Subnet }

// meant decides what a name stands for, of the things that have it.
func meant(what string, things []depend.Thing) (subject, error) {
	for i, t := range things {
		if t.Label == "" || depend.FirstLabel([]string{t.Label}) == "" { // "Container" is no first label
			things[i].Label = depend.LabelOf(t.Kind)
		}
	}
	var candidates []candidate
	for _, t := range things {
		c := candidate{t.Say(), t.Kind, t.State}
		if !slices.ContainsFunc(candidates, c.saidAs) {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) == 1 {
		return subject{what, things}, nil
	}
	for i, c := range candidates {
		same := func(d candidate) bool { return d.name == c.name && !d.saidAs(c) }
		if c.name == what || slices.ContainsFunc(candidates, same) { // said so it is not clear; its key is
			at := slices.IndexFunc(things, func(t depend.Thing) bool { return t.Say() == c.name && t.Kind == c.kind })
			candidates[i].name = things[at].Key
		}
	}
	return subject{}, &ambiguousError{what, candidates}
}

// Names that may have been meant. A fleet may have more: of those a name is not offered.
const (
	placeNamesQuery = `MATCH (h:Host) RETURN h.name AS name ORDER BY name LIMIT 20000
UNION MATCH (s:Switch) RETURN s.name AS name ORDER BY name LIMIT 20000`
	serviceNamesQuery = `MATCH (s:Service) RETURN DISTINCT s.name AS name ORDER BY name LIMIT 20000`
	programNamesQuery = `MATCH (h:Host {name: $host})<-[:RUNS_ON]-(p:Process) RETURN DISTINCT p.name + '@' + h.name AS name ORDER BY name LIMIT 20000`
)

// nearestName is the name that may have been meant, or empty. Of SERVICE@HOST either may be misspelt.
func nearestName(ctx context.Context, ask graphQuery, what string) string {
	places := names(ctx, ask, placeNamesQuery, "")
	service, host, ok := strings.Cut(what, "@")
	if !ok {
		return nearest(what, append(places, names(ctx, ask, serviceNamesQuery, "")...))
	}
	if !slices.Contains(places, host) {
		host = spelling.Nearest(host, places)
	}
	return nearest(service+"@"+host, names(ctx, ask, programNamesQuery, host))
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
func names(ctx context.Context, ask graphQuery, query, host string) []string {
	rows, err := ask(ctx, api.Query{Cypher: query, Params: map[string]any{"host": host}})
	if err != nil {
		return nil
	}
	return firstColumn(rows)
}
