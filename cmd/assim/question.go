package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cmd/depend"
)

// question is what assim impact, why and path have in common: a kept query about one thing or two.
type question struct {
	*options
	csv   bool
	depth int
}

// Depths of dependencies: how many are followed in a row. Whatever is asked for, kept queries go to maxDepth,
// so that it can be said what lies beyond.
const (
	usualDepth = 20
	maxDepth   = 30
)

// flags adds the flags of a question.
func (q *question) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&q.csv, "csv", false, "print comma-separated values under a header")
	depthFlag(cmd, &q.depth)
}

// depthFlag is the flag --depth of all that follows dependencies.
func depthFlag(cmd *cobra.Command, depth *int) {
	cmd.Flags().IntVar(depth, "depth", usualDepth, fmt.Sprintf("how many dependencies to follow in a row, 1 to %d; that there are more is said", maxDepth))
}

// checkDepth refuses a depth that is out of bounds.
func checkDepth(depth int) error {
	if depth < 1 || depth > maxDepth {
		return fmt.Errorf("--depth %d: 1 to %d", depth, maxDepth)
	}
	return nil
}

// check refuses flags that don't go together.
func (q *question) check(cmd *cobra.Command) error {
	err := checkDepth(q.depth)
	if q.csv && q.json {
		err = errors.New("--json and --csv exclude each other")
	}
	if err != nil {
		return &usageError{cmd.CommandPath(), err}
	}
	return nil
}

// oneQuestion is a command about one thing.
func oneQuestion(q *question, ask func(*cobra.Command, *api.Client, subject) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := q.check(cmd); err != nil {
			return err
		}
		client, err := q.client()
		if err != nil {
			return err
		}
		defer client.Close()
		of, err := findSubject(cmd.Context(), client, args[0])
		if err != nil {
			return fmt.Errorf("%s: %w", cmd.Name(), err)
		}
		return ask(cmd, client, of)
	}
}

// thingRow is what the rows of all questions have.
type thingRow struct {
	depend.Thing
	AgeMS *int64 `json:"age_ms,omitempty"` // how long ago the CMA heard of its host
}

// heard is the age for people.
func (r thingRow) heard() string {
	if r.AgeMS == nil {
		return ""
	}
	return age(time.Duration(*r.AgeMS) * time.Millisecond)
}

// within keeps the rows of an answer that are not beyond a depth, and returns how many others there are.
func within[T any](rows *api.Rows, values []T, depth int, distance func(T) int) (near []T, beyond int) {
	kept := rows.Rows[:0]
	for i, v := range values {
		if distance(v) <= depth {
			near, kept = append(near, v), append(kept, rows.Rows[i])
		}
	}
	rows.Rows = kept
	return near, len(values) - len(near)
}

// tellBeyond says that there is more than was asked for.
func tellBeyond(cmd *cobra.Command, beyond, depth int) {
	if beyond > 0 {
		fmt.Fprintf(cmd.ErrOrStderr(), "assim: %d more beyond depth %d\n", beyond, depth)
	}
}

// askRows asks a kept query. Its rows come as they are and as values, with a further column age_ms.
func askRows[T any](ctx context.Context, client *api.Client, name string, params map[string]any) (api.Rows, []T, error) {
	rows, err := client.Query(ctx, api.Query{Name: name, Params: params})
	if err == nil {
		err = addAges(ctx, client, &rows)
	}
	var values []T
	if err == nil {
		values, err = decodeRows[T](rows)
	}
	if err != nil {
		return api.Rows{}, nil, fmt.Errorf("%s: %w", name, err)
	}
	return rows, values, nil
}

// addAges adds the column age_ms: how long ago the CMA heard of the host that a row is about, or null.
func addAges(ctx context.Context, client *api.Client, rows *api.Rows) error {
	of := make([]string, len(rows.Rows))
	kind, name, host := slices.Index(rows.Columns, "kind"), slices.Index(rows.Columns, "name"), slices.Index(rows.Columns, "host")
	if kind < 0 || name < 0 || host < 0 {
		return fmt.Errorf("%w: columns %q", api.ErrBadAnswer, rows.Columns)
	}
	for i, r := range rows.Rows {
		of[i] = depend.Thing{Kind: scalar(r[kind]), Name: scalar(r[name]), Host: scalar(r[host])}.Home()
	}
	known, err := askAges(ctx, client, of)
	if err != nil {
		return err
	}
	rows.Columns = append(rows.Columns, "age_ms")
	for i := range rows.Rows {
		ms := json.RawMessage("null")
		if d, ok := known[of[i]]; ok {
			ms = strconv.AppendInt(nil, d.Milliseconds(), 10)
		}
		rows.Rows[i] = append(rows.Rows[i], ms)
	}
	return nil
}
