package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/draw"
)

type ringOptions struct {
	*options
	name   string
	draw   bool
	format string
	follow bool
}

// pictures are the forms in which rings are drawn.
var pictures = map[string]func([]circle) []byte{
	"text":    drawText,
	"svg":     func(c []circle) []byte { return draw.SVG(ringPicture(c)) },
	"dot":     func(c []circle) []byte { return draw.DOT(ringPicture(c)) },
	"mermaid": func(c []circle) []byte { return draw.Mermaid(ringPicture(c)) },
}

func newRingCommand(shared *options) *cobra.Command {
	o := ringOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "ring",
		Short: "Show who watches whom",
		Long: `Lists, ring by ring, each host that is up with the neighbours whose heartbeats it watches and those
that watch its own. A death is noticed by whoever watches, so a host that nobody watches is named.
Rings of level 0 are of hosts; two members represent each of them in a ring of the next level.

--draw shows each ring as a picture: as text, as SVG for a browser, where titles appear below the
pointer, in the language of Graphviz, or as Mermaid. --follow prints what happens in the rings as
it comes.`,
		Example: `  assim ring
  assim ring --ring default/01
  assim ring --draw
  assim ring --draw --format svg > ring.svg
  assim ring --follow
  assim ring doctor web1`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return showRing(cmd, o) },
	}
	cmd.Flags().StringVar(&o.name, "ring", "", "show the ring of that name only")
	cmd.Flags().BoolVar(&o.draw, "draw", false, "draw a picture instead of a table")
	cmd.Flags().StringVar(&o.format, "format", "text", "of the picture: text, svg, dot or mermaid")
	cmd.Flags().BoolVarP(&o.follow, "follow", "f", false, "print what happens in the rings from now on, until Ctrl-C")
	cmd.MarkFlagsMutuallyExclusive("draw", "follow")
	cmd.MarkFlagsMutuallyExclusive("ring", "follow")
	cmd.AddCommand(newDoctorCommand(shared))
	return cmd
}

func showRing(cmd *cobra.Command, o ringOptions) error {
	picture, known := pictures[o.format]
	switch {
	case !known:
		return &usageError{cmd.CommandPath(), fmt.Errorf("--format %q: one of text, svg, dot, mermaid", o.format)}
	case o.draw && o.json:
		return &usageError{cmd.CommandPath(), fmt.Errorf("--draw and --json: one of the two")}
	case !o.draw && cmd.Flags().Changed("format"):
		return &usageError{cmd.CommandPath(), fmt.Errorf("--format goes with --draw")}
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	if o.follow {
		return followRing(cmd, o, client)
	}
	circles, views, err := askRing(cmd.Context(), client, o.name)
	switch {
	case err != nil:
		return err
	case o.json:
		return printJSON(cmd.OutOrStdout(), placesOf(circles, views))
	case len(circles) == 0:
		return errNothing
	case o.draw:
		_, err := cmd.OutOrStdout().Write(picture(circles))
		return err
	}
	return printRings(cmd.OutOrStdout(), circles)
}

// askRing asks for all that a picture of the rings takes; name, unless empty, chooses one.
func askRing(ctx context.Context, client *api.Client, name string) ([]circle, []api.RingView, error) {
	views, err := client.Ring(ctx)
	if err != nil {
		return nil, nil, err
	}
	hosts, err := client.Hosts(ctx)
	if err != nil {
		return nil, nil, err
	}
	status := map[string]string{}
	for _, h := range hosts {
		status[h.ID] = h.Status
	}
	events, err := client.Events(ctx, 0, api.MaxEvents, 0)
	if err != nil {
		return nil, nil, err
	}
	circles := circlesOf(views, status, troubledLinks(events))
	if name != "" {
		circles = slices.DeleteFunc(circles, func(c circle) bool { return c.name != name })
	}
	return circles, views, nil
}

// printRings prints a table a ring, with what is not as it should be below it.
func printRings(w io.Writer, circles []circle) error {
	for i, c := range circles {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintln(w, c.title())
		rows := make([][]string, len(c.seats))
		for j, s := range c.seats {
			watches, watchedBy := c.watchesOf(j)
			rows[j] = []string{s.name, strings.Join(watches, " "), strings.Join(watchedBy, " "), cmp.Or(strings.Trim(s.remark(), " ()"), "-")}
		}
		slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
		if err := printTable(w, []string{"HOST", "WATCHES", "WATCHED BY", "REMARK"}, rows); err != nil {
			return err
		}
		for _, note := range c.notes() {
			if _, err := fmt.Fprintln(w, "! "+note); err != nil {
				return err
			}
		}
	}
	return nil
}

// followRing prints what happens from now on.
func followRing(cmd *cobra.Command, o ringOptions, client *api.Client) error {
	newest, err := client.Events(cmd.Context(), 0, 1, 0)
	if err != nil {
		return err
	}
	names := hostNames(cmd.Context(), client)
	return follow(cmd.Context(), client.Events, eventNumber, newest, func(events []api.EventRecord) error {
		if o.json {
			return printLines(cmd.OutOrStdout(), events)
		}
		return printNews(cmd.OutOrStdout(), events, names)
	})
}
