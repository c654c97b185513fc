// title: What a host uses, and who serves it where that is known
// param: host string = "": Name of the host that uses, its containers included, or HOST/CONTAINER; empty is every host
// columns: host, client, endpoint, service, servicehost
MATCH (on:Host)
WHERE NOT on:Container AND ($host = '' OR on.name = split($host, '/')[0])
MATCH (on)<-[:RUNS_ON*0..1]-(h:Host)
WITH h, on.name + CASE WHEN h:Container THEN '/' + h.name ELSE '' END AS host
WHERE $host = '' OR host = $host OR host STARTS WITH $host + '/'
MATCH (h)<-[:RUNS_ON]-(c:Process)-[:CONNECTS_TO]->(e:Endpoint)
OPTIONAL MATCH (e)-[:PROVIDED_BY]->(s:Process)-[:RUNS_ON]->(sh:Host)
RETURN DISTINCT host, c.exe AS client,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       s.exe AS service,
       CASE WHEN sh:Container THEN head([(sh)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + sh.name AS servicehost
ORDER BY host, client, endpoint, servicehost, service
