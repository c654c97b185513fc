// title: Every package of every host
// columns: host, package, version, architecture, type
MATCH (p:Package)<-[:HAS]-(h:Host)
RETURN h.name AS host, p.name AS package, p.version AS version, p.architecture AS architecture, p.type AS type
ORDER BY package, version, architecture, type, host
