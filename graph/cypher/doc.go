// Package cypher answers read-only queries over a property graph: a read-only subset of openCypher.
//
//	text ──Parse──▶ Query ──Run(Reader, params, Budget)──▶ Result
//	        │                  │
//	        │                  └─ plan: where to begin, what to follow next, every condition as early
//	        │                     as it can be; then operators that push one row of slots along
//	        └─ tokens, tree, scopes and kinds: whatever can be known to be wrong is refused here
//
//	q, err := cypher.Parse("MATCH (h:Host)<-[:RUNS_ON]-(p) WHERE p.exe = $exe RETURN h.name")
//	res, err := q.Run(ctx, view, map[string]any{"exe": "/usr/sbin/sshd"}, cypher.Budget{})
//
// In: MATCH and OPTIONAL MATCH with labels and types as expressions (A|B, A&B, !A), inline maps and
// WHERE, both directions, variable length, shortestPath and allShortestPaths; WHERE, WITH, UNWIND,
// RETURN, DISTINCT, ORDER BY, SKIP, LIMIT, UNION; CALL (x) { ... } and CALL { WITH x ... }, EXISTS { },
// COUNT { }, COLLECT { }; parameters, CASE, comprehensions, quantifiers, reduce, map projections, and
// the functions and aggregates that [Functions] lists. Regular expressions are RE2. docs/cypher.md, made
// by TestReference, has an example of each.
//
// Temporal values are date, localtime, time, localdatetime, datetime and duration, as [Temporal] and
// [Duration] tell. The names of time zones come from the machine's zone files, or from time/tzdata in
// programs that import it; where there are neither, a name is an error and offsets go on working.
//
// A query that begins with EXPLAIN is answered with its [Plan] and no rows, one that begins with PROFILE
// with its rows and what every step of the plan has made and read.
//
// Refused, with the place: every clause that writes, procedures, quantified path patterns. The
// package writes nothing and knows neither hosts nor a store: a [Reader] is all it sees.
//
// A query costs at most its [Budget] and its context's time. A relationship pattern without an upper
// bound (-[*]->) follows at most 30 hops, and the Result's notes say when that cut a path short. Where
// only the ends of a variable length matter, each is found once, and where WHERE asks something of each
// relationship by all() or none(), no way is followed beyond one that fails it; else every way may have
// to be walked. A shortest path is the shortest of those for which the WHERE of its MATCH holds; if that
// is not asked of each node or relationship by all() or none(), all ways may have to be tried. When
// nothing is found, the notes name the labels, types and properties that nothing has, and the nearest.
//
// openCypher is a trademark of Neo4j, Inc.; its grammar and Technology Compatibility Kit are the work
// of the openCypher project under the Apache License 2.0, and tck_test.go holds this package to them.
package cypher
