package neo4j

import (
	"context"

	"github.com/neo4j/neo4j-go-driver/v5/neo4j"

	"github.com/assim-mesh/assim/graph"
)

// schema returns the statements that a database needs before the first write: keys are unique, and what
// named queries and people start from has an index. Neo4j numbers labels as they come up and lists a
// node's in this order, so that first labels come first and Client before Service.
func schema() []string {
	texts := []string{
		"CREATE CONSTRAINT " + quote(ownPrefix+"key") + " IF NOT EXISTS FOR (n:" + ownQuoted + ") REQUIRE n.key IS UNIQUE",
	}
	for _, label := range graph.FirstLabels() {
		texts = append(texts, "CREATE CONSTRAINT "+quote(ownPrefix+"key."+label)+
			" IF NOT EXISTS FOR (n:"+quote(label)+") REQUIRE n.key IS UNIQUE")
	}
	for _, on := range graph.Indexes() {
		texts = append(texts, indexOn(on.Label, on.Prop))
	}
	return append(texts, "CALL db.createLabel('"+graph.Client+"')", "CALL db.createLabel('"+graph.Service+"')")
}

func indexOn(label, prop string) string {
	return "CREATE INDEX " + quote(ownPrefix+prop+"."+label) + " IF NOT EXISTS FOR (n:" + quote(label) + ") ON (n." + quote(prop) + ")"
}

// index sees to it that the first labels of a batch have an index of their keys. A label that package
// graph does not know gets a plain one: it could be a further label as well, and its keys not unique.
func (s *Store) index(ctx context.Context, session neo4j.SessionWithContext, facts []graph.Facts) error {
	for _, f := range facts {
		for _, n := range f.Nodes {
			if s.indexed[n.Label] {
				continue
			}
			if err := execute(ctx, session, indexOn(n.Label, graph.KeyProp)); err != nil {
				return err
			}
			s.indexed[n.Label] = true
		}
	}
	return nil
}

// execute runs a statement that answers nothing, in a transaction of its own.
func execute(ctx context.Context, session neo4j.SessionWithContext, text string) error {
	res, err := session.Run(ctx, text, nil)
	if err != nil {
		return err
	}
	_, err = res.Consume(ctx)
	return err
}
