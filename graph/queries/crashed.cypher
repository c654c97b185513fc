// title: Hosts that went silent without saying so
// columns: host, reason, since
MATCH (h:Host {status: 'dead'})
RETURN h.name AS host, h.reason AS reason, h.status_since AS since
ORDER BY host
