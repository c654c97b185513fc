package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/graph/draw"
)

type drawOptions struct {
	*options
	view           string
	format         string
	file           string
	depth          int
	group, noGroup bool
}

// Bounds of a picture.
const (
	maxDrawn  = 3000 // processes, hosts, or interfaces that are fetched
	maxLines  = 4 * maxDrawn
	farthest  = 6
	mostNodes = 60 // boxes and rows above which what is alike is grouped
)

// view makes a picture of what is named, or of the whole fleet.
type view func(ctx context.Context, client *api.Client, what []string, depth int) (draw.Picture, error)

var views = map[string]view{"services": viewServices, "network": viewNetwork, "ring": viewRing}

// endings are the formats of files by how their names end.
var endings = map[string]string{".svg": "svg", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid", ".mermaid": "mermaid"}

func newDrawCommand(shared *options) *cobra.Command {
	o := drawOptions{options: shared}
	cmd := &cobra.Command{
		Use:   "draw [HOST|SWITCH|SERVICE[@HOST] ...]",
		Short: "Draw what depends on what, the network, or the rings",
		Long: `Draws the neighbourhood of hosts and services, or the whole fleet if none is named: as SVG for a
browser, where details appear below the pointer, in the language of Graphviz (dot), or as Mermaid.

--view services  hosts with their services and clients, and who depends on whom
--view network   switches, interfaces with their addresses, subnets and gateways
--view ring      who watches whom

A switch stands for the hosts that are wired to it.

Colour, mark and border tell what is dead, shut down, unknown, or at risk: that is what is up while
something it depends on is not, directly or through others, in the picture or not ('assim query
atrisk' lists it). A picture of more than 60 things shows those that are alike as one,
with their number; --group always does, --no-group never. At most 3000 things are fetched; what is
left out is said on stderr and in the picture.`,
		Example: `  assim draw -o fleet.svg
  assim draw web1 db1 --depth 1 -o web1.svg
  assim draw nginx@web1 --format mermaid
  assim draw sw1 --view network --depth 1 -o sw1.svg
  assim draw --view network --format dot | dot -Tpdf > network.pdf
  assim draw --view ring -o ring.svg`,
		Args: usage(cobra.ArbitraryArgs),
		RunE: func(cmd *cobra.Command, args []string) error { return runDraw(cmd, o, args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.view, "view", "services", "what is drawn: services, network or ring")
	f.StringVar(&o.format, "format", "", "svg, dot or mermaid (default: as the name of --output ends, else svg)")
	f.StringVarP(&o.file, "output", "o", "", "write to this file and not to stdout")
	f.IntVar(&o.depth, "depth", 2, "how many steps are followed from what is named, 1 to 6")
	f.BoolVar(&o.group, "group", false, "show what is alike as one")
	f.BoolVar(&o.noGroup, "no-group", false, "show each thing by itself")
	cmd.ValidArgsFunction = shared.completeNames(maxDrawn)
	completeFlag(cmd, "view", slices.Sorted(maps.Keys(views))...)
	completeFlag(cmd, "format", slices.Sorted(maps.Keys(draw.Formats()))...)
	return cmd
}

func runDraw(cmd *cobra.Command, o drawOptions, what []string) error {
	render, err := o.check(cmd, what)
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	client, err := o.client()
	if err != nil {
		return err
	}
	p, err := views[o.view](cmd.Context(), client, what, o.depth)
	switch {
	case err != nil:
		return fmt.Errorf("draw: %w", err)
	case len(p.Boxes) == 0:
		return errNothing
	}
	if o.group || !o.noGroup && len(p.Circles) == 0 && p.Nodes() > mostNodes {
		p = draw.Group(p, mostNodes)
	}
	for _, note := range p.Notes {
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: %s\n", printable(note))
	}
	return o.write(cmd.OutOrStdout(), render(p))
}

// check refuses what does not go together, and returns the format that is meant.
func (o *drawOptions) check(cmd *cobra.Command, what []string) (func(draw.Picture) []byte, error) {
	format := o.format
	if format == "" && o.file != "" {
		if format = endings[strings.ToLower(filepath.Ext(o.file))]; format == "" {
			return nil, fmt.Errorf("--output %q: the format is not known by its name; name it with --format", o.file)
		}
	}
	if format == "" {
		format = "svg"
	}
	render, known := draw.Formats()[format]
	switch {
	case !known:
		return nil, fmt.Errorf("--format %q: one of svg, dot, mermaid", format)
	case views[o.view] == nil:
		return nil, fmt.Errorf("--view %q: one of services, network, ring", o.view)
	case o.depth < 1 || o.depth > farthest:
		return nil, fmt.Errorf("--depth %d: from 1 to %d", o.depth, farthest)
	case o.group && o.noGroup:
		return nil, errors.New("--group and --no-group: one of the two")
	case o.view == "ring" && (o.group || cmd.Flags().Changed("depth")):
		return nil, errors.New("--view ring goes with neither --depth nor --group")
	case o.json:
		return nil, errors.New("a picture has no JSON; 'assim query' and 'assim ring --json' do")
	case len(what) == 0 && cmd.Flags().Changed("depth"):
		return nil, errors.New("--depth counts steps from what is named, and nothing is")
	case slices.Contains(what, ""):
		return nil, errors.New("an empty name is no host, switch or service")
	}
	return render, nil
}

// write writes a picture to its file, or to stdout.
func (o *drawOptions) write(stdout io.Writer, picture []byte) error {
	if o.file == "" {
		_, err := stdout.Write(picture)
		return err
	}
	return os.WriteFile(o.file, picture, 0o644)
}

// graphQuery puts queries to a graph and decodes what they return, which is one map a row.
type graphQuery func(ctx context.Context, q api.Query) (api.Rows, error)

// unnamedError are names that nothing in the graph has, and what the first of them was meant to be, or nothing.
type unnamedError struct {
	names   []string
	nearest string
}

func (e *unnamedError) Error() string {
	return fmt.Sprintf("no host, switch or service is called %s", strings.Join(quoted(e.names), ", "))
}

func quoted(names []string) []string {
	q := make([]string, len(names))
	for i, n := range names {
		q[i] = fmt.Sprintf("%q", n)
	}
	return q
}

// viewRing draws the rings in which the hosts named have a place.
func viewRing(ctx context.Context, client *api.Client, what []string, _ int) (draw.Picture, error) {
	circles, _, err := askRing(ctx, client, "")
	if err != nil {
		return draw.Picture{}, err
	}
	var members []string
	for _, c := range circles {
		for _, s := range c.seats {
			members = append(members, s.name)
		}
	}
	wanted := map[string]bool{}
	for _, w := range what {
		wanted[w] = true
	}
	if len(what) > 0 {
		circles = slices.DeleteFunc(circles, func(c circle) bool {
			return !slices.ContainsFunc(c.seats, func(s seat) bool { return wanted[s.name] || wanted[s.id] })
		})
	}
	for _, c := range circles {
		for _, s := range c.seats {
			delete(wanted, s.name)
			delete(wanted, s.id)
		}
	}
	if missing := slices.Sorted(maps.Keys(wanted)); len(missing) > 0 {
		return draw.Picture{}, &unnamedError{missing, nearest(missing[0], members)}
	}
	return ringPicture(circles), nil
}
