package fleet

import (
	"io/fs"
	"regexp"
	"testing"
)

// maxFaults bounds what is printed of one log.
const maxFaults = 20

// fault matches what our programs say of what went wrong: in their logs, and as their last words.
var fault = regexp.MustCompile(`(?m)^(\{.*"level":"(WARN|ERROR)"|(assim|cma|nanoprobe): |panic: |fatal error: ).*$`)

// printFaults prints the last faults of each log.
func printFaults(t testing.TB, logs fs.FS) {
	names, err := fs.Glob(logs, "*.log")
	if err != nil {
		t.Error(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(logs, name)
		if err != nil {
			t.Error(err)
		}
		faults := fault.FindAll(text, -1)
		for _, f := range faults[max(0, len(faults)-maxFaults):] {
			t.Logf("%s: %s", name, f)
		}
	}
}
