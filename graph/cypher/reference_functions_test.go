package cypher

// referenceIntroduction says what differs from Neo4j. No query runs for it: the tests of the
// subjects hold it.
const referenceIntroduction = "`assim query` takes read-only openCypher. On a CMA with the embedded graph package graph/cypher answers; on\n" +
	"a CMA with Neo4j it checks the query, so that the same is refused in the same words, and Neo4j answers.\n\n" +
	"These differ from Neo4j:\n\n" +
	"- A relationship pattern without an upper bound, `-[*]->`, follows at most 30 hops; a note on stderr says\n" +
	"  when that cut a path short. Neo4j goes on until its time is up.\n" +
	"- Regular expressions are RE2: no lookaround and no backreferences, and none that explodes.\n" +
	"- From a node to itself a shortest path is looked for with a lower bound of 0 only; Neo4j refuses to look\n" +
	"  for another. What a later MATCH asks of a shortest path makes the search go on in Neo4j; here only what its\n" +
	"  own MATCH asks.\n" +
	"- These are answered, and Neo4j refuses them: types as an expression (`-[:!T*]->`), WHERE inside of a\n" +
	"  variable length, and properties of a shortest path's relationship; `:A|:B`; a value of the wrong kind in a\n" +
	"  place that no row reaches, as a CASE that does not get there; null / 0, which is null.\n" +
	"- What an integer of 64 bits cannot hold is an error, also in `sum`, `abs` and `/ -1`, where Neo4j goes on\n" +
	"  with a float or with the wrong sign. A duration has at most 10^12 months, 10^12 days and 10^17 seconds.\n" +
	"- A query has a budget: 20 million steps, 2 million values kept at once, 100,000 rows, 10 seconds, unless the\n" +
	"  CMA is told otherwise.\n" +
	"- `labels` lists a node's labels in an order of the store's.\n" +
	"- `id` and `elementId` hold for one answer only.\n" +
	"- No property is a temporal value: facts come from the hosts as JSON, which has none, and both stores hold the\n" +
	"  same. Times are milliseconds of Unix and ISO 8601 text, of which a query makes temporal values.\n" +
	"- EXPLAIN and PROFILE show the plan of whoever answers, in the same form.\n" +
	"- An answer of nothing comes with a note on stderr of every label, type and property that nothing has, and, on\n" +
	"  the embedded graph, of the nearest that something has."

// functionChapters show each function and aggregation.
func functionChapters() []chapter {
	return []chapter{
		{"Functions of the graph", "", []string{
			"MATCH (n:Host {name: 'web1'}) RETURN id(n) >= 0, elementId(n) <> '', labels(n), keys(n), properties(n)",
			"MATCH p = (:Process {name: 'app'})-[r:RUNS_ON]->() RETURN type(r), startNode(r).name, endNode(r).name, length(p), nodes(p), relationships(p)",
		}},
		{"Functions of lists and values", "", []string{
			"RETURN coalesce(null, 1), nullIf(1, 1), exists({a: 1}.a), size([1, 2]), isEmpty([]), head([1, 2]), last([1, 2]), tail([1, 2]), reverse([1, 2]), range(1, 7, 3)",
		}},
		{"Functions of text", "", []string{
			"RETURN toUpper('a'), toLower('A'), upper('a'), lower('A'), trim(' a '), char_length('a'), character_length('ab'), lTrim(' a'), rTrim('a ')",
			"RETURN split('a,b', ','), replace('aba', 'a', 'c'), substring('assim', 1, 2), left('assim', 2), right('assim', 2)",
		}},
		{"Functions of numbers", "", []string{
			"RETURN abs(-1), sign(-2.5), ceil(1.2), floor(1.8), round(1.5), round(1.25, 1), isNaN(1), sqrt(4), exp(0), log(1), log10(100)",
			"RETURN sin(0), cos(0), tan(0), asin(0), acos(1), atan(0), atan2(0, 1), degrees(0), radians(0)",
			"RETURN pi() > 3, e() > 2, rand() < 1",
		}},
		{"Conversions", "Text that is none of the kind is null. A value that can't be converted at all is an error, and null by\n`toIntegerOrNull` and the like.", []string{
			"RETURN toInteger('7'), toFloat('1.5'), toBoolean('true'), toString(1), toInteger('x')",
			"RETURN toIntegerOrNull('7'), toFloatOrNull([]), toBooleanOrNull(1.5), toStringOrNull([1])",
		}},
		{"Temporal values", "The graph holds times as milliseconds of Unix and as ISO 8601 text; these functions make values of them, which\ncompare, calculate and have parts. Zones by name need zone files on the host that answers.", []string{
			"RETURN date('2026-01-31'), localtime('21:40'), time('21:40+02:00'), localdatetime('2026-01-31T21:40'), datetime('2026-01-31T21:40Z')",
			"RETURN date({year: 2026, week: 1}), datetime.fromEpoch(0, 0), datetime.fromEpochMillis(1767225600000)",
			"RETURN date('2026-01-31') + duration('P1M'), duration({hours: 36}), duration('P1DT12H') * 2",
			"WITH datetime('2026-01-31T21:40+02:00') AS d RETURN d.year, d.weekDay, d.epochSeconds, d.offset",
			"RETURN duration.between(date('2026-01-31'), date('2026-03-01')), duration.inMonths(date('2026-01-31'), date('2026-03-01')), duration.inDays(date('2026-01-31'), date('2026-03-01')), duration.inSeconds(localtime('21:40'), localtime('22:00'))",
			"RETURN date.truncate('month', date('2026-01-31')), localtime.truncate('hour', localtime('21:40')), time.truncate('hour', time('21:40Z'))",
			"RETURN localdatetime.truncate('day', localdatetime('2026-01-31T21:40')), datetime.truncate('year', datetime('2026-01-31T21:40Z'))",
			"RETURN date() = date.transaction(), date() = date.statement(), date.realtime() >= date()",
			"RETURN localtime() = localtime.transaction(), localtime() = localtime.statement(), localtime.realtime() IS NOT NULL",
			"RETURN time() = time.transaction(), time() = time.statement(), time.realtime() IS NOT NULL",
			"RETURN localdatetime() = localdatetime.transaction(), localdatetime() = localdatetime.statement(), localdatetime.realtime() >= localdatetime()",
			"RETURN datetime() = datetime.transaction(), datetime() = datetime.statement(), datetime.realtime() >= datetime()",
		}},
		{"Aggregations", "They leave null out. DISTINCT within the brackets takes each value once.", []string{
			"UNWIND [1, 2, 2, null] AS x RETURN count(*), count(x), count(DISTINCT x), sum(x), avg(x), min(x), max(x), collect(x)",
			"UNWIND [1, 2, 3, 4] AS x RETURN stDev(x) > 1.29, stDevP(x) > 1.11, percentileCont(x, 0.5), percentileDisc(x, 0.5)",
		}},
	}
}
