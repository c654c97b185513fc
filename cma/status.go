package cma

import (
	"net/http"

	"github.com/assim-mesh/assim/cache/sites"
	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/promtext"
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
		Audits: counts.Audits, AuditsRefused: c.stats.auditsRefused.Load(),
		MovesPassed:     c.stats.movesPassed.Load(),
		AddressesVacant: counts.Vacant, AddressesForgotten: c.stats.addressesForgotten.Load(),
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
	families := []promtext.Family{
		promtext.One("assim_cma_hosts", promtext.Gauge, "Hosts that the journal knows.", float64(s.Hosts)),
		promtext.One("assim_cma_documents", promtext.Gauge, "Documents held, the newest of each instance.", float64(s.Documents)),
		promtext.One("assim_cma_backlog_documents", promtext.Gauge, "Documents held that wait for the graph.", float64(s.Backlog)),
		promtext.One("assim_cma_received_documents_total", promtext.Counter, "Documents received.", float64(s.Received)),
		promtext.One("assim_cma_unchanged_documents_total", promtext.Counter, "Documents received with the content that was held.", float64(s.Unchanged)),
		promtext.One("assim_cma_refused_documents_total", promtext.Counter, "Documents received and not kept.", float64(s.Refused)),
		promtext.One("assim_cma_applied_documents_total", promtext.Counter, "Documents applied to the graph.", float64(s.Applied)),
		promtext.One("assim_cma_underivable_documents_total", promtext.Counter, "Documents kept that no graph can take.", float64(s.Underivable)),
		promtext.One("assim_cma_apply_failures_total", promtext.Counter, "Batches that the graph did not take and that were tried again.", float64(s.ApplyFailures)),
		promtext.One("assim_cma_queries_total", promtext.Counter, "Queries received.", float64(s.Queries)),
		promtext.One("assim_cma_events", promtext.Gauge, "Events held.", float64(s.Events)),
		promtext.One("assim_cma_received_events_total", promtext.Counter, "Reports of events received.", float64(s.EventsReceived)),
		promtext.One("assim_cma_duplicate_events_total", promtext.Counter, "Reports received of events that were known.", float64(s.EventsDuplicate)),
		promtext.One("assim_cma_refused_events_total", promtext.Counter, "Reports received and not kept.", float64(s.EventsRefused)),
		promtext.One("assim_cma_held_events", promtext.Gauge, "Events whose hooks wait until it shows whether they have a common cause.", float64(s.EventsHeld)),
		promtext.One("assim_cma_incidents", promtext.Gauge, "Common causes of deaths whose hosts are not all back.", float64(s.Incidents)),
		promtext.One("assim_cma_refused_signatures_total", promtext.Counter, "Reports that their witness's key did not sign.", float64(s.SignaturesRefused)),
		promtext.One("assim_cma_refused_keys_total", promtext.Counter, "Manifests and views under another key than the host's first.", float64(s.KeysRefused)),
		promtext.One("assim_cma_audits", promtext.Gauge, "Audits of searches held.", float64(s.Audits)),
		promtext.One("assim_cma_refused_audits_total", promtext.Counter, "Audits not kept because there were too many a second.", float64(s.AuditsRefused)),
		promtext.One("assim_cma_passed_over_moves_total", promtext.Counter, "Moves of addresses of which no event tells, because too many had moved.", float64(s.MovesPassed)),
		promtext.One("assim_cma_vacant_addresses", promtext.Gauge, "Addresses that none has any more and whose last host is remembered.", float64(s.AddressesVacant)),
		promtext.One("assim_cma_forgotten_addresses_total", promtext.Counter, "Addresses given up whose last host was forgotten in less than a day, because too many had been.", float64(s.AddressesForgotten)),
		promtext.One("assim_cma_hooks_run_total", promtext.Counter, "Runs of hooks that ended well.", float64(s.HooksRun)),
		promtext.One("assim_cma_hooks_failed_total", promtext.Counter, "Hooks given up for an event after the last try.", float64(s.HooksFailed)),
		promtext.One("assim_cma_pending_alerts", promtext.Gauge, "Events for which hooks are still to run.", float64(s.HooksPending)),
	}
	if c.Metrics != nil {
		families = append(families, c.Metrics()...)
	}
	w.Header().Set("Content-Type", promtext.ContentType)
	_, err = w.Write(promtext.Append(nil, families...))
	return err
}

// sites says where the caches are.
func (c *CMA) sites(*http.Request) ([]sites.Site, error) {
	if c.Sites == nil {
		return []sites.Site{}, nil // [] and not null
	}
	return c.Sites, nil
}
