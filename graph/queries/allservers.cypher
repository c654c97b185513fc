// title: Every host of the fleet with its status, but for containers
// columns: host, status
MATCH (h:Host)
WHERE NOT h:Container
RETURN h.name AS host, coalesce(h.status, 'up') AS status
ORDER BY host
