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

// NothingMatched is the exit status with which assim says that nothing was found.
const NothingMatched = 3

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

// Ask runs assim and decodes its answer. Nothing found is an empty answer.
func Ask[T any](c CLI, args ...string) (answer T, err error) {
	out, err := c.Run(args...)
	var status *exec.ExitError
	if errors.As(err, &status) && status.ExitCode() == NothingMatched {
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
