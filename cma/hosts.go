package cma

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/graph"
)

// maxDetailBytes bounds the documents' data in one answer; see api.HostDetail.
const maxDetailBytes = api.MaxAnswerBytes / 2

// What the graph knows of hosts that the journal does not. %s is empty or picks the host with id $id.
const (
	hostFacts     = "MATCH (h:Host%s) RETURN h.key, h.os, COUNT { (h)<-[:RUNS_ON]-(:Service) }"
	hostAddresses = "MATCH (h:Host%s)-[:HAS_NIC]->(:NIC)<-[:ON]-(i:IP) RETURN DISTINCT h.key, i.address"
)

func (c *CMA) hosts(r *http.Request) ([]api.Host, error) {
	records, err := c.Journal.Hosts()
	if err != nil {
		return nil, err
	}
	hosts, err := c.describe(r.Context(), records, "", nil)
	slices.SortFunc(hosts, func(a, b api.Host) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return hosts, err
}

// down lists the hosts whose news are old by their death.
func (c *CMA) down(*http.Request) ([]api.Down, error) {
	records, err := c.Journal.Hosts()
	if err != nil {
		return nil, err
	}
	all := []api.Down{}
	for _, r := range records {
		if r.status != nil && (r.status.Status == statusDead || r.status.Status == statusShutdown) {
			all = append(all, api.Down{ID: r.ID, Name: r.Name, Status: r.status.Status, SinceMS: r.status.SinceMS})
		}
	}
	slices.SortFunc(all, func(a, b api.Down) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, nil
}

func (c *CMA) hostDetail(r *http.Request) (api.HostDetail, error) {
	record, err := c.findHost(r)
	if err != nil {
		return api.HostDetail{}, err
	}
	held, err := c.Journal.Documents(record.ID, maxDetailBytes)
	if err != nil {
		return api.HostDetail{}, err
	}
	host, err := c.describeOne(r.Context(), record)
	if err != nil {
		return api.HostDetail{}, err
	}
	detail := api.HostDetail{Host: host, Sealed: []api.DocumentState{}}
	for _, h := range held {
		if h.Instance == derive.StatusDocument {
			continue // it stands in detail.Host
		}
		detail.Sealed = append(detail.Sealed, api.DocumentState{
			Document: h.Document, ReceivedMS: h.Received.UnixMilli(), Applied: h.Applied, Refused: h.Refused,
		})
	}
	return detail, nil
}

// findHost returns the host that a request names.
func (c *CMA) findHost(r *http.Request) (HostRecord, error) {
	name := r.PathValue("host")
	record, ok, err := c.Journal.FindHost(name)
	if err == nil && !ok {
		err = refuse(http.StatusNotFound, api.CodeNotFound, "no host has the name or id %q", name)
	}
	return record, err
}

func (c *CMA) describeOne(ctx context.Context, record HostRecord) (api.Host, error) {
	hosts, err := c.describe(ctx, []HostRecord{record}, " {key: $id}", map[string]any{"id": record.ID})
	return hosts[0], err
}

// describe adds to what the journal knows of hosts what the graph does.
func (c *CMA) describe(ctx context.Context, records []HostRecord, pick string, params map[string]any) ([]api.Host, error) {
	now := time.Now().UnixMilli()
	hosts := make([]api.Host, len(records))
	byID := make(map[any]*api.Host, len(records))
	for i, r := range records {
		hosts[i] = api.Host{
			ID: r.ID, Name: r.Name, Status: statusUp, Addrs: []string{},
			Documents: r.Documents, SeenMS: r.SeenMS, AgeMS: now - r.SeenMS,
		}
		if r.status != nil {
			hosts[i].Status, hosts[i].Reason, hosts[i].SinceMS = r.status.Status, r.status.Reason, r.status.SinceMS
		}
		byID[r.ID] = &hosts[i]
	}
	err := c.describeByGraph(ctx, byID, pick, params)
	if errors.Is(err, graph.ErrUnavailable) { // who asks wants to know who is up above all
		for i := range hosts {
			hosts[i].GraphAway = true
		}
		err = nil
	}
	return hosts, err
}

// describeByGraph adds what only the graph knows.
func (c *CMA) describeByGraph(ctx context.Context, byID map[any]*api.Host, pick string, params map[string]any) error {
	facts, err := c.Store.Query(ctx, fmt.Sprintf(hostFacts, pick), params)
	if err != nil {
		return err
	}
	for _, row := range facts.Rows {
		if h := byID[row[0]]; h != nil {
			h.OS, _ = row[1].(string)
			services, _ := row[2].(int64)
			h.Services = int(services)
		}
	}
	addresses, err := c.Store.Query(ctx, fmt.Sprintf(hostAddresses, pick), params)
	if err != nil {
		return err
	}
	for _, row := range addresses.Rows {
		text, _ := row[1].(string)
		if h := byID[row[0]]; h != nil && isReachable(text) {
			h.Addrs = append(h.Addrs, text)
		}
	}
	for _, h := range byID {
		slices.Sort(h.Addrs)
	}
	return nil
}

// isReachable reports whether an address is one that other hosts may reach.
func isReachable(text string) bool {
	addr, err := netip.ParseAddr(text)
	return err == nil && !addr.IsLoopback() && !addr.IsLinkLocalUnicast()
}
