// title: What a host uses, and who serves it where that is known
// param: host string = "": Name of the host that uses; empty is every host
// columns: host, client, endpoint, service, servicehost
MATCH (h:Host)<-[:RUNS_ON]-(c:Process)-[:CONNECTS_TO]->(e:Endpoint)
WHERE $host = '' OR h.name = $host
OPTIONAL MATCH (e)-[:PROVIDED_BY]->(s:Process)-[:RUNS_ON]->(sh:Host)
RETURN DISTINCT h.name AS host, c.exe AS client,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       s.exe AS service, sh.name AS servicehost
ORDER BY host, client, endpoint, servicehost, service
