// title: What the monitors say of the services of a host
// param: host string: Name of the host, its containers included, or HOST/CONTAINER
// columns: host, service, monitor, status, reason
MATCH (on:Host {name: split($host, '/')[0]})<-[:RUNS_ON*0..1]-(h:Host)
WHERE NOT on:Container
WITH h, on.name + CASE WHEN h:Container THEN '/' + h.name ELSE '' END AS host
WHERE host = $host OR host STARTS WITH $host + '/'
MATCH (h)<-[:RUNS_ON]-(s:Process)<-[:WATCHES]-(m:Monitor)
RETURN host, coalesce(s.name, s.exe) AS service, m.name AS monitor, m.status AS status, m.reason AS reason
ORDER BY host, service, monitor
