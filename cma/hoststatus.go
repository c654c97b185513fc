package cma

import (
	"encoding/json"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/assim-mesh/assim/cma/derive"
	"github.com/assim-mesh/assim/discovery"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// What a host can be.
const (
	statusUp       = "up"
	statusDead     = "dead"
	statusUnknown  = "unknown" // it went with what it hangs on: nobody can tell how it is
	statusShutdown = "shutdown"
)

// maxRound bounds the incidents that one appearance of a host lives through: 21 bits of its sequence.
const maxRound = 1<<21 - 1

// hostStatus says how a host is in one of its appearances, which (Boot, Epoch) number.
//
// Each appearance begins up, may be found dead, may then turn out to be one of many that are cut off, and
// may at last turn out to have shut down, which the host itself said. So all that is ever said of a host
// has one order, (boot, epoch, status), whatever the order in which it arrives: a death that is told late
// does not override the return after it. A host that was cut off and is heard again need not know of it,
// and is up in the same appearance: that is its next round, in which the same may happen again.
type hostStatus struct {
	derive.HostStatus
	Boot uint64
}

// statusOf returns what an event says of how its subject is, unless that is nothing.
func statusOf(e ring.Event, now time.Time) (s hostStatus, says bool) {
	s.Boot, s.Epoch, s.SinceMS = e.Subject.Boot, e.Subject.Epoch, now.UnixMilli()
	switch e.Kind {
	case ring.Dead:
		s.Status, s.Reason = statusDead, string(e.State)
	case ring.Shutdown:
		s.Status, s.Reason = statusShutdown, string(ring.ShutDown)
	case ring.Alive, ring.Restarted:
		s.Status = statusUp
	default:
		return hostStatus{}, false
	}
	return s, true
}

// sequence makes (boot, sequence) order documents as their statuses are ordered.
func (s hostStatus) sequence() uint64 {
	rank := map[string]uint64{statusUp: 1, statusDead: 2, statusUnknown: 3, statusShutdown: 4}
	return uint64(s.Epoch)<<24 | uint64(min(s.Round, maxRound))<<3 | rank[s.Status]
}

// sameAppearance reports whether both are of one appearance of the host.
func (s hostStatus) sameAppearance(as hostStatus) bool {
	return s.Boot == as.Boot && s.Epoch == as.Epoch
}

// document makes the CMA's own document of s.
func (s hostStatus) document(host HostRecord, now time.Time) (discovery.Document, error) {
	origin := discovery.Origin{Host: host.Name, HostID: host.ID, Boot: s.Boot}
	return discovery.Seal(discovery.Agent{Name: derive.StatusDocument}, s.HostStatus, origin, s.sequence(), now)
}

// readStatus is the inverse of hostStatus.document.
func readStatus(d discovery.Document) (hostStatus, error) {
	s := hostStatus{Boot: d.Boot}
	if err := json.Unmarshal(d.Data, &s.HostStatus); err != nil {
		return s, fmt.Errorf("%w: status of host id %q: %w", ErrDamaged, d.HostID, err)
	}
	return s, nil
}

// status returns what holds of a host, and whether anything does.
func (j *Journal) status(tx *bbolt.Tx, hostID string) (s hostStatus, known bool, err error) {
	held, known, err := j.load(tx, documentKey{HostID: hostID, Instance: derive.StatusDocument})
	if err != nil || !known {
		return s, known, err
	}
	s, err = readStatus(held.Document)
	return s, true, err
}

// readStatus fills in what holds of a host.
func (j *Journal) readStatus(tx *bbolt.Tx, host *HostRecord) error {
	s, known, err := j.status(tx, host.ID)
	if known {
		host.status = &s
	}
	return err
}

// turn makes to the status of a host that the journal has, if it is newer than what holds. It reports
// whether the host went down or came back up by it. What is said of an appearance is said of its present
// round; but a death of a host that is unknown, and of no incident any more, begins the next.
func (p *put) turn(host HostRecord, to hostStatus) (changed bool, err error) {
	was, known, err := p.status(p.tx, host.ID)
	if err != nil {
		return false, err
	}
	if known && to.sameAppearance(was) {
		to.Round = max(to.Round, was.Round)
		if to.Status == statusDead && was.Status == statusUnknown && host.Incident == "" {
			to.Round++
		}
	}
	changed = to.Status != statusUp || known && was.Status != statusUp
	if known && !changed {
		to.SinceMS = was.SinceMS // it was up all along
	}
	d, err := to.document(host, p.now)
	if err != nil {
		return false, err
	}
	held, isHeld, err := p.held(host.ID, d.Instance)
	if err != nil || isHeld && !d.Newer(held.version()) {
		return false, err
	}
	if !isHeld {
		p.meta.Statuses++
	}
	return changed, p.keep(d, held, isHeld)
}

// appear notes that a host, which the journal has, is there itself in the boot and epoch of self. If it
// was down it is back, which it testifies itself: the ring may have had no witness.
func (p *put) appear(host HostRecord, self ring.Member) error {
	was, known, err := p.status(p.tx, host.ID)
	if err == nil && was.Status == statusUnknown && host.Incident == "" && was.Boot == self.Boot && was.Epoch == self.Epoch {
		return p.heardAgain(host) // its incident is over without it
	}
	if err != nil || known && !(self.Boot > was.Boot || self.Boot == was.Boot && self.Epoch > was.Epoch) {
		return err
	}
	e := ring.Event{Kind: ring.Alive, Witness: self.ID, Subject: self}
	if known && was.Status != statusUp {
		_, err = p.event(e)
		return err
	}
	up, _ := statusOf(e, p.now)
	_, err = p.turn(host, up)
	return err
}
