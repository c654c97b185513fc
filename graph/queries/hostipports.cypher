// title: Every port that a host serves, with its service
// param: systemname string: Name of the host, its containers included, or HOST/CONTAINER
// columns: port, protocol, service, host, ip
MATCH (on:Host {name: split($systemname, '/')[0]})<-[:RUNS_ON*0..1]-(h:Host)
WHERE NOT on:Container
WITH h, on.name + CASE WHEN h:Container THEN '/' + h.name ELSE '' END AS host
WHERE host = $systemname OR host STARTS WITH $systemname + '/'
MATCH (h)<-[:RUNS_ON]-(s:Process)<-[:PROVIDED_BY]-(e:Endpoint)
RETURN e.port AS port, e.protocol AS protocol, coalesce(s.name, s.exe) AS service, host, e.address AS ip
ORDER BY port, host, ip, protocol, service
