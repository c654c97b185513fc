// title: What is called so
// param: what string: A host, container, switch, service or address; ADDRESS:PORT, SERVICE@HOST, HOST/CONTAINER, HOST/INTERFACE or SWITCH/PORT, a package or a subnet
// columns: kind, label, key, name, host, state
//
// Hosts, containers and switches are found by their ids as well. The name of a host means that host,
// though a container or a service is called so too: a container is HOST/CONTAINER then, and what runs in
// it SERVICE@HOST/CONTAINER. The queries impact, why and path begin like this one.
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
WITH n, head(COLLECT {
  MATCH (n)-[:RUNS_ON]->(h:Host) RETURN h ORDER BY h.key LIMIT 1
  UNION
  MATCH (n)-[:AT|ON|PART_OF*1..3]->(h:Host) RETURN h ORDER BY h.key LIMIT 1
}) AS h
RETURN CASE WHEN n:Container THEN 'container' WHEN n:Service THEN 'service' WHEN n:Client THEN 'client'
            ELSE toLower(head(labels(n))) END AS kind,
       head(labels(n)) AS label, n.key AS key,
       CASE WHEN n.port IS NULL THEN coalesce(n.name, n.exe, n.address, n.cidr, n.key)
            WHEN n.address CONTAINS ':' THEN '[' + n.address + ']:' + n.port ELSE n.address + ':' + n.port END AS name,
       coalesce(CASE WHEN h:Container THEN head([(h)-[:RUNS_ON]->(base:Host) | base.name + '/']) ELSE '' END + h.name,
                CASE WHEN n:Host THEN n.name END) AS host,
       CASE WHEN n.status <> 'up' THEN n.status
            WHEN EXISTS { (n)<-[:WATCHES]-(m:Monitor {status: 'failed'}) WHERE coalesce(m.active, true) } THEN 'failed'
            WHEN NOT (n:Host OR n:Process) THEN n.operstate
            WHEN h:Container THEN coalesce(head(COLLECT { MATCH (h)-[:RUNS_ON]->(m:Host) RETURN m.status ORDER BY m.key }), 'up')
            ELSE coalesce(h.status, 'up') END AS state
ORDER BY kind, host, name, key
