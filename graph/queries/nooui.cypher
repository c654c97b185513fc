// title: Interfaces whose maker is not known by their MAC address
// columns: mac, ips, host, nic
MATCH (n:NIC)<-[:HAS_NIC]-(h:Host)
WHERE n.mac IS NOT NULL AND n.oui IS NULL
RETURN n.mac AS mac, COLLECT { MATCH (ip:IP)-[:ON]->(n) RETURN ip.address ORDER BY ip.address } AS ips,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       n.name AS nic
ORDER BY host, nic
