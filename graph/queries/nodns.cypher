// title: Addresses for which no host name is known
// columns: ip, host, nic, mac
MATCH (ip:IP)
WHERE ip.hostname IS NULL
OPTIONAL MATCH (ip)-[:ON]->(n:NIC)
OPTIONAL MATCH (n)<-[:HAS_NIC]-(h:Host)
RETURN ip.address AS ip,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       n.name AS nic, n.mac AS mac
ORDER BY ip, host, nic
