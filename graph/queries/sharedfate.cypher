// title: What hosts have in common, and so could lose together
// param: hosts list: Names of hosts, or HOST/CONTAINER, at least two
// columns: kind, name, shared, everywhere, hosts
//
// shared counts those of the hosts that have or need it, everywhere all hosts of the fleet that do:
// what few others have is the better clue. Containers count among hosts. At most 1,000 rows, what most
// share first.
UNWIND $hosts AS name
MATCH (h:Host {name: last(split(name, '/'))})
WHERE CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name = name
WITH collect(DISTINCT h) AS asked
CALL {
  WITH asked
  UNWIND asked AS h
  MATCH (h)-[:HAS_NIC]->(:NIC)-[:WIRED_TO]->(:Port)-[:PART_OF]->(x:Switch)
  RETURN DISTINCT 'switch' AS kind, h, x, coalesce(x.name, x.key) AS name,
    COUNT { MATCH (x)<-[:PART_OF]-(:Port)<-[:WIRED_TO]-(:NIC)<-[:HAS_NIC]-(o:Host) RETURN DISTINCT o } AS everywhere
  UNION
  WITH asked
  UNWIND asked AS h
  MATCH (h)-[:HAS_NIC]->(:NIC)<-[:ON]-(:IP)-[:IN]->(x:Subnet)
  WHERE NOT x.key STARTS WITH 'host:' // 127.0.0.0/8 is no one's in common
  RETURN DISTINCT 'subnet' AS kind, h, x, x.cidr AS name,
    COUNT { MATCH (x)<-[:IN]-(:IP)-[:ON]->(:NIC)<-[:HAS_NIC]-(o:Host) RETURN DISTINCT o } AS everywhere
  UNION
  WITH asked
  UNWIND asked AS h
  MATCH (h)-[:HAS]->(x:Package)
  RETURN DISTINCT 'package' AS kind, h, x, x.name + ' ' + x.version AS name, COUNT { (x)<-[:HAS]-(:Host) } AS everywhere
  UNION
  WITH asked
  UNWIND asked AS h
  MATCH (h)<-[:RUNS_ON]-(:Process)-[:DEPENDS_ON]->(x:Process)-[:RUNS_ON]->(on:Host)
  WHERE on <> h
  RETURN DISTINCT 'service' AS kind, h, x, coalesce(x.name, x.exe) + '@' +
           CASE WHEN on:Container THEN head([(on)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + on.name AS name,
    COUNT { MATCH (x)<-[:DEPENDS_ON]-(:Process)-[:RUNS_ON]->(o:Host) RETURN DISTINCT o } AS everywhere
  UNION
  WITH asked
  UNWIND asked AS h
  MATCH (h)-[need:DEPENDS_ON]->(x)
  RETURN DISTINCT need.group AS kind, h, x,
    coalesce(x.name, x.address + coalesce(':' + toString(x.port), ''), x.key) AS name,
    COUNT { (x)<-[:DEPENDS_ON]-(:Host) } AS everywhere
  UNION
  WITH asked
  UNWIND asked AS h
  MATCH (h)-[:RUNS_ON]->(x:Host)
  RETURN DISTINCT 'host' AS kind, h, x, x.name AS name, COUNT { (x)<-[:RUNS_ON]-(:Host) } AS everywhere
}
WITH kind, name, x, everywhere,
     collect(DISTINCT CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name) AS of
WHERE size(of) > 1
RETURN kind, name, size(of) AS shared, everywhere, COLLECT { UNWIND of AS host RETURN host ORDER BY host } AS hosts
ORDER BY shared DESC, everywhere, kind, name
LIMIT 1000
