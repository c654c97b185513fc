// title: Every host of the fleet with its status
// columns: host, status
MATCH (h:Host)
RETURN h.name AS host, coalesce(h.status, 'up') AS status
ORDER BY host
