package cause

// Kind says what a Grouper decided.
type Kind string

// What can be decided.
const (
	Released Kind = "released" // Hosts died, and nothing but themselves explains it; or not any more, see Incident
	Opened   Kind = "opened"   // Hosts are cut off by one cause, Segment
	Joined   Kind = "joined"   // Hosts are cut off by the cause of an incident that is open
	Back     Kind = "back"     // Hosts were heard again
	Restored Kind = "restored" // of the incident's hosts at least half, Hosts, were heard again, or all that still could be
	Merged   Kind = "merged"   // Claim is explained by Incident; an empty one: its hosts have all been heard since
)

// Decision is what is to be told of hosts. Decisions come in the order in which they were taken.
type Decision struct {
	Kind     Kind
	Hosts    []string // sorted
	Incident string   // id; of Released: the incident that is over and left these hosts behind
	Segment  string   // of Opened and Restored
	Claim    string   // of Merged: its id
	// Elsewhere is of Opened: how many hosts that are not known here are cut off as well, as far as was told.
	Elsewhere int
}

// Incident is a common cause and its hosts, as its driver keeps it over a restart.
type Incident struct {
	// ID is that of its first claim. Without one it is made of the segment and of the lowest of the hosts
	// that died with its appearance: who sees the same deaths comes to the same id.
	ID       string   `json:"id"`
	Segment  string   `json:"segment"`
	Missing  []string `json:"missing"` // not heard since, sorted; with none left the incident is over
	Back     []string `json:"back"`    // heard again, in their order
	Gone     int      `json:"gone"`    // hosts that have left for good
	Restored bool     `json:"restored"`
}

// Ready is what came of the inputs since it was last asked for.
type Ready struct {
	Decisions []Decision
	Incidents []Incident // those that changed, as they are now
}

// Ready returns what is to be done, and forgets it.
func (g *Grouper) Ready() Ready {
	r := Ready{Decisions: g.decisions}
	g.decisions = nil
	kept := g.incidents[:0]
	for _, i := range g.incidents {
		if i.changed {
			i.changed = false
			r.Incidents = append(r.Incidents, i.snapshot())
		}
		if len(i.missing) > 0 {
			kept = append(kept, i)
		}
	}
	clear(g.incidents[len(kept):])
	g.incidents = kept
	return r
}

func (g *Grouper) tell(d Decision) { g.decisions = append(g.decisions, d) }
