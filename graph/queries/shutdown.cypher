// title: Hosts that were shut down in order
// columns: host, reason, since
MATCH (h:Host {status: 'shutdown'})
RETURN h.name AS host, h.reason AS reason, h.status_since AS since
ORDER BY host
