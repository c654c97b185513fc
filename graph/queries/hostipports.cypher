// title: Every port that a host serves, with its service
// param: systemname string: Name of the host
// columns: port, protocol, service, host, ip
MATCH (h:Host {name: $systemname})<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)
RETURN e.port AS port, e.protocol AS protocol, coalesce(s.name, s.exe) AS service, h.name AS host, e.address AS ip
ORDER BY port, ip, protocol, service
