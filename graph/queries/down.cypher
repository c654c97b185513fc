// title: Hosts that are not up
// columns: host, status
MATCH (h:Host)
WHERE h.status <> 'up' // a host of which nothing is said is up: no news is good news
RETURN h.name AS host, h.status AS status
ORDER BY host
