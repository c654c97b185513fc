package cma

import (
	"net/http"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

// heard answers how the hosts are that a request names, from the journal alone.
func (c *CMA) heard(r *http.Request) ([]api.Heard, error) {
	var q api.HeardQuery
	if err := c.decode(r, &q); err != nil {
		return nil, err
	}
	if len(q.Hosts) > api.MaxHeard {
		return nil, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d hosts in one request, at most %d", len(q.Hosts), api.MaxHeard)
	}
	now := time.Now().UnixMilli()
	all := []api.Heard{}
	for _, name := range q.Hosts {
		record, ok, err := c.Journal.FindHost(name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		h := api.Heard{ID: record.ID, Name: record.Name, Status: statusUp, SeenMS: record.SeenMS, AgeMS: now - record.SeenMS}
		if record.status != nil {
			h.Status, h.Reason = record.status.Status, record.status.Reason
		}
		all = append(all, h)
	}
	return all, nil
}
