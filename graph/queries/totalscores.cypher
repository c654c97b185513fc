// title: What counts against the fleet, by category and kind of finding
// columns: category, kind, hosts, findings, score
MATCH (f:Finding)-[:ABOUT]->(h:Host)
RETURN f.category AS category, f.kind AS kind, count(DISTINCT h) AS hosts, count(f) AS findings, sum(f.score) AS score
ORDER BY score DESC, category, kind
