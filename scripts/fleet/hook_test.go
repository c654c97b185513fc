package fleet

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
	"github.com/assim-mesh/assim/scripts/testbed"
)

// hookLimit is how long after the end of a nanoprobe the hook must have run.
const hookLimit = 15 * time.Second

// recordHook keeps what it is told in files named by the event's number. The last one comes into place
// when all are whole.
const recordHook = `#!/bin/sh
at=%s/$ASSIM_event_number
env >"$at.env"
cat >"$at.json"
echo "$@" >"$at.part"
mv "$at.part" "$at.args"
`

// badHooks do what hooks should not when the last host is dead, and nothing otherwise.
var badHooks = map[string]string{
	"fails":    "echo 'no mail server' >&2; exit 3",
	"gigabyte": "yes | head -c 1073741824",
	"hangs":    "sleep 3600",
}

// installHooks makes the CMA's hooks.
func (f *fleet) installHooks(t testing.TB) {
	t.Helper()
	if err := os.MkdirAll(f.path("said"), 0o700); err != nil {
		t.Fatal(err)
	}
	testbed.Write(t, f.path("hooks/record"), 0o755, recordHook, f.path("said"))
	testbed.Write(t, f.path("hooks/unexecutable"), 0o644, "#!/bin/sh\n")
	for name, bad := range badHooks {
		testbed.Write(t, f.path("hooks/"+name), 0o755, "#!/bin/sh\n[ \"$ASSIM_designation $ASSIM_status\" = 'h6 dead' ] || exit 0\n%s\n", bad)
	}
}

// hookCall is what the recording hook was told of an event.
type hookCall struct {
	args  string
	env   map[string]string
	ended time.Time
	told  struct {
		Object    map[string]any `json:"associatedobject"`
		EventType int            `json:"eventtype"`
	}
}

// hookCalls returns all calls with the recording hook that are complete.
func (f *fleet) hookCalls() (calls []hookCall, err error) {
	files, err := filepath.Glob(f.path("said/*.args"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		at := strings.TrimSuffix(file, ".args")
		args, err1 := os.ReadFile(file)
		env, err2 := os.ReadFile(at + ".env")
		told, err3 := os.ReadFile(at + ".json")
		info, err4 := os.Stat(file)
		if err := errors.Join(err1, err2, err3, err4); err != nil {
			return nil, err
		}
		c := hookCall{args: strings.TrimSpace(string(args)), env: map[string]string{}, ended: info.ModTime()}
		if err := json.Unmarshal(told, &c.told); err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(env)) {
			name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			c.env[name] = value
		}
		calls = append(calls, c)
	}
	return calls, nil
}

// called waits until the recording hook was told of an event since then that h came to a status, and
// checks what else it was told.
func (f *fleet) called(t testing.TB, h *host, status string, since time.Time) hookCall {
	t.Helper()
	var call hookCall
	testbed.Eventually(t, hookLimit, func() error {
		calls, err := f.hookCalls()
		for _, c := range calls {
			if c.env["ASSIM_designation"] == h.Name && c.env["ASSIM_status"] == status && told(c, since) {
				call = c
				return nil
			}
		}
		return fmt.Errorf("no hook was told that %s is %s, %v", h.Name, status, err)
	})
	for name, want := range map[string]string{
		"ASSIM_nodetype": "Drone", "ASSIM_host_id": h.id,
		"ASSIM_listenaddr": h.addr + ":7946", "ASSIM_primary_ip_addr": h.addr, "ASSIM_port": "7946",
	} {
		if call.env[name] != want {
			t.Errorf("%s is %s: %s=%q, want %q", h.Name, status, name, call.env[name], want)
		}
	}
	args, eventType := "down Drone", 2
	if status == "up" {
		args, eventType = "up Drone", 1
	}
	if call.args != args || call.told.EventType != eventType || call.told.Object["designation"] != h.Name || call.told.Object["status"] != status {
		t.Errorf("%s is %s: hook called with %q and told %+v, want %q, event type %d", h.Name, status, call.args, call.told, args, eventType)
	}
	return call
}

// told reports whether the event of a call is from after a time, by the millisecond.
func told(c hookCall, since time.Time) bool {
	ms, ok := c.told.Object["time_status_ms"].(float64)
	return ok && int64(ms) >= since.UnixMilli()
}

// checkHooks looks at what became of the hooks that misbehaved, minutes ago, when the last host died.
// That the recording hook ran in time all the same is seen there.
func checkHooks(t *testing.T, f *fleet) {
	if err := f.cma.Says("hook passed over", "unexecutable", "not executable"); err != nil {
		t.Error(err)
	}
	var outcomes map[string]api.HookOutcome
	testbed.Eventually(t, 3*time.Minute, func() (err error) { // 30 s a try, and three of them
		outcomes, err = f.deathOutcomes(f.hosts[hostCount-1])
		return err
	})
	for name, want := range map[string]struct {
		exitCode, tries int
		said, printed   string
	}{
		"record":   {0, 1, "", ""},
		"fails":    {3, 3, "exit status 3", "no mail server"},
		"gigabyte": {0, 1, "", "y\ny\ny"},
		"hangs":    {-1, 3, "did not end in 30s", ""},
	} {
		o := outcomes[name]
		if o.ExitCode != want.exitCode || o.Tries != want.tries || (o.Error == "") != (want.said == "") || !strings.Contains(o.Error, want.said) ||
			!strings.Contains(o.Output, want.printed) || len(o.Output) > api.MaxHookOutput {
			t.Errorf("hook %s: %+v, want %+v", name, o, want)
		}
	}
}

// deathOutcomes returns what became of each hook for the death of h, when all have come to an end.
func (f *fleet) deathOutcomes(h *host) (map[string]api.HookOutcome, error) {
	events, err := f.events()
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		if e.HostName != h.Name || e.Kind != ring.Dead || e.HooksPending {
			continue
		}
		outcomes := map[string]api.HookOutcome{}
		for _, o := range e.Hooks {
			outcomes[o.Name] = o
		}
		return outcomes, nil
	}
	return nil, fmt.Errorf("no event with all its hooks at their ends says that %s died", h.Name)
}
