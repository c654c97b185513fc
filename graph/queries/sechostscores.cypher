// title: What counts against the security of each host, by kind of finding
// columns: host, category, kind, findings, score
MATCH (f:Finding {category: 'security'})-[:ABOUT]->(h:Host)
RETURN h.name AS host, f.category AS category, f.kind AS kind, count(f) AS findings, sum(f.score) AS score
ORDER BY score DESC, host, kind
