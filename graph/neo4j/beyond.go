package neo4j

import (
	"errors"
	"slices"
	"strings"

	"github.com/assim-mesh/assim/graph/cypher"
)

// beyond reports whether a text that package cypher has refused may go to the server all the same: it
// is no write, no error that any store would find, but syntax or a function that package cypher does not
// have. The server reads it in read mode, which writes nothing; so what is refused here is what reads
// beyond the graph or rules the server: LOAD CSV, procedures, other databases, administration, functions
// of extensions, and the store's own names.
func beyond(text string, err error) bool {
	var wrong *cypher.Error
	if !errors.As(err, &wrong) || wrong.Kind != cypher.SyntaxError || !slices.Contains([]string{"UnexpectedSyntax", "UnknownFunction"}, wrong.Detail) {
		return false
	}
	list := tokensOf(text)
	for i := range list {
		if !list.harmless(i) {
			return false
		}
	}
	return list.is(0, "EXPLAIN", "PROFILE", "MATCH", "OPTIONAL", "UNWIND", "WITH", "RETURN", "CALL")
}

// Words that begin what is no reading of the graph, wherever they stand but in a name. Some are names of
// variables too: such a query is refused as well.
var harmful = []string{
	"CREATE", "INSERT", "MERGE", "SET", "DELETE", "DETACH", "NODETACH", "REMOVE", "FOREACH", "DROP", "ALTER", "RENAME",
	"GRANT", "DENY", "REVOKE", "SHOW", "TERMINATE", "START", "STOP", "ENABLE", "DRYRUN", "REALLOCATE", "DEALLOCATE",
	"LOAD", "CSV", "USE", "TRANSACTIONS", "PERIODIC", "COMMIT",
}

// Namespaces of functions that read nothing but their arguments.
var harmlessNamespaces = []string{"date", "datetime", "localdatetime", "time", "localtime", "duration", "point", "vector"}

// harmless reports whether token i begins nothing that beyond refuses.
func (list tokens) harmless(i int) bool {
	t := list[i].text
	switch {
	case list.is(i, `\`, `'`, `"`, "`", ";"): // a string without an end, or a second statement
		return false
	case t[0] == '`' && strings.ContainsAny(t, `.\`), strings.Contains(t, ownPrefix):
		return false
	case list.is(i, "$") && (list.is(i+1, "(") || list.is(i+1, "ALL", "ANY") && list.is(i+2, "(")): // a label or type that is known only when the query runs
		return false
	case list.is(i, harmful...):
		return list.is(i-1, ".", ":")
	case list.is(i, "CALL"):
		return list.is(i+1, "{", "(")
	case list.is(i, "(") && list.is(i-2, "."):
		return list.is(list.nameStart(i-1), harmlessNamespaces...)
	}
	return true
}

// nameStart returns the first token of a name with dots that ends at token i.
func (list tokens) nameStart(i int) int {
	for list.is(i-1, ".") {
		i -= 2
	}
	return i
}

// noteBeyond tells the user that the query is not one for every store.
func noteBeyond(wrong error) string {
	return "answered by Neo4j alone, an embedded graph refuses it: " + wrong.Error()
}

// refusedAlike reports whether the server, too, took the text for no reading query.
func refusedAlike(err error) bool {
	var wrong *cypher.Error
	return errors.As(err, &wrong) && slices.Contains([]string{"SyntaxError", "SemanticError", "AccessMode"}, wrong.Detail)
}
