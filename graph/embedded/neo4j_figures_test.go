package embedded

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/scripts/neo4j/neo4jtest"
)

const (
	neo4jPassword = "correct horse"
	// neo4jMemory is the heap and the page cache, in MB each: the graph of a million nodes takes 700 MB
	// of the latter.
	neo4jMemory = 3072
	// neo4jBatch is what one transaction creates.
	neo4jBatch = 10_000
)

// askNeo4j puts the same graph into a Neo4j of its own and asks it the same, by its driver and one
// session. Its answers must be the engine's.
func askNeo4j(t *testing.T, s *Store, questions []question, figs *figures) {
	t.Helper()
	server, err := neo4jtest.Start(t.Context(), neo4jtest.Config{
		Lib: neo4jtest.Lib(t), Home: filepath.Join(t.TempDir(), "neo4j"), Password: neo4jPassword, Memory: neo4jMemory,
	})
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
	session.fill(s.image.Load())
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

// fill creates the nodes, a key constraint for each first label, and the relationships.
func (b bolt) fill(im *image) {
	b.t.Helper()
	nodes := newCreator(b, "UNWIND $rows AS row CREATE (n:%s) SET n = row")
	for id := range im.all.all() {
		nodes.add(labelsText(im, id), map[string]any(propsOf(im, im.nodeProps, id)))
	}
	nodes.flush()
	for l, label := range im.labels.list {
		if im.labelled[l].count > im.further[l] {
			b.run(fmt.Sprintf("CREATE CONSTRAINT FOR (n:%s) REQUIRE n.key IS UNIQUE", label), nil)
		}
	}
	b.run("CALL db.awaitIndexes(600)", nil)
	rels := newCreator(b, "UNWIND $rows AS row MATCH (a:%s {key: row.a}), (b:%s {key: row.b}) CREATE (a)-[:%s]->(b)")
	for id := range relsOf(im) {
		r := im.relRef(id)
		rels.add(r.From.Label+"|"+r.To.Label+"|"+r.Type, map[string]any{"a": r.From.Key, "b": r.To.Key})
	}
	rels.flush()
}

func labelsText(im *image, node uint32) string { return strings.Join(labelNamesOf(im, node), ":") }

// creator gathers rows of one kind until they are worth a transaction.
type creator struct {
	bolt
	text string // with a verb for every part of the kind
	rows map[string][]any
}

func newCreator(b bolt, text string) *creator { return &creator{b, text, map[string][]any{}} }

func (c *creator) add(kind string, row map[string]any) {
	if c.rows[kind] = append(c.rows[kind], row); len(c.rows[kind]) == neo4jBatch {
		c.create(kind)
	}
}

func (c *creator) create(kind string) {
	var parts []any
	for part := range strings.SplitSeq(kind, "|") {
		parts = append(parts, part)
	}
	c.run(fmt.Sprintf(c.text, parts...), map[string]any{"rows": c.rows[kind]})
	delete(c.rows, kind)
}

func (c *creator) flush() {
	for kind := range c.rows {
		c.create(kind)
	}
}
