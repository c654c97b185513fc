// title: Which host has an address
// param: ipaddr ipaddr: The address
// columns: ip, host, nic, mac
MATCH (ip:IP {address: $ipaddr})-[:ON]->(n:NIC)<-[:HAS_NIC]-(h:Host)
RETURN ip.address AS ip,
       CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       n.name AS nic, n.mac AS mac
ORDER BY host, nic
