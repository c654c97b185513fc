// title: Who depends on the services of a host
// param: host string = "": Name of the host that serves; empty is every host
// columns: host, service, endpoint, client, clienthost
MATCH (h:Host)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)<-[:CONNECTS_TO]-(c:Process)-[:RUNS_ON]->(ch:Host)
WHERE c <> s AND ($host = '' OR h.name = $host)
RETURN DISTINCT h.name AS host, s.exe AS service,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       c.exe AS client, ch.name AS clienthost
ORDER BY host, service, endpoint, clienthost, client
