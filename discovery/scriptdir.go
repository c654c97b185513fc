package discovery

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/assim-mesh/assim/discovery/process"
)

// Scripts returns an agent for each program in dir, in the order of their names; none if dir is not
// there. Hidden files, directories and what editors and package managers leave are passed over; any
// other file that can't be run, or whose name no instance may have, is passed over with a warning.
func Scripts(dir string, every time.Duration, env []string, logger *slog.Logger) ([]Agent, error) {
	unfit := func(path string, err error) {
		logger.Warn("discovery script passed over", "script", path, "err", err)
	}
	paths, err := process.Executables(dir, unfit)
	var agents []Agent
	for _, path := range paths {
		if err := checkName("name", filepath.Base(path)); err != nil {
			unfit(path, err)
			continue
		}
		agents = append(agents, Script(path, every, env))
	}
	return agents, err
}
