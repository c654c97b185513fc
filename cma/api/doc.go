// Package api is what nanoprobe, CLI and CMA say to each other: the types on the wire, the fleet file
// from which both sides derive their secrets, and the client.
//
//	POST /v1/documents        Documents → Stored      a nanoprobe's changed documents; acknowledged when durable
//	POST /v1/manifests        Manifest → Lacking      which documents a nanoprobe has; what it names no more is withdrawn
//	POST /v1/events           Events → Stored         what witnesses report; acknowledged when durable
//	GET  /v1/events           → []EventRecord         ?after=NUMBER&limit=N&wait=SECONDS, newest last
//	POST /v1/audit            Audit → Stored          what a search read; acknowledged when durable
//	GET  /v1/audit            → []AuditRecord         as for events
//	POST /v1/rings            RingView → Stored       whom a nanoprobe watches
//	GET  /v1/ring             → []RingView            ?after=HOSTID&limit=N, the newest of each host that is up
//	POST /v1/query            Query → Rows            read-only query, named or ad hoc
//	GET  /v1/queries          → []NamedQuery          the named queries
//	GET  /v1/hosts            → []Host                every host with the age of its newest document
//	GET  /v1/hosts/{host}     → HostDetail            one host by name or id, with its documents
//	GET  /v1/hosts/{host}/doctor → Diagnosis          why it is thought dead, by whom, and who watches it
//	GET  /v1/down             → []Down                the hosts that are known to be dead or shut down
//	POST /v1/heard            HeardQuery → []Heard    how long ago some hosts were heard
//	GET  /v1/status           → Status                counters, backlog, versions
//	GET  /metrics                                     the same for Prometheus
//	GET  /healthz                                     "ok"; the only one for which a caller needs no secret
//
// It is HTTPS with JSON bodies, request bodies zstd-compressed above 1 KiB (Content-Encoding: zstd).
// Until enrolment exists, one secret per fleet authorizes every caller and one certificate, whose
// authority's fingerprint stands in the fleet file, identifies the CMA: see [Fleet].
//
// The package imports nothing of ours but the discovery.Document and ring.Event that it carries.
package api
