package nanoprobe

import "github.com/assim-mesh/assim/nanoprobe/promtext"

// metrics are all that is counted on this host.
func (n *Nanoprobe) metrics() []promtext.Family {
	all := n.deliveryMetrics()
	all = append(all, n.caches.metrics()...)
	all = append(all, n.agentMetrics()...)
	if n.mesh != nil {
		all = append(all, meshMetrics(n.mesh.Stats())...)
	}
	return all
}

// family is a metric of this program.
func family(name string, kind promtext.Type, help string) promtext.Family {
	return promtext.Family{Name: "assim_nanoprobe_" + name, Type: kind, Help: help}
}

func label(name, value string) promtext.Label { return promtext.Label{Name: name, Value: value} }

func (n *Nanoprobe) deliveryMetrics() []promtext.Family {
	var all []deliveryStats
	if n.cma != nil {
		all = append(all, n.cma.documents.stats(), n.cma.events.stats(), n.cma.views.stats())
	}
	for _, c := range n.caches.running() {
		all = append(all, c.box.stats())
	}
	waiting := family("outbox_items", promtext.Gauge, "Items that a destination has not stored yet.")
	refused := family("outbox_refused_items_total", promtext.Counter, "Items dropped because too many waited for the destination.")
	delivered := family("delivered_items_total", promtext.Counter, "Items that a destination has stored.")
	failed := family("failed_deliveries_total", promtext.Counter, "Batches that a destination did not take and that are tried again.")
	for _, s := range all {
		to := label("destination", s.Name)
		waiting.Add(float64(s.Waiting), to)
		refused.Add(float64(s.Refused), to)
		delivered.Add(float64(s.Delivered), to)
		failed.Add(float64(s.Failures), to)
	}
	return []promtext.Family{waiting, refused, delivered, failed}
}

func (n *Nanoprobe) agentMetrics() []promtext.Family {
	runs := family("agent_runs_total", promtext.Counter, "Turns of a discovery agent, whatever came of them.")
	failures := family("agent_failures_total", promtext.Counter, "Turns of a discovery agent that failed.")
	documents := family("agent_documents_total", promtext.Counter, "Changed documents that a discovery agent found.")
	took := family("agent_duration_seconds", promtext.Gauge, "How long the last turn of a discovery agent took.")
	for _, s := range n.poller.Stats() {
		agent := label("agent", s.Name)
		runs.Add(float64(s.Runs), agent)
		failures.Add(float64(s.Failures), agent)
		documents.Add(float64(s.Documents), agent)
		took.Add(s.LastDuration.Seconds(), agent)
	}
	return []promtext.Family{runs, failures, documents, took}
}
