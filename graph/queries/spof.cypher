// title: Services that many depend on and that run on one host only
// param: least int = 2: How many other hosts must depend on a service
// columns: service, host, dependents, clients
//
// Processes of one name are one service. dependents counts the other hosts that depend on it, clients
// the processes there. What runs in a container counts as on its host, with which it is lost.
MATCH (s:Service)-[:RUNS_ON*1..2]->(h:Host)
WHERE s.name IS NOT NULL AND NOT h:Container
WITH s.name AS service, collect(s) AS processes, collect(DISTINCT h) AS hosts
WHERE size(hosts) = 1
WITH service, hosts[0] AS host, processes
UNWIND processes AS s
MATCH (s)<-[:DEPENDS_ON]-(c:Process)-[:RUNS_ON*1..2]->(user:Host)
WHERE user <> host AND NOT user:Container
WITH service, host, count(DISTINCT user) AS dependents, count(DISTINCT c) AS clients
WHERE dependents >= $least
RETURN service, host.name AS host, dependents, clients
ORDER BY dependents DESC, clients DESC, service
