package ring

import (
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// serfs are serf's agents with default settings, but for names, addresses and whom they join.
type serfs struct {
	mu   sync.Mutex
	said []serfEvent
}

// serfEvent is what an agent logged of a member.
type serfEvent struct {
	at           time.Time
	about, event string
}

// Events of serf's log.
const (
	memberFailed = "EventMemberFailed:"
	memberJoin   = "EventMemberJoin:"
)

func (s *serfs) start(t testing.TB, hosts ...*host) time.Duration {
	t.Helper()
	began := time.Now()
	for _, h := range hosts {
		cmd := h.command(*serf, "agent", "-node", h.name, "-bind", h.addr, "-rpc-addr", h.addr+":7373",
			"-retry-join", "10.78.0.1", "-retry-join", "10.78.0.2", "-retry-interval", "1s")
		h.probe = testbed.Start(t, "serf-"+h.name, cmd, s.hear)
	}
	return time.Since(began)
}

// hear takes a line such as "2006/01/02 15:04:05 [INFO] serf: EventMemberFailed: h2 10.78.0.2".
func (s *serfs) hear(line string) {
	at := time.Now()
	fields := strings.Fields(line)
	for i, event := range fields {
		if (event == memberFailed || event == memberJoin) && i+1 < len(fields) {
			s.mu.Lock()
			s.said = append(s.said, serfEvent{at, fields[i+1], event})
			s.mu.Unlock()
		}
	}
}

// joined asks the first host's agent, which knows as much as any.
func (s *serfs) joined(hosts ...*host) error {
	out, err := exec.Command("nsenter", "--net=/run/netns/"+hosts[0].name, "--",
		*serf, "members", "-rpc-addr", hosts[0].addr+":7373", "-status", "alive").CombinedOutput()
	if err != nil {
		return fmt.Errorf("serf members: %w: %s", err, out)
	}
	if n := strings.Count(string(out), "\n"); n != len(hosts) {
		return fmt.Errorf("%d members are alive, want %d", n, len(hosts))
	}
	return nil
}

func (s *serfs) first(about *host, died bool, since time.Time) (time.Time, error) {
	event := memberJoin
	if died {
		event = memberFailed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.said {
		if e.about == about.name && e.event == event && e.at.After(since) {
			return e.at, nil
		}
	}
	return time.Time{}, fmt.Errorf("no agent says %s %s", event, about.name)
}

func (s *serfs) end(t testing.TB, hosts []*host) {
	for _, h := range hosts {
		h.probe.Kill(t)
	}
}
