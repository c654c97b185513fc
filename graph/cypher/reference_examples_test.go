package cypher

// chapter is a heading of docs/cypher.md with what it says and queries that show it.
type chapter struct {
	title, text string
	queries     []string
}

// referenceGraph is what the queries of docs/cypher.md are asked of.
const referenceGraph = `(web:Host {name: 'web1', os: 'Debian'}), (db:Host {name: 'db1', cpus: 8}), (sw:Switch {name: 'sw1'}),
(nginx:Process:Service {name: 'nginx', port: 443})-[:RUNS_ON]->(web),
(app:Process {name: 'app'})-[:RUNS_ON]->(web),
(pg:Process:Service {name: 'postgres', port: 5432})-[:RUNS_ON]->(db),
(nginx)-[:DEPENDS_ON {since: 1}]->(app), (app)-[:DEPENDS_ON {since: 2}]->(pg),
(web)-[:DEPENDS_ON]->(sw), (db)-[:DEPENDS_ON]->(sw)`

// referenceChapters are what is in. Every function stands in a query.
func referenceChapters() []chapter {
	return []chapter{
		{"MATCH and OPTIONAL MATCH", "Labels and types are names or expressions of them with `|`, `&`, `!` and `%`.\n" +
			"What the WHERE of the MATCH asks by all() or none() of each relationship of a variable length is asked on the\n" +
			"way, if it speaks of what is found before only; a way is not followed beyond a relationship that fails it.", []string{
			"MATCH (h:Host) RETURN h.name",
			"MATCH (p:Process&!Service)-[:RUNS_ON]->(h) RETURN p.name, h.name",
			"MATCH (n:Host|Switch {name: 'sw1'}) RETURN n.name",
			"MATCH (n:%&!Process) RETURN count(n)",
			"MATCH (h:Host)<-[r:RUNS_ON|DEPENDS_ON]-(p) WHERE h.cpus > 4 RETURN type(r), p.name",
			"MATCH (h:Host) OPTIONAL MATCH (h)<-[:RUNS_ON]-(s:Service {port: 443}) RETURN h.name, s.name",
			"MATCH (:Service {name: 'nginx'})-[:DEPENDS_ON*1..3]->(p) RETURN p.name",
			"MATCH (:Service {name: 'nginx'})-[r:DEPENDS_ON|RUNS_ON*]->(p) WHERE all(x IN r WHERE x.since IS NULL) RETURN DISTINCT p.name",
			"MATCH p = (:Service {name: 'nginx'})-[:DEPENDS_ON]->() RETURN p",
		}},
		{"Shortest paths", "One relationship pattern between two nodes, with a lower bound of 0 or 1. What the WHERE of the MATCH asks\n" +
			"of the path decides which is the shortest. If all() or none() ask it of each node or relationship, the search\n" +
			"keeps to those. Anything else is asked of whole paths, the shortest first: all there are, until one will do,\n" +
			"and of those there may be more than a query's budget allows.", []string{
			"MATCH p = shortestPath((a {name: 'nginx'})-[*]-(b {name: 'sw1'})) RETURN length(p)",
			"MATCH p = allShortestPaths((a {name: 'nginx'})-[*]->(b {name: 'sw1'})) RETURN [n IN nodes(p) | n.name] AS way",
			"MATCH p = shortestPath((a {name: 'nginx'})-[*]->(b {name: 'sw1'})) WHERE none(n IN nodes(p) WHERE n.name = 'web1') RETURN length(p)",
			"MATCH p = shortestPath((a {name: 'nginx'})-[*]->(b {name: 'sw1'})) WHERE length(p) > 2 RETURN length(p)",
		}},
		{"WITH, WHERE, UNWIND and RETURN", "", []string{
			"MATCH (p)-[:RUNS_ON]->(h) WITH h, count(p) AS n WHERE n > 1 RETURN h.name, n",
			"UNWIND [3, 1, 2, 1] AS x RETURN DISTINCT x ORDER BY x DESC SKIP 1 LIMIT 2",
			"MATCH (h:Host) RETURN * ORDER BY h.name LIMIT 1",
			"MATCH (h:Host) RETURN h.name AS name UNION MATCH (s:Switch) RETURN s.name AS name",
			"UNWIND [1] AS x RETURN x UNION ALL UNWIND [1] AS x RETURN x",
		}},
		{"Subqueries", "", []string{
			"MATCH (h:Host) CALL (h) { MATCH (h)<-[:RUNS_ON]-(p) RETURN count(p) AS n } RETURN h.name, n",
			"MATCH (h:Host) CALL { WITH h MATCH (h)<-[:RUNS_ON]-(p) RETURN max(p.port) AS port } RETURN h.name, port",
			"MATCH (h:Host) WHERE EXISTS { (h)<-[:RUNS_ON]-(:Service {port: 5432}) } RETURN h.name",
			"MATCH (h:Host) RETURN h.name, COUNT { (h)<-[:RUNS_ON]-() } AS n",
			"MATCH (h:Host) RETURN COLLECT { MATCH (h)<-[:RUNS_ON]-(p) RETURN p.name ORDER BY p.name } AS names",
		}},
		{"EXPLAIN and PROFILE", "They begin a query, and answer with its plan; `assim query` has them as flags.", []string{
			"EXPLAIN MATCH (h:Host) WHERE h.cpus > 4 RETURN h.name",
			"PROFILE MATCH (h:Host) RETURN h.name",
		}},
		{"Operators", "", []string{
			"RETURN 7 + 2, 7 - 2, 7 * 2, 7 / 2, 7 % 2, 2 ^ 3, -7, 7 / 2.0",
			"RETURN 1 < 2, 1 <= 1, 2 > 1, 2 >= 3, 1 = 1.0, 1 <> 2, 1 < 2 < 3",
			"RETURN true AND null, true OR null, true XOR false, NOT true",
			"RETURN 'assim' STARTS WITH 'as', 'assim' ENDS WITH 'im', 'assim' CONTAINS 'ss', 'assim' =~ 'a.*m'",
			"RETURN null IS NULL, 1 IS NOT NULL, 1 = null",
			"RETURN [1, 2] + 3, [1, 2, 3][0], [1, 2, 3][-1], [1, 2, 3][1..], 2 IN [1, 2], 'a' + 'b'",
			"WITH {a: 1} AS m RETURN m.a, m['a'], m.b",
			"MATCH (n) WHERE n:Service AND n.port > 1000 RETURN n.name",
		}},
		{"Expressions", "`$name` is a parameter, which `assim query` takes as `-p name=VALUE`.", []string{
			"RETURN CASE 2 WHEN 1 THEN 'one' ELSE 'many' END AS a, CASE WHEN 1 > 2 THEN 'yes' END AS b",
			"RETURN [x IN range(1, 5) WHERE x % 2 = 1 | x * x] AS odd",
			"MATCH (h:Host {name: 'web1'}) RETURN [(h)<-[:RUNS_ON]-(p:Service) | p.name] AS names",
			"RETURN all(x IN [1, 2] WHERE x > 0) AS a, any(x IN [1, 2] WHERE x > 1) AS b, none(x IN [1] WHERE x > 1) AS c, single(x IN [1, 2] WHERE x > 1) AS d",
			"RETURN reduce(s = 0, x IN [1, 2, 3] | s + x) AS sum",
			"MATCH (h:Host {name: 'db1'}) RETURN h {.name, cores: h.cpus} AS host",
			"RETURN 0x1F, 1e3, 'it\\'s', [1, null], {k: true}",
		}},
	}
}

// refusedQueries are what is not in, and why.
func refusedQueries() []chapter {
	return []chapter{
		{"Writing", "The graph is a projection of what hosts say; a change would be lost and would mislead until then.", []string{
			"CREATE (n:Host)", "MATCH (n) SET n.x = 1", "MATCH (n) DETACH DELETE n", "MERGE (n:Host {name: 'x'})", "LOAD CSV FROM 'x' AS l RETURN l", "DROP INDEX x",
		}},
		{"Procedures", "They are a server's own code, and stores have none in common.", []string{"CALL db.labels()"}},
		{"Quantified path patterns", "They repeat a pattern of several nodes; the engine repeats one relationship, within a bound of hops.", []string{
			"MATCH ((a)-->(b)){1,5} RETURN a", "MATCH (a)-->+(b) RETURN a",
		}},
		{"Bounds", "What anyone may ask is bounded by its text, its depth and its hops, besides the budget of its run.", []string{
			"MATCH (a)-[*1..1001]->(b) RETURN a", "MATCH p = shortestPath((a)-[*2..]->(b)) RETURN p",
		}},
		{"Mistakes", "What can be known to be wrong is refused before anything is read, the rest when a row meets it; both with\nthe place.", []string{
			"MATCH (host) RETURN hots.name", "RETURN tolowr('A')", "RETURN $name", "RETURN 1 / 0", "RETURN 9223372036854775807 + 1", "RETURN 'a' =~ '('",
		}},
	}
}
