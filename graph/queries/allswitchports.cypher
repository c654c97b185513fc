// title: Which port of which switch every interface is wired to
// columns: host, nic, switch, port
MATCH (h:Host)-[:HAS_NIC]->(n:NIC)-[:WIRED_TO]->(p:Port)-[:PART_OF]->(s:Switch)
RETURN h.name AS host, n.name AS nic, coalesce(s.name, s.key) AS switch, coalesce(p.name, p.key) AS port
ORDER BY host, nic, switch, port
