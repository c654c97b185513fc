package embedded

import (
	"context"
	"encoding/csv"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

const (
	neo4jPassword = "correct horse"
	// neo4jMemory is the heap and the page cache, in MB each: the graph of a million nodes takes 700 MB
	// of the latter.
	neo4jMemory = 2048
)

// askNeo4j puts the same graph into a Neo4j of its own and asks it the same, by its driver and one
// session. Its answers must be the engine's.
func askNeo4j(t *testing.T, s *Store, questions []question, figs *figures) {
	t.Helper()
	dir := t.TempDir()
	cfg := neo4jtest.Config{
		Lib: neo4jtest.Lib(t), Home: filepath.Join(dir, "neo4j"), Password: neo4jPassword, Memory: neo4jMemory,
	}
	rels := filepath.Join(dir, "relationships.csv")
	nodes := export(t, s.image.Load(), dir, rels)
	if err := neo4jtest.Import(t.Context(), cfg, nodes, rels); err != nil {
		t.Fatal(err)
	}
	server, err := neo4jtest.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	driver, err := neo4j.NewDriverWithContext(server.URI(), neo4j.BasicAuth(neo4jtest.User, neo4jPassword, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close(t.Context())
	session := bolt{t, driver.NewSession(t.Context(), neo4j.SessionConfig{})}
	defer session.Close(t.Context())
	session.constrain(s.image.Load())
	for _, q := range questions {
		a := q.into(figs)
		var got any
		a.Neo4j = milliseconds(func() (err error) {
			got, err = session.first(t.Context(), q.query, q.params)
			return err
		}, &a.Note)
		if want := q.floor(newFloor(s.image.Load())); a.Neo4j != nil && got != want {
			t.Errorf("%s: Neo4j says %v, the loop %v", q.name, got, want)
		}
		a.Plan = session.plan(q)
	}
}

// bolt is a session with a server.
type bolt struct {
	t *testing.T
	neo4j.SessionWithContext
}

func (b bolt) run(text string, params map[string]any) {
	b.t.Helper()
	res, err := b.Run(b.t.Context(), text, params)
	if err == nil {
		_, err = res.Consume(b.t.Context())
	}
	if err != nil {
		b.t.Fatalf("%s: %v", text, err)
	}
}

// first returns the first value of the first row, when all rows have come.
func (b bolt) first(ctx context.Context, text string, params map[string]any) (any, error) {
	res, err := b.Run(ctx, text, params)
	if err != nil {
		return nil, err
	}
	records, err := res.Collect(ctx)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, nil
	}
	return records[0].Values[0], nil
}

// plan names the operators of Neo4j's plan, the last one first.
func (b bolt) plan(q question) string {
	res, err := b.Run(b.t.Context(), "EXPLAIN "+q.query, q.params)
	if err != nil {
		b.t.Fatal(err)
	}
	summary, err := res.Consume(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	var names []string
	var walk func(p neo4j.Plan)
	walk = func(p neo4j.Plan) {
		names = append(names, strings.TrimSuffix(p.Operator(), "@neo4j"))
		for _, child := range p.Children() {
			walk(child)
		}
	}
	walk(summary.Plan())
	return strings.Join(names, " < ")
}

// export writes the graph as files that Neo4j's importer reads, and returns those of the nodes: one for
// each first label, whose properties are each of one type. A list of texts has no ";" in them.
func export(t *testing.T, im *image, dir, rels string) (nodes []string) {
	t.Helper()
	for l, label := range im.labels.list {
		if im.labelled[l].count == im.further[l] {
			continue
		}
		path := filepath.Join(dir, label+".csv")
		exportNodes(t, im, uint32(l), path)
		nodes = append(nodes, path)
	}
	writeCSV(t, rels, []string{":START_ID", ":END_ID", ":TYPE"}, func(yield func([]string) bool) {
		for id := range relsOf(im) {
			e := im.ends.get(id)
			if !yield([]string{fmt.Sprint(e.from), fmt.Sprint(e.to), im.types.list[im.rels.owner(id)]}) {
				return
			}
		}
	})
	return nodes
}

// exportNodes writes the nodes of a first label.
func exportNodes(t *testing.T, im *image, label uint32, path string) {
	t.Helper()
	types := map[string]string{"string": "string", "int64": "long", "float64": "double", "bool": "boolean", "[]string": "string[]"}
	kinds := map[string]string{}
	all := func(yield func(id uint32, props graph.Props) bool) {
		for id := range im.labelled[label].all() {
			if im.nodes.owner(id) == label && !yield(id, propsOf(im, im.nodeProps, id)) {
				return
			}
		}
	}
	for _, props := range all {
		for name, v := range props {
			kinds[name] = types[fmt.Sprintf("%T", v)]
		}
	}
	names := slices.Sorted(maps.Keys(kinds))
	header := []string{":ID", ":LABEL"}
	for _, name := range names {
		header = append(header, name+":"+kinds[name])
	}
	writeCSV(t, path, header, func(yield func([]string) bool) {
		for id, props := range all {
			line := []string{fmt.Sprint(id), strings.Join(labelNamesOf(im, id), ";")}
			for _, name := range names {
				line = append(line, field(props[name]))
			}
			if !yield(line) {
				return
			}
		}
	})
}

func field(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case []string:
		return strings.Join(v, ";")
	}
	return fmt.Sprint(v)
}

func writeCSV(t *testing.T, path string, header []string, lines iter.Seq[[]string]) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := csv.NewWriter(f)
	w.Write(header)
	for line := range lines {
		w.Write(line)
	}
	if w.Flush(); w.Error() != nil { // the first error of any Write
		t.Fatal(w.Error())
	}
}

// constrain makes a key constraint for each first label, and waits for its index.
func (b bolt) constrain(im *image) {
	b.t.Helper()
	for l, label := range im.labels.list {
		if im.labelled[l].count > im.further[l] {
			b.run(fmt.Sprintf("CREATE CONSTRAINT FOR (n:%s) REQUIRE n.key IS UNIQUE", label), nil)
		}
	}
	b.run("CALL db.awaitIndexes(600)", nil)
}
