// title: What a host serves, with the number of processes that depend on it
// param: host string = "": Name of the host that serves; empty is every host
// columns: host, service, user, endpoint, clients
MATCH (h:Host)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)
WHERE $host = '' OR h.name = $host
OPTIONAL MATCH (e)<-[:CONNECTS_TO]-(c:Process)
WHERE c <> s
RETURN h.name AS host, s.exe AS service, s.user AS user,
       CASE WHEN e.address CONTAINS ':' THEN '[' + e.address + ']' ELSE e.address END + ':' + toString(e.port) AS endpoint,
       count(DISTINCT c) AS clients
ORDER BY host, service, endpoint
