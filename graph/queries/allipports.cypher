// title: Every port that is served, with its service
// columns: port, protocol, service, host, ip
MATCH (e:Endpoint)-[:PROVIDED_BY]->(s:Process)-[:RUNS_ON]->(h:Host)
RETURN e.port AS port, e.protocol AS protocol, coalesce(s.name, s.exe) AS service,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       e.address AS ip
ORDER BY host, port, ip, protocol, service
