package testbed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// CLI is the program assim with a configuration.
type CLI struct{ Program, Config string }

// Run returns what assim prints as JSON. Its error has what it said on stderr.
func (c CLI) Run(args ...string) ([]byte, error) {
	var said bytes.Buffer
	cmd := exec.Command(c.Program, append(args, "--json", "--config", c.Config)...)
	cmd.Stderr = &said
	answer, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("assim %s: %w: %s", strings.Join(args, " "), err, said.Bytes())
	}
	return answer, err
}

// NothingMatched reports whether a run of assim ended with the exit status that says that there is nothing
// of what was asked for, which is an answer too.
func NothingMatched(err error) bool {
	const nothing = 3
	var status *exec.ExitError
	return errors.As(err, &status) && status.ExitCode() == nothing
}

// Ask runs assim and decodes its answer. Nothing found is an empty answer.
func Ask[T any](c CLI, args ...string) (answer T, err error) {
	out, err := c.Run(args...)
	if NothingMatched(err) {
		err = nil
	}
	if err == nil && len(out) > 0 {
		err = json.Unmarshal(out, &answer)
	}
	return answer, err
}

// Query asks the graph and returns each row as JSON text.
func (c CLI) Query(text ...string) (rows []string, err error) {
	answer, err := Ask[struct {
		Rows []json.RawMessage `json:"rows"`
	}](c, append([]string{"query"}, text...)...)
	for _, row := range answer.Rows {
		var line bytes.Buffer
		if err := json.Compact(&line, row); err != nil {
			return nil, err
		}
		rows = append(rows, line.String())
	}
	return rows, err
}
