package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
)

// completionWait bounds what the shell waits for after Tab. A CMA that is away, or slow, offers nothing.
const completionWait = time.Second

// completed is what cobra wants of a completion: words, and what to do with them.
type completed func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective)

// hostsBeginning asks for hosts and switches whose names begin with $word, and serviceNames for the
// services of a host. So many are as many as anybody reads.
const (
	hostsBeginning = `MATCH (h:Host) WHERE h.name STARTS WITH $word RETURN h.name AS name ORDER BY name LIMIT 200
UNION MATCH (s:Switch) WHERE s.name STARTS WITH $word RETURN s.name AS name ORDER BY name LIMIT 200`
	servicesBeginning = `MATCH (h:Host)<-[:RUNS_ON]-(s:Service) WHERE h.name STARTS WITH $host AND s.name = $service
RETURN DISTINCT s.name + '@' + h.name AS name ORDER BY name LIMIT 200`
)

// completeNames completes the names of things, for a command that takes so many.
func (o *options) completeNames(most int) completed {
	return func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		query, params := hostsBeginning, map[string]any{"word": word}
		if service, host, ok := strings.Cut(word, "@"); ok {
			query, params = servicesBeginning, map[string]any{"service": service, "host": host}
		}
		var found []string
		o.quickly(cmd.Context(), func(ctx context.Context, client *api.Client) {
			rows, err := client.Query(ctx, api.Query{Cypher: query, Params: params})
			if err == nil { // else there is nothing to offer
				found = firstColumn(rows)
			}
		})
		for i, name := range found {
			found[i] = printable(name)
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// completeFlag offers the values that a flag may have.
func completeFlag(cmd *cobra.Command, flag string, values ...string) {
	fixed := cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc(flag, fixed); err != nil {
		panic(err) // the command has no such flag
	}
}

// completeQuery completes the name of a kept query, then its parameters that are not given yet.
func (o *options) completeQuery(cmd *cobra.Command, args []string, word string) (words []string, then cobra.ShellCompDirective) {
	if strings.Contains(word, "=") { // a value may be anything
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var v vocabulary
	o.quickly(cmd.Context(), func(ctx context.Context, client *api.Client) {
		v.queries, _ = client.NamedQueries(ctx) // without them there is nothing to offer
	})
	if len(args) == 0 {
		for _, q := range v.queries {
			if strings.HasPrefix(q.Name, word) {
				words = append(words, q.Name+"\t"+printable(q.Title))
			}
		}
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	q := v.asked(args[0])
	if q == nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	given := map[string]bool{}
	for _, arg := range args[1:] {
		name, _, _ := strings.Cut(arg, "=")
		given[name] = true
	}
	for _, p := range q.Params {
		if !given[p.Name] && strings.HasPrefix(p.Name, word) {
			words = append(words, p.Name+"=\t"+printable(p.Title))
		}
	}
	return words, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// quickly calls ask with the CMA, if there is one. What goes wrong is not said: the user is in the middle of
// a line.
func (o *options) quickly(ctx context.Context, ask func(context.Context, *api.Client)) {
	client, err := o.dial(api.Options{Timeout: completionWait})
	if err != nil {
		return
	}
	defer client.Close()
	ask(ctx, client)
}
