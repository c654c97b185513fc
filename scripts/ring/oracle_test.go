package ring

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// verdict is an event as the nanoprobe that witnessed it logged it.
type verdict struct {
	at      time.Time
	witness string
	kind    ring.Kind
	about   string // name of the host
}

// hear takes a line that a nanoprobe has logged.
func (f *fleet) hear(witness, line string) {
	at := time.Now()
	if !strings.Contains(line, `"ring event"`) {
		return
	}
	var said struct {
		Kind ring.Kind `json:"kind"`
		Host string    `json:"host"`
	}
	if json.Unmarshal([]byte(line), &said) != nil {
		return // a line in two parts is none of ours
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.verdicts = append(f.verdicts, verdict{at, witness, said.Kind, said.Host})
}

// first returns when a nanoprobe first logged after since that the host has died, or is back.
func (f *fleet) first(about *host, died bool, since time.Time) (time.Time, error) {
	kind := ring.Alive
	if died {
		kind = ring.Dead
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, v := range f.verdicts {
		if v.kind == kind && v.about == about.name && v.at.After(since) {
			return v.at, nil
		}
	}
	return time.Time{}, fmt.Errorf("no nanoprobe logs that %s is %s", about.name, kind)
}

// logged returns what nanoprobes have logged since then.
func (f *fleet) logged(since time.Time) []verdict {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(f.verdicts), func(v verdict) bool { return v.at.Before(since) })
}

// fact is what the oracle compares: an event less its time, witnesses and numbers.
type fact struct {
	kind  ring.Kind
	about string // name of the host, or the segment
	state ring.HostState
}

func factOf(e api.EventRecord) fact {
	switch e.Kind {
	case ring.SwitchDown, ring.SegmentDown, ring.Restored:
		return fact{kind: e.Kind, about: e.Segment}
	}
	return fact{e.Kind, e.HostName, e.State}
}

func dead(state ring.HostState, hosts ...*host) []fact { return facts(ring.Dead, state, hosts...) }
func alive(hosts ...*host) []fact                      { return facts(ring.Alive, "", hosts...) }

func facts(kind ring.Kind, state ring.HostState, hosts ...*host) (all []fact) {
	for _, h := range hosts {
		all = append(all, fact{kind, h.name, state})
	}
	return all
}

// scene is the time in which one fault is done and undone.
type scene struct {
	*fleet
	t     testing.TB
	began time.Time
	from  int    // its first event in fleet.events
	calls int    // lines of the hook's that were there
	want  []fact // each once
	may   []fact // what else may be told, as often as it is; empty fields match all
}

func (f *fleet) scene(t testing.TB) *scene {
	f.mu.Lock()
	defer f.mu.Unlock()
	return &scene{fleet: f, t: t, began: time.Now(), from: len(f.events), calls: len(f.hookCalls(t))}
}

// told returns the scene's events.
func (s *scene) told() []api.EventRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.events[s.from:])
}

// expect waits until each fact was told and returns how long the first verdict on each of them took
// since the time that is given, sorted.
func (s *scene) expect(since time.Time, within time.Duration, wanted ...fact) []time.Duration {
	s.t.Helper()
	s.want = append(s.want, wanted...)
	testbed.Eventually(s.t, within-time.Since(since), func() error {
		told := s.told()
		for _, w := range wanted {
			if !slices.ContainsFunc(told, func(e api.EventRecord) bool { return factOf(e) == w }) {
				return fmt.Errorf("of %d facts, %+v was not told, only %v", len(wanted), w, summary(told))
			}
		}
		return nil
	})
	return s.latencies(since, wanted)
}

// latencies are the times from since to the first verdict on each fact, as the witnesses logged them, or
// as the CMA was told what it found out itself.
func (s *scene) latencies(since time.Time, wanted []fact) (all []time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, w := range wanted {
		i := slices.IndexFunc(s.verdicts, func(v verdict) bool { return v.kind == w.kind && v.about == w.about && v.at.After(since) })
		if i >= 0 {
			all = append(all, s.verdicts[i].at.Sub(since))
			continue
		}
		i = slices.IndexFunc(s.events[s.from:], func(e api.EventRecord) bool { return factOf(e) == w })
		all = append(all, time.UnixMilli(s.events[s.from+i].ReceivedMS).Sub(since))
	}
	slices.Sort(all)
	return all
}

// allow excuses further events.
func (s *scene) allow(may ...fact) { s.may = append(s.may, may...) }

// rest waits until nothing more was told for a while, of what hosts kept to themselves while they were cut
// off.
func (s *scene) rest() {
	s.t.Helper()
	told, since := len(s.told()), time.Now()
	testbed.Eventually(s.t, 2*patience, func() error {
		if n := len(s.told()); n != told {
			told, since = n, time.Now()
		}
		if time.Since(since) < 4*time.Second {
			return fmt.Errorf("event %d of the scene came %v ago", told, time.Since(since))
		}
		return nil
	})
}

// end holds all that was told in the scene against what had to be.
func (s *scene) end() {
	s.t.Helper()
	events := s.told()
	told := make([]fact, len(events))
	for i, e := range events {
		told[i] = factOf(e)
	}
	wrong, missing := judge(told, s.want, s.may)
	for _, i := range wrong {
		e := events[i]
		s.t.Errorf("told %+v by %v %.1f s after the scene began, which was not so, or was told before; silent for %d ms, loss %d %%",
			told[i], s.names(e.Witnesses), time.UnixMilli(e.ReceivedMS).Sub(s.began).Seconds(), e.SilentMS, e.LossPct)
	}
	for _, w := range missing {
		s.t.Errorf("not told: %+v", w)
	}
}

// judge returns which of the facts that were told were neither wanted, each once, nor allowed, and which
// wanted ones were not told.
func judge(told, want, may []fact) (wrong []int, missing []fact) {
	missing = slices.Clone(want)
	for i, got := range told {
		if at := slices.Index(missing, got); at >= 0 {
			missing = slices.Delete(missing, at, at+1)
		} else if !slices.ContainsFunc(may, got.matches) {
			wrong = append(wrong, i)
		}
	}
	return wrong, missing
}

// names are those of the hosts with these ids.
func (f *fleet) names(ids []string) (names []string) {
	for _, h := range f.hosts {
		if slices.Contains(ids, h.id) {
			names = append(names, h.name)
		}
	}
	return names
}

// matches reports whether f is one of those that pattern means.
func (f fact) matches(pattern fact) bool {
	return (pattern.kind == "" || pattern.kind == f.kind) && (pattern.about == "" || pattern.about == f.about) &&
		(pattern.state == "" || pattern.state == f.state)
}

// summary counts facts by kind, for messages.
func summary(told []api.EventRecord) map[ring.Kind]int {
	kinds := map[ring.Kind]int{}
	for _, e := range told {
		kinds[e.Kind]++
	}
	return kinds
}
