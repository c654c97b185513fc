// title: What is around hosts, as lists of maps
// param: hostname list: Names of hosts
// param: nodetypes list = []: Labels of nodes besides the hosts; empty is all
// param: reltypes list = []: Types of relationships; empty is all
// columns: nodes, relationships
//
// What is around a host is one step away, and two from its interfaces and processes: further ways lead
// by packages and subnets to the whole fleet. At most 2,000 nodes and 10,000 relationships, as in
// allhostsubgraph.
UNWIND $hostname AS name
MATCH (h:Host {name: name})
WHERE NOT h:Container
CALL {
  WITH h RETURN h AS n
  UNION
  WITH h MATCH (h)--(n) RETURN n
  UNION
  WITH h MATCH (h)--(:NIC|Process)--(n) RETURN n
}
WITH DISTINCT n, n.name IN $hostname AND n:Host AND NOT n:Container AS asked
WHERE asked OR size($nodetypes) = 0 OR any(label IN labels(n) WHERE label IN $nodetypes)
WITH n
ORDER BY asked DESC, head(labels(n)), n.key
LIMIT 2000
WITH collect(n) AS chosen
RETURN [n IN chosen | {label: head(labels(n)), key: n.key, properties: properties(n)}] AS nodes,
       COLLECT {
         UNWIND chosen AS n
         MATCH (n)-[r]-()
         WHERE size($reltypes) = 0 OR type(r) IN $reltypes
         WITH r, count(*) AS ends
         WHERE ends = 2
         WITH startNode(r) AS a, r, endNode(r) AS b
         ORDER BY type(r), a.key, b.key
         LIMIT 10000
         RETURN {type: type(r), from: {label: head(labels(a)), key: a.key}, to: {label: head(labels(b)), key: b.key},
                 properties: properties(r)}
       } AS relationships
