package nanoprobe

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/assim-mesh/assim/discovery"
	shipped "github.com/assim-mesh/assim/scripts/discovery"
)

// ScriptDirs says where discovery scripts are.
type ScriptDirs struct {
	Own     string // the user's; need not exist
	Shipped string // where those that come with the program are laid out; empty: they don't run
}

// Agents returns the built-in agents and the scripts, which run at the given interval. The first of a
// name counts: a built-in agent before the user's script before the shipped one.
func Agents(dirs ScriptDirs, every time.Duration, logger *slog.Logger) ([]discovery.Agent, error) {
	agents := discovery.Agents()
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
