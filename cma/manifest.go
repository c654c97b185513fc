package cma

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/cause"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// maxLevel bounds the levels of rings: of a 32-bit prefix, each takes at least one bit.
const maxLevel = 32

// manifest tells a nanoprobe what is lacking here, and withdraws what it has no more.
func (c *CMA) manifest(r *http.Request) (api.Lacking, error) {
	var m api.Manifest
	if err := c.decode(r, &m); err != nil {
		return api.Lacking{}, err
	}
	if n := len(m.Instances); n > api.MaxManifest {
		return api.Lacking{}, refuse(http.StatusRequestEntityTooLarge, api.CodeBadRequest, "%d instances, at most %d", n, api.MaxManifest)
	}
	err := errors.Join(validateMember(m.Self()), validateHost(m.Segments, m.Key))
	if err != nil {
		return api.Lacking{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", err)
	}
	lacking, result, err := c.Journal.PutManifest(m, time.Now())
	return lacking, c.greeted(m.HostID, m.Segments, result, err)
}

// greeted takes the journal's answer to a host that says that it is there.
func (c *CMA) greeted(hostID string, segments []string, result PutResult, err error) error {
	switch {
	case err != nil:
		return err
	case result.Outcome == Refused:
		return refuse(http.StatusConflict, api.CodeConflict, "%s", result.Reason)
	}
	if result.OtherKey {
		c.stats.keysRefused.Add(1)
		c.Logger.Warn("host shows another key than its first, which stays", "host_id", hostID)
	}
	c.roll.enrol(hostID, segments)
	c.tell()
	return nil
}

func (c *CMA) ringView(r *http.Request) (api.Stored, error) {
	var v api.RingView
	if err := c.decode(r, &v); err != nil {
		return api.Stored{}, err
	}
	if err := validateView(v); err != nil {
		return api.Stored{}, refuse(http.StatusBadRequest, api.CodeBadRequest, "%v", err)
	}
	result, err := c.Journal.PutRingView(v, time.Now())
	return api.Stored{Stored: 1}, c.greeted(v.HostID, v.Segments, result, err)
}

// validateHost checks what a host says that it hangs on, and its key.
func validateHost(segments []string, key []byte) error {
	if n := len(key); n != 0 && n != ed25519.PublicKeySize {
		return fmt.Errorf("key of %d bytes, an ed25519 public key has %d", n, ed25519.PublicKeySize)
	}
	return cause.ValidateSegments(segments)
}

// validateView checks a view that came from elsewhere.
func validateView(v api.RingView) error {
	switch {
	case len(v.Watching) > api.MaxNeighbours:
		return fmt.Errorf("%d neighbours, at most %d", len(v.Watching), api.MaxNeighbours)
	case len(v.Rings) > api.MaxRings:
		return fmt.Errorf("%d rings, at most %d", len(v.Rings), api.MaxRings)
	}
	err := errors.Join(validateMember(v.Self()), validateHost(v.Segments, v.Key))
	for _, neighbour := range v.Watching {
		err = errors.Join(err, validateMember(neighbour))
	}
	for _, r := range v.Rings {
		err = errors.Join(err, validateText(r.Name), validateText(r.Label), validateText(r.Office))
		if r.Level < 0 || r.Level > maxLevel || r.Members < 0 || r.Members > ring.MaxMembers {
			err = errors.Join(err, fmt.Errorf("ring %q of level %d with %d members: 0 to %d, 0 to %d", r.Name, r.Level, r.Members, maxLevel, ring.MaxMembers))
		}
	}
	return err
}

// ring answers with the views of hosts that are up, by pages.
func (c *CMA) ring(r *http.Request) ([]api.RingView, error) {
	values, limit := r.URL.Query(), api.MaxRingViews
	for name := range values {
		if name != "after" && name != "limit" {
			return nil, refuse(http.StatusBadRequest, api.CodeBadRequest, "%q is none of after and limit", name)
		}
	}
	if text := values.Get("limit"); text != "" {
		var err error
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > api.MaxRingViews {
			return nil, refuse(http.StatusBadRequest, api.CodeBadRequest, "limit %q, it is 1 to %d", text, api.MaxRingViews)
		}
	}
	views, err := c.Journal.Ring(values.Get("after"), limit)
	return orEmpty(views), err
}
