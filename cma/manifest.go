package cma

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cma/api"
)

// manifest tells a nanoprobe what is lacking here, and withdraws what it has no more.
func (c *CMA) manifest(r *http.Request) (api.Lacking, error) {
	var m api.Manifest
	if err := c.decode(r, &m); err != nil {
		return api.Lacking{}, err
	}
	if n := len(m.Instances); n > api.MaxManifest {
		return api.Lacking{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d instances, at most %d", n, api.MaxManifest)
	}
	if err := validateMember(m.Self()); err != nil {
		return api.Lacking{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", err)
	}
	lacking, result, err := c.Journal.PutManifest(m, time.Now())
	if err == nil && result.Outcome == Refused {
		err = refuse(http.StatusConflict, api.CodeConflict, "%s", result.Reason)
	}
	c.tell()
	return lacking, err
}

func (c *CMA) ringView(r *http.Request) (api.Stored, error) {
	var v api.RingView
	if err := c.decode(r, &v); err != nil {
		return api.Stored{}, err
	}
	if n := len(v.Watching); n > api.MaxNeighbours {
		return api.Stored{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d neighbours, at most %d", n, api.MaxNeighbours)
	}
	err := validateMember(v.Self())
	for _, neighbour := range v.Watching {
		if err == nil {
			err = validateMember(neighbour)
		}
	}
	if err != nil {
		return api.Stored{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", err)
	}
	result, err := c.Journal.PutRingView(v, time.Now())
	if err == nil && result.Outcome == Refused {
		err = refuse(http.StatusConflict, api.CodeConflict, "%s", result.Reason)
	}
	c.tell()
	return api.Stored{Stored: 1}, err
}

func (c *CMA) ring(*http.Request) ([]api.RingView, error) {
	views, err := c.Journal.Ring()
	slices.SortFunc(views, func(a, b api.RingView) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.HostID, b.HostID))
	})
	return orEmpty(views), err
}
