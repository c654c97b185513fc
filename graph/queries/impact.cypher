// title: What falls with a thing, by distance, and what is at risk
// param: what string: A host, container, switch, service or address; ADDRESS:PORT, SERVICE@HOST, HOST/CONTAINER, HOST/INTERFACE or SWITCH/PORT
// param: depth int = 20: How many dependencies to follow in a row, at most 30
// columns: distance, kind, name, host, state, risk, key
//
// Who needs one of a group (see Group in package graph) is at risk when one of it falls, and so is who
// depends on what is at risk; who has lost the whole group falls. Both are seen to the full depth, for
// hosts, containers, processes and switches; addresses, interfaces and ports are only passed through.
// Rows of distance 0 are what was asked for; several things of one name fall together.
//
// Not seen: that a service might have a stand-in, since nothing in the graph says so of processes. Of
// more than 20,000 things that fall and 2,000 at risk at one distance the rest is told but not followed,
// and of all rows the 50,000 nearest are told: beyond that the answer is the fleet.
//
// A step looks at what fell last: at its members of groups first, so that a group is known to be lost
// when its last member falls. What is met again on a longer way is walked again, and the nearest way
// counts; therefore a step goes from a process to its endpoint only if hosts need that, since processes
// that connect to it are met by DEPENDS_ON.
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
WITH collect(n) AS start
WITH reduce(steps = [{falls: start, risk: [], lost: []}], hop IN range(1, CASE WHEN $depth < 30 THEN $depth ELSE 30 END) |
  steps + head([
  lost IN [steps[hop - 1].lost + COLLECT {
    UNWIND steps[hop - 1].falls[..20000] AS n
    MATCH (n:Switch|IP|Endpoint)<-[need:DEPENDS_ON]-(:Host)
    WHERE need.of > 1
    RETURN DISTINCT n
  }] | {
    lost: lost,
    falls: COLLECT {
      UNWIND steps[hop - 1].falls[..20000] AS n
      MATCH (n)<-[need:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO]-(m)
      WHERE (NOT n:Process OR NOT m:Endpoint OR EXISTS { (m)<-[:DEPENDS_ON]-(:Host) })
        AND (coalesce(need.of, 1) = 1 OR need.of <= COUNT {
          MATCH (m)-[other:DEPENDS_ON]->(o)
          WHERE other.group = need.group AND o IN lost
        })
      RETURN DISTINCT m
    },
    risk: COLLECT {
      UNWIND steps[hop - 1].falls[..20000] AS n
      MATCH (n:Switch|IP|Endpoint)<-[need:DEPENDS_ON]-(m:Host)
      WHERE need.of > 1
      RETURN DISTINCT m
      UNION
      UNWIND steps[hop - 1].risk[..2000] AS n
      MATCH (n)<-[:RUNS_ON|CONNECTS_TO|PROVIDED_BY|DEPENDS_ON|AT|ON|PART_OF|WIRED_TO]-(m)
      RETURN DISTINCT m
    }
  }
])) AS steps
UNWIND range(0, size(steps) - 1) AS distance
CALL {
  WITH steps, distance
  UNWIND steps[distance].falls AS n
  RETURN n, 'falls' AS risk
  UNION ALL
  WITH steps, distance
  UNWIND steps[distance].risk AS n
  RETURN n, 'at risk' AS risk
}
WITH n, min(distance) AS distance, max(risk) AS risk // 'falls' is the greater of the two
WHERE n:Host OR n:Process OR n:Switch
WITH n, distance, risk
ORDER BY distance, risk DESC, n.key
LIMIT 50000
WITH n, distance, risk, head(COLLECT { MATCH (n)-[:RUNS_ON]->(h:Host) RETURN h ORDER BY h.key LIMIT 1 }) AS h
RETURN distance,
       CASE WHEN n:Container THEN 'container' WHEN n:Service THEN 'service' WHEN n:Client THEN 'client'
            ELSE toLower(head(labels(n))) END AS kind,
       coalesce(n.name, n.exe, n.key) AS name,
       coalesce(CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name,
                CASE WHEN n:Host THEN n.name END) AS host,
       CASE WHEN n.status <> 'up' THEN n.status
            WHEN EXISTS { (n)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) } THEN 'failed'
            WHEN NOT (n:Host OR n:Process) THEN n.operstate
            WHEN h:Container THEN coalesce(head(COLLECT { MATCH (h)-[:RUNS_ON]->(m:Host) RETURN m.status ORDER BY m.key }), 'up')
            ELSE coalesce(h.status, 'up') END AS state,
       risk, n.key AS key
ORDER BY distance, risk DESC, host, name, key
