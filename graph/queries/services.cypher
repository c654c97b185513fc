// title: What a host serves, with the number of processes that depend on it
// param: host string = "": Name of the host that serves, its containers included, or HOST/CONTAINER; empty is every host
// columns: host, service, user, endpoint, clients
MATCH (on:Host)
WHERE NOT on:Container AND ($host = '' OR on.name = split($host, '/')[0])
MATCH (on)<-[:RUNS_ON*0..1]-(h:Host)
WITH h, on.name + CASE WHEN h:Container THEN '/' + h.name ELSE '' END AS host
WHERE $host = '' OR host = $host OR host STARTS WITH $host + '/'
MATCH (h)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)
OPTIONAL MATCH (e)<-[:CONNECTS_TO]-(c:Process)
WHERE c <> s
RETURN host, s.exe AS service, s.user AS user,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       count(DISTINCT c) AS clients
ORDER BY host, service, endpoint
