package graph

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/queries.md")

// TestReference keeps docs/queries.md equal to what the queries say of themselves.
func TestReference(t *testing.T) {
	queries, err := Queries()
	if err != nil {
		t.Fatal(err)
	}
	page := referencePage(queries)
	const path = "../docs/queries.md"
	if *update {
		if err := os.WriteFile(path, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != page {
		t.Error("docs/queries.md is stale; run 'go test ./graph -run Reference -update' and read the diff")
	}
}

const referenceIntroduction = `# Named queries

Made from graph/queries: ` + "`go test ./graph -run Reference -update`" + `. Ask one by its name:

    assim query impact what=web1
    assim query findip ipaddr=192.0.2.1

Both the embedded graph and Neo4j answer them from the same text, which is a file ` + "`NAME.cypher`" + ` with what
stands here in its header. Your own go into a directory that ` + "`queries`" + ` in the CMA's configuration names, with
such a header; a name that is taken is refused when the CMA starts, and so is a file with a mistake, by its
name and line.

Parameters are text, or what their type says: ` + "`ipaddr` and `macaddr`" + ` in any usual form, ` + "`regex`" + ` of RE2,
` + "`list`" + ` separated by commas. Those with a value may be left out.

`

func referencePage(queries []Named) string {
	var b strings.Builder
	b.WriteString(referenceIntroduction + "| query | answers | parameters | columns |\n| --- | --- | --- | --- |\n")
	for _, q := range queries {
		var params []string
		for _, p := range q.Params {
			params = append(params, p.reference())
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", q.Name, q.Title, strings.Join(params, "<br>"), strings.Join(q.Columns, ", "))
	}
	return b.String()
}

// reference is what the page says of a parameter.
func (p Param) reference() string {
	value := ""
	switch {
	case p.Required:
	case p.Default == "":
		value = " = empty"
	default:
		value = " = " + p.Default
	}
	return fmt.Sprintf("`%s` %s%s: %s", p.Name, p.Type, value, p.Title)
}
