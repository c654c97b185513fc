// title: What the monitors say of all services
// columns: host, service, monitor, status, reason
MATCH (m:Monitor)-[:WATCHES]->(s:Process)-[:RUNS_ON]->(h:Host)
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       coalesce(s.name, s.exe) AS service, m.name AS monitor, m.status AS status, m.reason AS reason
ORDER BY host, service, monitor
