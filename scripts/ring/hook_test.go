package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/assim-mesh/assim/scripts/testbed"
)

// countHook writes a line a call.
const countHook = `#!/bin/sh
echo "$ASSIM_event_kind $ASSIM_designation" >>%s
`

// hookCalls are the lines of the hook that counts.
func (f *fleet) hookCalls(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile(f.path("calls"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")[:strings.Count(string(text), "\n")]
}

// hooks are the calls since the scene began.
func (s *scene) hooks() []string { return s.hookCalls(s.t)[s.calls:] }

// wantHooks waits until the hook has been called with these lines, and fails if it was with others.
func (s *scene) wantHooks(want ...string) {
	s.t.Helper()
	slices.Sort(want)
	testbed.Eventually(s.t, patience, func() error {
		calls := s.hooks()
		slices.Sort(calls)
		if !slices.Equal(calls, want) {
			return fmt.Errorf("the hook was called with %q, want %q", calls, want)
		}
		return nil
	})
}
