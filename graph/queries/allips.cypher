// title: Every address, with the interface and the host that have it where these are known
// columns: ip, hostname, host, nic, mac, oui
MATCH (ip:IP)
OPTIONAL MATCH (ip)-[:ON]->(n:NIC)
OPTIONAL MATCH (n)<-[:HAS_NIC]-(h:Host)
RETURN ip.address AS ip, ip.hostname AS hostname,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       n.name AS nic, n.mac AS mac, n.oui AS oui
ORDER BY ip, host, nic
