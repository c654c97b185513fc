// title: What counts against each host in all, the worst first
// columns: score, host
MATCH (h:Host)
WHERE NOT h:Container
OPTIONAL MATCH (h)<-[:ABOUT]-(f:Finding)
RETURN sum(f.score) AS score, h.name AS host
ORDER BY score DESC, host
