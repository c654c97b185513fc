// title: What depends on what, in the words of edges.txt
// columns: edge
MATCH (ch:Host)<-[:RUNS_ON]-(c:Process)-[needs:DEPENDS_ON]->(s:Process)-[:RUNS_ON]->(sh:Host)
UNWIND needs.endpoints AS endpoint
WITH ch, c, s, sh, split(endpoint, '|') AS at
RETURN c.name + '@' + ch.name + ' -> ' + s.name + '@' + sh.name + ' at ' + at[1] + ':' + at[2] AS edge
UNION
MATCH (ch:Host)<-[:RUNS_ON]-(c:Process)-[:CONNECTS_TO]->(e:Endpoint)
WHERE NOT EXISTS { (e)-[:PROVIDED_BY]->(:Process) }
RETURN c.name + '@' + ch.name + ' -> nobody at ' + e.address + ':' + toString(e.port) AS edge
UNION
MATCH (h:Host)-[needs:DEPENDS_ON]->(e:Endpoint)
OPTIONAL MATCH (e)-[:PROVIDED_BY]->(s:Process)-[:RUNS_ON]->(sh:Host)
RETURN h.name + ' -> ' + coalesce(s.name + '@' + sh.name, 'nobody') + ' at ' + e.address + ':' + toString(e.port)
  + ', one of ' + toString(needs.of) + ' ' + needs.group AS edge
UNION
MATCH (h:Host)-[needs:DEPENDS_ON]->(ip:IP)
OPTIONAL MATCH (ip)-[:ON]->(:NIC)-[:PART_OF]->(g:Host)
RETURN h.name + ' -> ' + coalesce(g.name, 'nobody') + ' at ' + ip.address + ', one of ' + toString(needs.of) + ' ' + needs.group AS edge
