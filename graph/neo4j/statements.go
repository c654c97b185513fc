package neo4j

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"
)

const (
	// maxRows bounds the rows of one statement, and with it what server and driver hold of it at once.
	maxRows = 5000
	// maxParts bounds the parts of one statement, and with it what the server plans at once.
	maxParts = 64
)

// row is a parameter of a statement that works on many.
type row = map[string]any

// statements are texts with the rows that each is to be run on; a text calls its row "row". Labels and
// types can't be parameters, so what differs in them needs texts of its own. Those that run together return
// columns of the same names, or none.
type statements map[string][]row

func (s statements) add(text string, r row) { s[text] = append(s[text], r) }

// repertoire has the texts that have been run so far, sorted, by their purpose. What runs together is one
// statement of many parts, since a round trip costs as much as a hundred rows; and it has the parts of all
// batches so far, most of them without rows, so that the server soon has the one plan for every batch.
type repertoire map[string][]string

// with adds the texts of s and returns all. When these get too many, it begins anew.
func (r repertoire) with(purpose string, s statements) []string {
	all := append(slices.Collect(maps.Keys(s)), r[purpose]...)
	slices.Sort(all)
	if all = slices.Compact(all); len(all) > maxParts {
		all = slices.Sorted(maps.Keys(s))
	}
	r[purpose] = all
	return all
}

// runAll runs statements of a purpose in the order of their texts. each, unless nil, is called with every
// record.
func (b *batch) runAll(ctx context.Context, purpose string, s statements, each func(*neo4j.Record) error) error {
	if len(s) == 0 {
		return nil
	}
	for parts := range slices.Chunk(b.repertoire.with(purpose, s), maxParts) {
		text := union(parts)
		for rows := s.portion(parts); rows != nil; rows = s.portion(parts) {
			if err := b.runOnce(ctx, text, rows, each); err != nil {
				return err
			}
		}
	}
	return nil
}

// union is one statement that runs each part on its own list of $rows.
func union(parts []string) string {
	var text strings.Builder
	for i, part := range parts {
		if i > 0 {
			text.WriteString(" UNION ALL ")
		}
		fmt.Fprintf(&text, "UNWIND $rows[%d] AS row %s", i, part)
	}
	return text.String()
}

// portion takes from s the next rows of the parts, maxRows at most, or nil when none is left.
func (s statements) portion(parts []string) (rows [][]row) {
	left := maxRows
	rows = make([][]row, len(parts))
	for i, text := range parts {
		n := min(left, len(s[text]))
		rows[i], s[text] = s[text][:n], s[text][n:]
		left -= n
	}
	if left == maxRows {
		return nil
	}
	return rows
}

// run runs one text on rows.
func (b *batch) run(ctx context.Context, text string, rows []row, each func(*neo4j.Record) error) error {
	for chunk := range slices.Chunk(rows, maxRows) {
		if err := b.runOnce(ctx, union([]string{text}), [][]row{chunk}, each); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) runOnce(ctx context.Context, text string, rows [][]row, each func(*neo4j.Record) error) error {
	res, err := b.tx.Run(ctx, text, map[string]any{"rows": rows})
	if err != nil {
		return err
	}
	for res.Next(ctx) {
		if each == nil {
			continue
		}
		if err := each(res.Record()); err != nil {
			return err
		}
	}
	return res.Err()
}
