// title: Every package of every host
// columns: host, package, version, architecture, type
MATCH (p:Package)<-[:HAS]-(h:Host)
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       p.name AS package, p.version AS version, p.architecture AS architecture, p.type AS type
ORDER BY package, version, architecture, type, host
