package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/discovery/process"
)

// try runs a hook once and says what became of it.
func (h *Hooks) try(ctx context.Context, a attempt, told message) api.HookOutcome {
	ctx, cancel := context.WithTimeoutCause(ctx, h.Limit, fmt.Errorf("it did not end in %v", h.Limit))
	defer cancel()
	output := &process.Tail{Limit: api.MaxHookOutput}
	started := time.Now()
	input, err := json.Marshal(told)
	if err == nil {
		err = process.Program{
			Path: filepath.Join(h.Dir, a.hook), Args: []string{told.word, told.objectType},
			Env:   process.Environment(told.environment()...),
			Stdin: bytes.NewReader(input), Stdout: output, Stderr: output, Grace: h.Grace,
		}.Run(ctx)
	}
	outcome := api.HookOutcome{
		Name: a.hook, Tries: a.try, StartedMS: started.UnixMilli(), TookMS: time.Since(started).Milliseconds(),
		Output: output.String(),
	}
	if err != nil {
		outcome.Error, outcome.ExitCode = err.Error(), exitCode(err)
	}
	return outcome
}

// exitCode is that of a program that failed: -1 if it was killed or did not start.
func exitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
