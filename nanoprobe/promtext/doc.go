// Package promtext writes, serves and reads metrics in Prometheus' text format 0.0.4:
//
//	# HELP assim_ring_missed_heartbeats_total Heartbeats that were not answered in time.
//	# TYPE assim_ring_missed_heartbeats_total counter
//	assim_ring_missed_heartbeats_total{ring="default/0",neighbour="db1"} 3
//
// A Family is one metric with its samples. Counters and gauges are all that there is: no histograms, no
// summaries, no timestamps, no comments but HELP and TYPE. Append writes any values whatever their
// characters; Parse is strict, so what it takes every reader of the format takes.
package promtext
