// title: What counts against each host, by category and kind of finding
// columns: host, category, kind, findings, score
MATCH (f:Finding)-[:ABOUT]->(h:Host)
RETURN h.name AS host, f.category AS category, f.kind AS kind, count(f) AS findings, sum(f.score) AS score
ORDER BY score DESC, host, category, kind
