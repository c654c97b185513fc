// title: Addresses that no known host has
// columns: ip, hostname, mac
MATCH (ip:IP)
WHERE NOT ip.key STARTS WITH 'host:' // what is inside of one host is not told of in full
  AND NOT EXISTS { (ip)-[:ON]->(:NIC)<-[:HAS_NIC]-(:Host) }
OPTIONAL MATCH (ip)-[seen:SEEN_FROM]->(:NIC)
RETURN DISTINCT ip.address AS ip, ip.hostname AS hostname, seen.mac AS mac
ORDER BY ip, mac
