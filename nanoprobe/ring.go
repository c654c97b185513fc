package nanoprobe

import (
	"cmp"
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/backbone"
	"github.com/assim-mesh/assim/nanoprobe/mesh"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// Ring is how the nanoprobe takes part in the mesh; see mesh.Config for the fields.
type Ring struct {
	Bind, Advertise string
	Seeds           []string
	Key             []byte // 32 bytes that all hosts of the fleet share
	Profile         ring.Profile
	Group           string
	Sizes           backbone.Sizes // of rings on every level; zero: the usual ones
}

func (n *Nanoprobe) meshConfig() mesh.Config {
	c := mesh.Config{
		HostID: ring.HostID(n.cfg.Identity.HostID), Name: n.cfg.Identity.Name, Boot: n.cfg.Identity.Boot, Key: n.cfg.Identity.Key,
		Bind: n.cfg.Ring.Bind, Advertise: n.cfg.Ring.Advertise, Seeds: n.cfg.Ring.Seeds, RingKey: n.cfg.Ring.Key,
		Group: n.cfg.Ring.Group, BaseSizes: n.cfg.Ring.Sizes, AboveSizes: n.cfg.Ring.Sizes, Segments: n.cfg.Labels.segments(),
		Profile: n.cfg.Ring.Profile, Logger: n.cfg.Logger, Rand: n.cfg.Rand, Report: n.report,
	}
	if n.cma != nil {
		c.CMAAway = n.cma.away
	}
	return c
}

// standing is how this host stands in the fleet, as it tells a CMA. It reports false while its address
// is not known yet; without a ring there is none to know.
func (n *Nanoprobe) standing() (api.RingView, bool) {
	v := api.RingView{
		HostID: n.cfg.Identity.HostID, Host: n.cfg.Identity.Name, Boot: n.cfg.Identity.Boot, Key: n.cfg.Identity.publicKey(),
	}
	if n.mesh == nil {
		v.Segments = n.attachment.segments("")
		return v, true
	}
	self := n.mesh.Self()
	v.Epoch, v.Addr, v.Segments = self.Epoch, self.Addr, n.attachment.segments(self.Addr)
	for _, r := range n.mesh.Rings() {
		v.Rings = append(v.Rings, ringMember(r))
		for _, o := range r.Watching {
			if !slices.Contains(v.Watching, o.Member) { // in two rings it may be the same
				v.Watching = append(v.Watching, o.Member)
			}
		}
	}
	v.Rings = v.Rings[:min(len(v.Rings), api.MaxRings)]
	v.Watching = v.Watching[:min(len(v.Watching), api.MaxNeighbours)]
	slices.SortFunc(v.Watching, func(a, b ring.Member) int { return cmp.Compare(a.ID, b.ID) })
	return v, self.Addr != ""
}

func ringMember(r mesh.RingStatus) api.RingMember {
	m := api.RingMember{Level: r.Level, Name: r.Name, Label: r.Label, Members: len(r.Members)}
	if r.Office {
		m.Office = "representative"
	}
	return m
}

// report takes an event from the mesh, which calls it for one at a time, and has it delivered with
// this host's signature.
func (n *Nanoprobe) report(e ring.Event) {
	n.cfg.Logger.Info("ring event", "kind", e.Kind, "host", e.Subject.Name, "host_id", e.Subject.ID, "state", e.State,
		"ring", e.Ring, "segment", e.Segment, "members", len(e.Members))
	if n.cma == nil {
		return
	}
	n.events++
	e.Number = n.events
	n.cma.events.put(e.ID(), e.Sign(n.cfg.Identity.Key))
}

// standingEvery is how often it is looked whether the host stands as it did.
const standingEvery = 2 * time.Second

// tellStanding tells the rings what this host hangs on, and the CMA that and whom it watches, whenever
// it changes, until ctx is done.
func (n *Nanoprobe) tellStanding(ctx context.Context) {
	ticker := time.NewTicker(standingEvery)
	defer ticker.Stop()
	told := api.RingView{Segments: n.cfg.Labels.segments()} // which the mesh was made with
	for {
		if view, known := n.standing(); known && !reflect.DeepEqual(view, told) {
			if !slices.Equal(view.Segments, told.Segments) {
				n.mesh.SetSegments(view.Segments)
			}
			if n.cma != nil {
				n.cma.tellView()
			}
			told = view
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
