// title: What the monitors say of the services of a host
// param: host string: Name of the host
// columns: host, service, monitor, status, reason
MATCH (h:Host {name: $host})<-[:RUNS_ON]-(s:Process)<-[:WATCHES]-(m:Monitor)
RETURN h.name AS host, coalesce(s.name, s.exe) AS service, m.name AS monitor, m.status AS status, m.reason AS reason
ORDER BY service, monitor
