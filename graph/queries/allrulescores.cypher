// title: How much each rule counts against how many hosts
// columns: category, kind, rule, hosts, score
MATCH (f:Finding)-[:ABOUT]->(h:Host)
RETURN f.category AS category, f.kind AS kind, f.rule AS rule, count(DISTINCT h) AS hosts, sum(f.score) AS score
ORDER BY score DESC, category, kind, rule
