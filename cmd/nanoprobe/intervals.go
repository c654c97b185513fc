package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/assim-mesh/assim/cmd/config"
	"github.com/assim-mesh/assim/discovery"
)

// agentIntervals are by the names of built-in agents.
type agentIntervals map[string]config.Duration

// Bounds of an agent's interval: one that looks more often is a load, and one that looks less is off.
const (
	minAgentEvery = time.Second
	maxAgentEvery = 30 * 24 * time.Hour
)

// maxLinger bounds how long what a process was connected to counts: past a week nobody remembers either.
const maxLinger = 7 * 24 * time.Hour

// remember lets the agent of services, if it is among those, remember for so long.
func remember(agents []discovery.Agent, linger time.Duration) error {
	if linger < 0 || linger > maxLinger {
		return fmt.Errorf("%v, it is 0s, which is off, to %v", linger, maxLinger)
	}
	services := discovery.TCPDiscovery(linger)
	for i := range agents {
		if agents[i].Name == services.Name {
			agents[i].Discover = services.Discover
		}
	}
	return nil
}

// set changes how often those of the agents look that have an interval here. What is wrong is said of the
// first by name.
func (i agentIntervals) set(agents []discovery.Agent) error {
	for _, name := range slices.Sorted(maps.Keys(i)) {
		every := time.Duration(i[name])
		at := slices.IndexFunc(agents, func(a discovery.Agent) bool { return a.Name == name })
		switch {
		case at < 0:
			return fmt.Errorf("agent %q is none of those that run", name)
		case every < minAgentEvery || every > maxAgentEvery:
			return fmt.Errorf("%s: %v, it is %v to %v", name, every, minAgentEvery, maxAgentEvery)
		}
		agents[at].Every = every
	}
	return nil
}
