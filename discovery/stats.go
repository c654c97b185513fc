package discovery

import (
	"errors"
	"time"
)

// AgentStats is what became of an agent's turns since the Poller was made.
type AgentStats struct {
	Name         string        `json:"name"`
	Runs         uint64        `json:"runs"`                 // turns, whatever came of them
	Failures     uint64        `json:"failures"`             // turns that ended in an error other than ErrNotHere
	Documents    uint64        `json:"documents"`            // that Emit took
	LastDuration time.Duration `json:"last_duration_ns"`     // of the last Discover, or until it was given up
	LastError    string        `json:"last_error,omitempty"` // of the last turn; empty if it did not fail
	NotHere      bool          `json:"not_here,omitempty"`   // the host did not have the agent's subject
}

// Stats returns a snapshot, in the order of PollerConfig.Agents.
func (p *Poller) Stats() []AgentStats {
	stats := make([]AgentStats, 0, len(p.agents))
	for _, a := range p.agents {
		a.mu.Lock()
		stats = append(stats, a.stats)
		a.mu.Unlock()
	}
	return stats
}

// note counts a turn and logs what is new: an agent that fails every 20 s in the same way says so once.
func (a *polled) note(took time.Duration, taken bool, err error) {
	a.mu.Lock()
	s := &a.stats
	before := s.LastError
	s.Runs++
	s.LastDuration = took
	s.LastError = ""
	s.NotHere = errors.Is(err, ErrNotHere)
	if taken {
		s.Documents++
	}
	if err != nil && !s.NotHere {
		s.Failures++
		s.LastError = err.Error()
	}
	after := s.LastError
	a.mu.Unlock()

	var panicked *panicError
	switch {
	case after != before && errors.As(err, &panicked):
		a.logger.Error("agent panicked", "err", err, "stack", string(panicked.stack))
	case after != before && after != "":
		a.logger.Warn("agent failed", "err", err, "took", took)
	case before != "" && after == "":
		a.logger.Info("agent works again", "took", took)
	case err != nil:
		a.logger.Debug("agent passed over", "err", err)
	case taken:
		a.logger.Debug("document emitted", "took", took)
	}
}
