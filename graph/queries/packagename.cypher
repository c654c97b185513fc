// title: Which hosts have a package, and in which version
// param: packagename string: Name of the package
// columns: host, package, version, architecture, type
MATCH (p:Package)<-[:HAS]-(h:Host)
WHERE p.name = $packagename
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       p.name AS package, p.version AS version, p.architecture AS architecture, p.type AS type
ORDER BY package, version, architecture, type, host
