package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
	"github.com/assim-mesh/assim/graph"
)

// whatHelp says what a question can be about.
const whatHelp = `WHAT is a host (name or id), SERVICE@HOST, a service's name if one host has it, a switch,
HOST/CONTAINER, SERVICE@HOST/CONTAINER, a container's name if nothing else has it, ADDRESS,
ADDRESS:PORT, HOST/INTERFACE or SWITCH/PORT.`

// subject is what a question is about: one thing, or several that are said alike, such as the processes
// of one server.
type subject struct {
	name   string // as it was asked for: kept queries find these things by it, and no others
	things []depend.Thing
}

// unknownError is the error for a name that nothing has of what could be meant.
type unknownError struct {
	none    string // "no host": what could be meant
	what    string // the name
	nearest string // what was meant by it, perhaps
}

func (e *unknownError) Error() string { return fmt.Sprintf("%s is named %q", e.none, e.what) }

// noDependent could be meant where dependencies are asked for.
const noDependent = "nothing that has dependencies"

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

// byKeys is the error where one thing is asked for and several are said alike.
func (s subject) byKeys() error {
	e := &ambiguousError{what: s.name}
	for _, t := range s.things {
		e.candidates = append(e.candidates, candidate{t.Key, t.Kind, t.State})
	}
	return e
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
		return subject{}, &unknownError{noDependent, what, nearestName(ctx, client.Query, what)}
	}
	if things = slices.DeleteFunc(things, noDependencies); len(things) == 0 {
		return subject{}, &unknownError{none: noDependent, what: what}
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
	names := make([]string, len(candidates))
	for i, c := range candidates {
		names[i] = c.name
		same := func(d candidate) bool { return d.name == c.name && !d.saidAs(c) }
		if c.name == what || slices.ContainsFunc(candidates, same) { // said so it is not clear
			at := slices.IndexFunc(things, func(t depend.Thing) bool { return t.Say() == c.name && t.Kind == c.kind })
			names[i] = things[at].Key
		}
	}
	for i := range candidates {
		candidates[i].name = names[i]
	}
	return subject{}, &ambiguousError{what, candidates}
}
