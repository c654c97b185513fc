// title: What a host serves, with the number of processes that depend on it
// param: host string = "": Name of the host that serves, its containers included, or HOST/CONTAINER; empty is every host
// columns: host, service, user, endpoint, clients
MATCH (h:Host)
WITH h, CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host
WHERE $host = '' OR host = $host OR host STARTS WITH $host + '/'
MATCH (h)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)
OPTIONAL MATCH (e)<-[:CONNECTS_TO]-(c:Process)
WHERE c <> s
RETURN host, s.exe AS service, s.user AS user,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       count(DISTINCT c) AS clients
ORDER BY host, service, endpoint
