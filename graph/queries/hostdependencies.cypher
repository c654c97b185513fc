// title: Who depends on the services of a host
// param: host string = "": Name of the host that serves, its containers included, or HOST/CONTAINER; empty is every host
// columns: host, service, endpoint, client, clienthost
MATCH (on:Host)
WHERE NOT on:Container AND ($host = '' OR on.name = split($host, '/')[0])
MATCH (on)<-[:RUNS_ON*0..1]-(h:Host)
WITH h, on.name + CASE WHEN h:Container THEN '/' + h.name ELSE '' END AS host
WHERE $host = '' OR host = $host OR host STARTS WITH $host + '/'
MATCH (h)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)<-[:CONNECTS_TO]-(c:Process)-[:RUNS_ON]->(ch:Host)
WHERE c <> s
RETURN DISTINCT host, s.exe AS service,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       c.exe AS client,
       CASE WHEN ch:Container THEN head([(ch)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + ch.name AS clienthost
ORDER BY host, service, endpoint, clienthost, client
