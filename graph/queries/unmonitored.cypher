// title: Services that no monitor watches
// columns: host, service, user
MATCH (h:Host)<-[:RUNS_ON]-(s:Service)
WHERE NOT EXISTS { (s)<-[:WATCHES]-(:Monitor) }
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       coalesce(s.name, s.exe) AS service, s.user AS user
ORDER BY host, service, user
