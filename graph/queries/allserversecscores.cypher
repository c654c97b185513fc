// title: What counts against the security of each host, the worst first
// columns: score, host
MATCH (h:Host)
WHERE NOT h:Container
OPTIONAL MATCH (h)<-[:ABOUT]-(f:Finding {category: 'security'})
RETURN sum(f.score) AS score, h.name AS host
ORDER BY score DESC, host
