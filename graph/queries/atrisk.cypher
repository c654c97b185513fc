// title: What falls and what is at risk through all that has failed now
// param: depth int = 20: How many dependencies to follow in a row, at most 30
// columns: distance, kind, name, host, state, risk, key
//
// It is the query impact, asked of all at once that is not up and that a monitor in force finds failed:
// a group is lost here whose members failed one by one. Rows of distance 0 are what has failed.
CALL { // what has failed
  MATCH (n:Host|Switch)
  WHERE n.status <> 'up'
  RETURN n
  UNION
  MATCH (m:Monitor {status: 'failed'})-[:WATCHES]->(n)
  WHERE coalesce(m.active, true)
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
