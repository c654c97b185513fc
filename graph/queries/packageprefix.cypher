// title: Which hosts have packages whose names begin so
// param: prefix string: What the names begin with
// columns: host, package, version, architecture, type
MATCH (p:Package)<-[:HAS]-(h:Host)
WHERE p.name STARTS WITH $prefix
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       p.name AS package, p.version AS version, p.architecture AS architecture, p.type AS type
ORDER BY package, version, architecture, type, host
