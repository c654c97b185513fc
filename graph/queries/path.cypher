// title: How one thing depends on another: the shortest way
// param: from string: What depends: a host, container, switch, service or address; ADDRESS:PORT, SERVICE@HOST, HOST/CONTAINER, HOST/INTERFACE or SWITCH/PORT
// param: to string: What it depends on, in the same words
// param: depth int = 20: How many dependencies to follow in a row, at most 30
// columns: step, kind, name, host, state, link, since, key
//
// link is the dependency that leads to the next row, since when it was first seen where that is known. A
// host depends as well on what is needed by what runs on it; the way then begins there. Of several ways
// equally short it is the first by keys.
CALL { // what is called $from
  MATCH (n:Host {name: $from})
  WHERE NOT n:Container OR NOT EXISTS { MATCH (h:Host {name: $from}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Host {key: $from}) RETURN n
  UNION // HOST/CONTAINER
  UNWIND [split($from, '/')] AS parts
  MATCH (:Host {name: parts[0]})<-[:RUNS_ON]-(n:Container)
  WHERE n.name = parts[1]
  RETURN n
  UNION
  MATCH (n:Switch) WHERE $from IN [n.key, n.name] RETURN n
  UNION
  MATCH (n:Service {name: $from})
  WHERE NOT EXISTS { MATCH (h:Host {name: $from}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Package {name: $from}) RETURN n
  UNION
  MATCH (n:IP {address: $from}) RETURN n
  UNION
  MATCH (n:Subnet {cidr: $from}) RETURN n
  UNION // ADDRESS:PORT
  UNWIND [split($from, CASE WHEN $from STARTS WITH '[' THEN ']:' ELSE ':' END)] AS parts
  MATCH (:IP {address: replace(parts[0], '[', '')})<-[:AT]-(n:Endpoint)
  WHERE size(parts) = 2 AND n.port = toInteger(parts[1])
  RETURN n
  UNION // SERVICE@HOST
  UNWIND [split($from, '@')] AS parts
  MATCH (on:Host {name: parts[1]})<-[:RUNS_ON]-(n:Process)
  WHERE n.name = parts[0] AND (NOT on:Container OR NOT EXISTS { MATCH (h:Host {name: parts[1]}) WHERE NOT h:Container })
  RETURN n
  UNION // SERVICE@HOST/CONTAINER
  UNWIND [split($from, '@')] AS parts
  UNWIND [split(parts[1], '/')] AS on
  MATCH (:Host {name: on[0]})<-[:RUNS_ON]-(c:Container)<-[:RUNS_ON]-(n:Process)
  WHERE c.name = on[1] AND n.name = parts[0]
  RETURN n
  UNION // HOST/INTERFACE
  UNWIND [split($from, '/')] AS parts
  MATCH (:Host {name: parts[0]})-[:HAS_NIC]->(n:NIC)
  WHERE n.name = parts[1]
  RETURN n
  UNION // SWITCH/PORT, of which both may have a '/' in their names
  MATCH (s:Switch)
  WHERE $from STARTS WITH s.key + '/' OR $from STARTS WITH s.name + '/'
  MATCH (s)<-[:PART_OF]-(n:Port)
  WHERE $from IN [s.key + '/' + n.name, s.name + '/' + n.name]
  RETURN n
}
WITH collect(n) AS asked
WITH asked, asked + COLLECT { UNWIND asked AS h MATCH (h:Host)<-[:RUNS_ON*1..5]-(n) RETURN DISTINCT n } AS start
CALL { // what is called $to
  MATCH (n:Host {name: $to})
  WHERE NOT n:Container OR NOT EXISTS { MATCH (h:Host {name: $to}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Host {key: $to}) RETURN n
  UNION // HOST/CONTAINER
  UNWIND [split($to, '/')] AS parts
  MATCH (:Host {name: parts[0]})<-[:RUNS_ON]-(n:Container)
  WHERE n.name = parts[1]
  RETURN n
  UNION
  MATCH (n:Switch) WHERE $to IN [n.key, n.name] RETURN n
  UNION
  MATCH (n:Service {name: $to})
  WHERE NOT EXISTS { MATCH (h:Host {name: $to}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Package {name: $to}) RETURN n
  UNION
  MATCH (n:IP {address: $to}) RETURN n
  UNION
  MATCH (n:Subnet {cidr: $to}) RETURN n
  UNION // ADDRESS:PORT
  UNWIND [split($to, CASE WHEN $to STARTS WITH '[' THEN ']:' ELSE ':' END)] AS parts
  MATCH (:IP {address: replace(parts[0], '[', '')})<-[:AT]-(n:Endpoint)
  WHERE size(parts) = 2 AND n.port = toInteger(parts[1])
  RETURN n
  UNION // SERVICE@HOST
  UNWIND [split($to, '@')] AS parts
  MATCH (on:Host {name: parts[1]})<-[:RUNS_ON]-(n:Process)
  WHERE n.name = parts[0] AND (NOT on:Container OR NOT EXISTS { MATCH (h:Host {name: parts[1]}) WHERE NOT h:Container })
  RETURN n
  UNION // SERVICE@HOST/CONTAINER
  UNWIND [split($to, '@')] AS parts
  UNWIND [split(parts[1], '/')] AS on
  MATCH (:Host {name: on[0]})<-[:RUNS_ON]-(c:Container)<-[:RUNS_ON]-(n:Process)
  WHERE c.name = on[1] AND n.name = parts[0]
  RETURN n
  UNION // HOST/INTERFACE
  UNWIND [split($to, '/')] AS parts
  MATCH (:Host {name: parts[0]})-[:HAS_NIC]->(n:NIC)
  WHERE n.name = parts[1]
  RETURN n
  UNION // SWITCH/PORT, of which both may have a '/' in their names
  MATCH (s:Switch)
  WHERE $to STARTS WITH s.key + '/' OR $to STARTS WITH s.name + '/'
  MATCH (s)<-[:PART_OF]-(n:Port)
  WHERE $to IN [s.key + '/' + n.name, s.name + '/' + n.name]
  RETURN n
}
UNWIND start AS s
WITH s, n AS t, asked
WHERE s <> t AND NOT t IN asked
MATCH way = allShortestPaths((s)-[:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO*..30]->(t))
WHERE length(way) <= $depth
WITH nodes(way) AS nodes, relationships(way) AS links
WITH nodes, links, [n IN nodes | n.key] AS keys, [r IN links | type(r)] AS types
ORDER BY size(links), keys, types
LIMIT 1
UNWIND range(0, size(links)) AS step
WITH step, nodes[step] AS n, links[step] AS link
WITH step, n, link, head(COLLECT {
  MATCH (n)-[:RUNS_ON]->(h:Host) RETURN h ORDER BY h.key LIMIT 1
  UNION
  MATCH (n)-[:AT|ON|PART_OF*1..3]->(h:Host) RETURN h ORDER BY h.key LIMIT 1
}) AS h
RETURN step,
       CASE WHEN n:Container THEN 'container' WHEN n:Service THEN 'service' WHEN n:Client THEN 'client'
            ELSE toLower(head(labels(n))) END AS kind,
       CASE WHEN n.port IS NULL THEN coalesce(n.name, n.exe, n.address, n.cidr, n.key)
            WHEN n.address CONTAINS ':' THEN '[' + n.address + ']:' + n.port ELSE n.address + ':' + n.port END AS name,
       coalesce(CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name,
                CASE WHEN n:Host THEN n.name END) AS host,
       CASE WHEN n.status <> 'up' THEN n.status
            WHEN EXISTS { (n)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) } THEN 'failed'
            WHEN NOT (n:Host OR n:Process) THEN n.operstate
            WHEN h:Container THEN coalesce(head(COLLECT { MATCH (h)-[:RUNS_ON]->(m:Host) RETURN m.status ORDER BY m.key }), 'up')
            ELSE coalesce(h.status, 'up') END AS state,
       type(link) AS link, link.since AS since, n.key AS key
ORDER BY step
