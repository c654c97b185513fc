package nanoprobe

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/assim-mesh/assim/discovery"
	shipped "github.com/assim-mesh/assim/scripts/discovery"
)

// ScriptDirs says where discovery scripts are.
type ScriptDirs struct {
	Own     string // the user's; need not exist
	Shipped string // where those that come with the program are laid out; empty: they don't run
}

// BuiltIn returns the built-in agents of those names, in their usual order.
func BuiltIn(names []string) ([]discovery.Agent, error) {
	var chosen []discovery.Agent
	known := AgentNames()
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("agent %q is none of %s", name, strings.Join(known, ", "))
		}
	}
	for _, a := range discovery.Agents() {
		if slices.Contains(names, a.Name) {
			chosen = append(chosen, a)
		}
	}
	return chosen, nil
}

// AgentNames are the names of the built-in agents.
func AgentNames() (names []string) {
	for _, a := range discovery.Agents() {
		names = append(names, a.Name)
	}
	return names
}

// Agents returns the given built-in agents and the scripts, which run at the given interval. The first
// of a name counts: a built-in agent before the user's script before the shipped one.
func Agents(builtIn []discovery.Agent, dirs ScriptDirs, every time.Duration, logger *slog.Logger) ([]discovery.Agent, error) {
	agents := slices.Clone(builtIn)
	taken := map[string]bool{}
	for _, a := range agents {
		taken[a.Name] = true
	}
	own, err := discovery.Scripts(dirs.Own, every, nil, logger)
	if err != nil {
		return nil, err
	}
	for _, s := range own {
		if taken[s.Name] {
			logger.Warn("discovery script passed over: a built-in agent has its name", "script", s.Name)
			continue
		}
		taken[s.Name] = true
		agents = append(agents, s)
	}
	if dirs.Shipped == "" {
		return agents, nil
	}
	if err := shipped.Write(dirs.Shipped); err != nil {
		return nil, fmt.Errorf("shipped scripts: %w", err)
	}
	scripts, err := discovery.Scripts(dirs.Shipped, every, nil, logger)
	for _, s := range scripts {
		if !taken[s.Name] {
			agents = append(agents, s)
		}
	}
	return agents, err
}
