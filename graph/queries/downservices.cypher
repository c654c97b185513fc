// title: Services that a monitor in force finds failed
// columns: host, service, monitor, reason
MATCH (m:Monitor {status: 'failed'})-[:WATCHES]->(s:Process)-[:RUNS_ON]->(h:Host)
WHERE coalesce(m.active, true)
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       coalesce(s.name, s.exe) AS service, m.name AS monitor, m.reason AS reason
ORDER BY host, service, monitor
