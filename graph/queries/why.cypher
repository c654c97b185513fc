// title: The deepest failed things that a thing depends on
// param: what string: A host, container, switch, service or address; ADDRESS:PORT, SERVICE@HOST, HOST/CONTAINER, HOST/INTERFACE or SWITCH/PORT
// param: depth int = 20: How many dependencies to follow in a row, at most 30
// columns: distance, kind, name, host, state, reason, since, chain, key
//
// Failed is a host that is not up, and what a monitor in force finds failed; deepest is what depends on
// no failed thing but such as depend on it in turn. What is asked for may be it itself, at distance 0. A
// host stands for what runs on it as well: the way may begin there. chain has the names on a shortest way,
// both ends included.
//
// One of a group (see Group in package graph) that failed is told too, but it hides nothing as long as another
// is left: what needs the group did not fail for that. Once the whole group is lost, it counts like anything
// else that is needed, as in impact. One of a group is lost if it has failed, or if what it needs has, groups
// of its own aside. At most 1,000 needs of lost groups count, the first by key.
//
// Besides, an endpoint is unserved that processes are connected to, or hosts have as their resolver, if it
// is at an address of a host that is up and tells of all its sockets, and none listens there. It may be that
// the host hands on what comes there, so it stands beside what failed, and hides none of that.
CALL { // what is called $what
  MATCH (n:Host {name: $what})
  WHERE NOT n:Container OR NOT EXISTS { MATCH (h:Host {name: $what}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Host {key: $what}) RETURN n
  UNION // HOST/CONTAINER
  UNWIND [split($what, '/')] AS parts
  MATCH (:Host {name: parts[0]})<-[:RUNS_ON]-(n:Container)
  WHERE n.name = parts[1]
  RETURN n
  UNION
  MATCH (n:Switch) WHERE $what IN [n.key, n.name] RETURN n
  UNION
  MATCH (n:Service {name: $what})
  WHERE NOT EXISTS { MATCH (h:Host {name: $what}) WHERE NOT h:Container }
  RETURN n
  UNION
  MATCH (n:Package {name: $what}) RETURN n
  UNION
  MATCH (n:IP {address: $what}) RETURN n
  UNION
  MATCH (n:Subnet {cidr: $what}) RETURN n
  UNION // ADDRESS:PORT
  UNWIND [split($what, CASE WHEN $what STARTS WITH '[' THEN ']:' ELSE ':' END)] AS parts
  MATCH (:IP {address: replace(parts[0], '[', '')})<-[:AT]-(n:Endpoint)
  WHERE size(parts) = 2 AND n.port = toInteger(parts[1])
  RETURN n
  UNION // SERVICE@HOST
  UNWIND [split($what, '@')] AS parts
  MATCH (on:Host {name: parts[1]})<-[:RUNS_ON]-(n:Process)
  WHERE n.name = parts[0] AND (NOT on:Container OR NOT EXISTS { MATCH (h:Host {name: parts[1]}) WHERE NOT h:Container })
  RETURN n
  UNION // SERVICE@HOST/CONTAINER
  UNWIND [split($what, '@')] AS parts
  UNWIND [split(parts[1], '/')] AS on
  MATCH (:Host {name: on[0]})<-[:RUNS_ON]-(c:Container)<-[:RUNS_ON]-(n:Process)
  WHERE c.name = on[1] AND n.name = parts[0]
  RETURN n
  UNION // HOST/INTERFACE
  UNWIND [split($what, '/')] AS parts
  MATCH (:Host {name: parts[0]})-[:HAS_NIC]->(n:NIC)
  WHERE n.name = parts[1]
  RETURN n
  UNION // SWITCH/PORT, of which both may have a '/' in their names
  MATCH (s:Switch)
  WHERE $what STARTS WITH s.key + '/' OR $what STARTS WITH s.name + '/'
  MATCH (s)<-[:PART_OF]-(n:Port)
  WHERE $what IN [s.key + '/' + n.name, s.name + '/' + n.name]
  RETURN n
}
WITH collect(n) AS asked
WITH asked, COLLECT { UNWIND asked AS h MATCH (h:Host)<-[:RUNS_ON*1..5]-(n) RETURN DISTINCT n } AS running
WITH asked, running, reduce(steps = [asked], hop IN range(1, CASE WHEN $depth < 30 THEN $depth ELSE 30 END) | steps + [COLLECT {
  UNWIND last(steps) + CASE hop WHEN 1 THEN running ELSE [] END AS n
  MATCH (n)-[:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO]->(m)
  RETURN DISTINCT m
}]) AS steps
WITH asked, running, steps, COLLECT { // of groups, and lost
  UNWIND steps AS level
  UNWIND level AS h
  MATCH (h:Host)-[need:DEPENDS_ON]->(o)
  WHERE need.of > 1
  WITH DISTINCT o
  MATCH (o)-[needs:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO*0..30]->(below)
  WHERE all(need IN needs WHERE coalesce(need.of, 1) = 1)
    AND (below.status <> 'up' OR EXISTS { (below)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) })
  RETURN DISTINCT o
} AS lost
WITH asked, running, steps, CASE size(lost) WHEN 0 THEN [] ELSE COLLECT { // needs of groups that are lost as a whole
  UNWIND steps AS level
  UNWIND level AS h
  MATCH (h:Host)-[need:DEPENDS_ON]->()
  WHERE 1 < need.of <= COUNT {
    MATCH (h)-[other:DEPENDS_ON]->(o)
    WHERE other.group = need.group AND o IN lost
  }
  RETURN DISTINCT need ORDER BY startNode(need).key, endNode(need).key LIMIT 1000
} END AS unmet
UNWIND range(0, size(steps) - 1) AS distance
UNWIND steps[distance] + CASE distance WHEN 0 THEN running ELSE [] END AS n
WITH asked, running, unmet, n, min(distance) AS distance
WHERE n.status <> 'up'
   OR EXISTS { (n)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) }
   OR EXISTS {
     MATCH (n:Endpoint)-[:AT]->(:IP)-[:ON]->(:NIC)-[:PART_OF]->(h:Host)<-[:DESCRIBES]-(told:Document {type: 'tcpdiscovery'})
     WHERE coalesce(h.status, 'up') = 'up' AND told.unreadable IS NULL
       AND NOT EXISTS { (n)-[:PROVIDED_BY]->(:Process) }
       AND EXISTS { (n)<-[need:CONNECTS_TO|DEPENDS_ON]-() WHERE coalesce(need.group, 'resolvers') = 'resolvers' }
   }
OPTIONAL MATCH (n)-[needs:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO*0..30]->(below)
WHERE NOT n:Endpoint AND all(need IN needs WHERE coalesce(need.of, 1) = 1 OR need IN unmet)
  AND (below.status <> 'up' OR EXISTS { (below)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) })
WITH DISTINCT asked, running, n, distance, below
WITH asked, running, n, distance, collect(below) AS below
WITH asked + running AS start, collect({n: n, distance: distance, below: below}) AS failed
UNWIND failed AS f
WITH start, f.n AS n, f.distance AS distance, failed, f
WHERE NOT any(deeper IN failed WHERE size(deeper.below) < size(f.below) AND deeper.n IN f.below)
WITH n, distance, CASE distance WHEN 0 THEN [n] ELSE head(COLLECT {
  UNWIND start AS s
  MATCH way = allShortestPaths((s)-[:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO*..30]->(n))
  WITH nodes(way) AS way
  WITH way, [o IN way | o.key] AS keys
  ORDER BY size(way), keys
  LIMIT 1
  RETURN way
}) END AS way, coalesce(
  head(COLLECT { MATCH (n)-[:RUNS_ON]->(h:Host) RETURN h ORDER BY h.key LIMIT 1 }),
  head(COLLECT { MATCH (n:Endpoint)-[:AT]->(:IP)-[:ON]->(:NIC)-[:PART_OF]->(h:Host) RETURN h ORDER BY h.key LIMIT 1 })
) AS h
RETURN distance,
       CASE WHEN n:Container THEN 'container' WHEN n:Service THEN 'service' WHEN n:Client THEN 'client'
            ELSE toLower(head(labels(n))) END AS kind,
       CASE WHEN n.port IS NULL THEN coalesce(n.name, n.exe, n.address, n.cidr, n.key)
            WHEN n.address CONTAINS ':' THEN '[' + n.address + ']:' + n.port ELSE n.address + ':' + n.port END AS name,
       coalesce(CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name,
                CASE WHEN n:Host THEN n.name END) AS host,
       CASE WHEN n.status <> 'up' THEN n.status
            WHEN n:Endpoint THEN 'unserved'
            WHEN EXISTS { (n)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) } THEN 'failed'
            WHEN NOT (n:Host OR n:Process) THEN n.operstate
            WHEN h:Container THEN coalesce(head(COLLECT { MATCH (h)-[:RUNS_ON]->(m:Host) RETURN m.status ORDER BY m.key }), 'up')
            ELSE coalesce(h.status, 'up') END AS state,
       coalesce(n.reason, CASE WHEN n:Endpoint THEN 'nothing listens there on ' + h.name END, head(COLLECT {
         MATCH (n)<-[:WATCHES]-(m:Monitor {status: 'failed'})
         WHERE coalesce(m.active, true)
         RETURN m.reason ORDER BY m.name LIMIT 1
       })) AS reason,
       n.status_since AS since,
       [o IN way | CASE WHEN o:Container THEN head([(o)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END +
         coalesce(o.name, o.exe,
           CASE WHEN o.port IS NULL THEN o.address
                WHEN o.address CONTAINS ':' THEN '[' + o.address + ']:' + o.port ELSE o.address + ':' + o.port END, o.key) +
         CASE WHEN o:Process THEN coalesce('@' +
           coalesce(head([(o)-[:RUNS_ON]->(:Container)-[:RUNS_ON]->(base:Host) | base.name + '/']), '') +
           head([(o)-[:RUNS_ON]->(on:Host) | on.name]), '') ELSE '' END] AS chain,
       n.key AS key
ORDER BY distance, host, name, key
