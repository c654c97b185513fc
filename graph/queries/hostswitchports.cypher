// title: Which port of which switch the interfaces of a host are wired to
// param: host string: Name of the host
// columns: host, nic, switch, port
MATCH (h:Host {name: $host})-[:HAS_NIC]->(n:NIC)-[:WIRED_TO]->(p:Port)-[:PART_OF]->(s:Switch)
RETURN h.name AS host, n.name AS nic, coalesce(s.name, s.key) AS switch, coalesce(p.name, p.key) AS port
ORDER BY nic, switch, port
