package cma

import (
	"bytes"
	"fmt"
	"net/http"

	"github.com/assim-mesh/assim/cma/api"
)

func (c *CMA) status(*http.Request) (api.Status, error) {
	counts, err := c.Journal.Counts()
	hooksRun, hooksFailed := c.hooks.Runs()
	return api.Status{
		Version: c.Version, StartedMS: c.started.UnixMilli(),
		Hosts: counts.Hosts, Documents: counts.Documents, Backlog: counts.Backlog,
		Received: c.stats.received.Load(), Unchanged: c.stats.unchanged.Load(), Refused: c.stats.refused.Load(),
		Applied: c.stats.applied.Load(), Underivable: c.stats.underivable.Load(),
		ApplyFailures: c.stats.applyFailures.Load(), Queries: c.stats.queries.Load(),
		Events: counts.Events, EventsReceived: c.stats.eventsReceived.Load(),
		EventsDuplicate: c.stats.eventsDuplicate.Load(), EventsRefused: c.stats.eventsRefused.Load(),
		SignaturesRefused: c.stats.signaturesRefused.Load(), KeysRefused: c.stats.keysRefused.Load(),
		Incidents: counts.Incidents, EventsHeld: counts.Held,
		HooksRun: hooksRun, HooksFailed: hooksFailed, HooksPending: counts.Alerts,
	}, err
}

// metrics writes the status as Prometheus reads it (text format 0.0.4).
func (c *CMA) metrics(w http.ResponseWriter, r *http.Request) error {
	s, err := c.status(r)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	for _, m := range []struct {
		name, kind, help string
		value            uint64
	}{
		{"hosts", "gauge", "Hosts that the journal knows.", uint64(s.Hosts)},
		{"documents", "gauge", "Documents held, the newest of each instance.", uint64(s.Documents)},
		{"backlog_documents", "gauge", "Documents held that wait for the graph.", uint64(s.Backlog)},
		{"received_documents_total", "counter", "Documents received.", s.Received},
		{"unchanged_documents_total", "counter", "Documents received with the content that was held.", s.Unchanged},
		{"refused_documents_total", "counter", "Documents received and not kept.", s.Refused},
		{"applied_documents_total", "counter", "Documents applied to the graph.", s.Applied},
		{"underivable_documents_total", "counter", "Documents kept that no graph can take.", s.Underivable},
		{"apply_failures_total", "counter", "Batches that the graph did not take and that were tried again.", s.ApplyFailures},
		{"queries_total", "counter", "Queries received.", s.Queries},
		{"events", "gauge", "Events held.", uint64(s.Events)},
		{"received_events_total", "counter", "Reports of events received.", s.EventsReceived},
		{"duplicate_events_total", "counter", "Reports received of events that were known.", s.EventsDuplicate},
		{"refused_events_total", "counter", "Reports received and not kept.", s.EventsRefused},
		{"held_events", "gauge", "Events whose hooks wait until it shows whether they have a common cause.", uint64(s.EventsHeld)},
		{"incidents", "gauge", "Common causes of deaths whose hosts are not all back.", uint64(s.Incidents)},
		{"refused_signatures_total", "counter", "Reports that their witness's key did not sign.", s.SignaturesRefused},
		{"refused_keys_total", "counter", "Manifests and views under another key than the host's first.", s.KeysRefused},
		{"hooks_run_total", "counter", "Runs of hooks that ended well.", s.HooksRun},
		{"hooks_failed_total", "counter", "Hooks given up for an event after the last try.", s.HooksFailed},
		{"pending_alerts", "gauge", "Events for which hooks are still to run.", uint64(s.HooksPending)},
	} {
		fmt.Fprintf(&out, "# HELP assim_cma_%s %s\n# TYPE assim_cma_%s %s\nassim_cma_%s %d\n", m.name, m.help, m.name, m.kind, m.name, m.value)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	_, err = w.Write(out.Bytes())
	return err
}
