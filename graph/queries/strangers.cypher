// title: Addresses that hosts see or use and that no nanoprobe owns
// columns: ip, macs, seenby, clients
//
// seenby has the interfaces of hosts, at most 10, that have the address among their neighbours; clients
// is how many processes are connected to it.
MATCH (ip:IP)
WHERE NOT ip.key STARTS WITH 'host:' // what is inside of one host is not told of in full
  AND NOT EXISTS { (ip)-[:ON]->(:NIC)<-[:HAS_NIC]-(:Host) }
WITH ip,
     COLLECT { MATCH (ip)-[seen:SEEN_FROM]->(:NIC) WHERE seen.mac IS NOT NULL
               RETURN DISTINCT seen.mac AS mac ORDER BY mac LIMIT 10 } AS macs,
     COLLECT { MATCH (ip)-[:SEEN_FROM]->(n:NIC)<-[:HAS_NIC]-(h:Host)
               WITH n, CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name AS host
               RETURN DISTINCT host + '/' + n.name AS nic ORDER BY nic LIMIT 10 } AS seenby,
     COUNT { MATCH (ip)<-[:AT]-(:Endpoint)<-[:CONNECTS_TO]-(p:Process) RETURN DISTINCT p } AS clients
WHERE clients > 0 OR size(seenby) > 0
RETURN ip.address AS ip, macs, seenby, clients
ORDER BY clients DESC, ip
