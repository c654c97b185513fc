// title: Which host has a MAC address
// param: macaddr macaddr: The MAC address of an interface
// columns: host, nic, mac, ips
MATCH (n:NIC {mac: $macaddr})<-[:HAS_NIC]-(h:Host)
RETURN CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host,
       n.name AS nic, n.mac AS mac,
       COLLECT { MATCH (ip:IP)-[:ON]->(n) RETURN ip.address ORDER BY ip.address } AS ips
ORDER BY host, nic
