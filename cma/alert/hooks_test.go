package alert

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/assim-mesh/assim/cma/api"
	"github.com/assim-mesh/assim/nanoprobe/ring"
)

// hookDir makes a directory of shell scripts.
func hookDir(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// death is the event that web1 is dead.
func death(number uint64) api.EventRecord {
	e := ring.Event{
		Kind: ring.Dead, State: ring.HostDead, Witness: "w1", SecondedBy: []ring.HostID{"w2", "w3"}, SilentMS: 6500,
		Subject: ring.Member{ID: "id-web1", Name: "web1", Addr: "192.0.2.7:7946", Boot: 1700000000000, Epoch: 2},
	}
	return api.EventRecord{
		Number: number, ID: e.ID(), Event: e, HostName: "web1", Witnesses: []string{"w1", "w4"},
		ReceivedMS: 1_700_000_123_000, Status: "dead", HooksPending: true,
	}
}

// ledger holds the events of one test, and what becomes of them.
type ledger struct {
	events   []api.EventRecord
	outcomes map[string]api.HookOutcome // by "NUMBER/HOOK"
	noted    []string
	ended    chan uint64
}

// Waiting gives events their turns in the order in which they stand.
func (l *ledger) Waiting(after uint64, limit int) ([]Alert, error) {
	var waiting []Alert
	for i, e := range l.events {
		if turn := uint64(i + 1); turn > after && len(waiting) < limit {
			waiting = append(waiting, Alert{turn, e})
		}
	}
	return waiting, nil
}

func (l *ledger) Note(event uint64, o api.HookOutcome) error {
	key := fmt.Sprintf("%d/%s", event, o.Name)
	l.outcomes[key] = o
	l.noted = append(l.noted, key)
	return nil
}

func (l *ledger) End(event uint64) error {
	l.ended <- event
	return nil
}

// runAll runs the hooks of dir for events until all are over, and stops. No hook may take longer than
// limit, which is 30 s if 0.
func runAll(t *testing.T, dir string, limit time.Duration, events ...api.EventRecord) (*ledger, *Hooks, string) {
	t.Helper()
	l := &ledger{events: events, outcomes: map[string]api.HookOutcome{}, ended: make(chan uint64, len(events))}
	var log bytes.Buffer
	h, err := New(Config{
		Dir: dir, Events: Events{Waiting: l.Waiting, Note: l.Note, End: l.End},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
		Limit:  limit, Grace: 200 * time.Millisecond, Retry: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	stopped := make(chan error, 1)
	go func() { stopped <- h.Run(ctx) }()
	for range events {
		select {
		case <-l.ended:
		case <-ctx.Done():
			t.Fatalf("events not over after 30 s; noted %q", l.noted)
		}
	}
	cancel()
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	return l, h, log.String()
}

// TestHooks runs all that a hook can do, for one event and so at the same time.
func TestHooks(t *testing.T) {
	out := t.TempDir()
	dir := hookDir(t, map[string]string{
		"argv":       `echo "$@" "$(pwd)"`,
		"background": `sleep 60 & echo $! >` + out + `/child`,
		"deaf":       "exit 0",
		"env":        "env | LC_ALL=C sort",
		"fails":      `echo x >>` + out + `/fails; echo "no mail today" >&2; exit 3`,
		"gigabyte":   "yes | head -c 1073741824; echo the end",
		"killed":     "kill -9 $$",
		"once":       `test -e ` + out + `/once || { : >` + out + `/once; exit 1; }; echo at last`,
		"stdin1":     "cat >" + out + "/stdin1",
		"stdin2":     "cat >" + out + "/stdin2",
	})
	l, h, log := runAll(t, dir, 0, death(1))
	for _, want := range []api.HookOutcome{
		{Name: "argv", Tries: 1, Output: "down Drone /"},
		{Name: "background", Tries: 1},
		{Name: "deaf", Tries: 1},
		{Name: "fails", ExitCode: 3, Error: "exit status 3", Tries: 3, Output: "no mail today"},
		{Name: "gigabyte", Tries: 1, Output: strings.Repeat("y\n", api.MaxHookOutput/2)[8:] + "the end"},
		{Name: "killed", ExitCode: -1, Error: "signal: killed", Tries: 3},
		{Name: "once", Tries: 2, Output: "at last"},
		{Name: "stdin1", Tries: 1},
	} {
		checkOutcome(t, l, want)
	}
	if tries, err := os.ReadFile(out + "/fails"); err != nil || string(tries) != "x\nx\nx\n" {
		t.Errorf("fails ran %q, %v, want three times", tries, err)
	}
	if well, failed := h.Runs(); well != 8 || failed != 2 {
		t.Errorf("%d ran well and %d failed, want 8 and 2", well, failed)
	}
	if n := strings.Count(log, "hook failed"); n != 2 || !strings.Contains(log, "no mail today") {
		t.Errorf("%d failures told, want 2:\n%s", n, log)
	}
	checkInput(t, out+"/stdin1")
	checkInput(t, out+"/stdin2")
	checkEnvironment(t, l.outcomes["1/env"].Output)
	checkGone(t, out+"/child")
}

func checkOutcome(t *testing.T, l *ledger, want api.HookOutcome) {
	t.Helper()
	got := l.outcomes["1/"+want.Name]
	if got.StartedMS == 0 || got.TookMS < 0 {
		t.Errorf("%s: started at %d, took %d ms", want.Name, got.StartedMS, got.TookMS)
	}
	if got.StartedMS, got.TookMS = 0, 0; got != want {
		t.Errorf("%s: %.300q\nwant %.300q", want.Name, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want))
	}
}

// TestHangingHooks: each is ended, with all that it started, and tried again; no other waits for it.
func TestHangingHooks(t *testing.T) {
	out := t.TempDir()
	dir := hookDir(t, map[string]string{
		"hangs":    "echo began; sleep 60 & echo $! >" + out + "/child; wait",
		"stubborn": `trap "" TERM; sleep 60 & wait; wait`,
		"well":     "",
	})
	const tooLong = "it did not end in 400ms"
	other := death(2)
	other.Subject.ID = "id-web2" // or it would wait for the first
	l, _, _ := runAll(t, dir, 400*time.Millisecond, death(1), other)
	checkOutcome(t, l, api.HookOutcome{Name: "hangs", ExitCode: -1, Error: tooLong, Tries: 3, Output: "began"})
	checkOutcome(t, l, api.HookOutcome{Name: "stubborn", ExitCode: -1, Error: tooLong, Tries: 3})
	if took := l.outcomes["1/stubborn"].TookMS; took < 600 || took > 10_000 {
		t.Errorf("stubborn took %d ms, want little more than 400 and 200 until SIGKILL", took)
	}
	if first := slices.Sorted(slices.Values(l.noted[:2])); !slices.Equal(first, []string{"1/well", "2/well"}) {
		t.Errorf("noted %q, want those of the other hook first", l.noted)
	}
	checkGone(t, out+"/child")
}

func checkInput(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var told struct {
		Object    map[string]any `json:"associatedobject"`
		EventType int            `json:"eventtype"`
		Extra     struct {
			Kind      string   `json:"event_kind"`
			Witnesses []string `json:"witnesses"`
		} `json:"extrainfo"`
	}
	if err := json.Unmarshal(b, &told); err != nil {
		t.Fatalf("%s: %v: %q", path, err, b)
	}
	if told.EventType != 2 || told.Object["designation"] != "web1" || told.Extra.Kind != "dead" || !slices.Equal(told.Extra.Witnesses, []string{"w1", "w4"}) {
		t.Errorf("%s: %s", path, b)
	}
}

// checkEnvironment holds all that a hook finds there, but for what its shell adds.
func checkEnvironment(t *testing.T, got string) {
	t.Helper()
	want := `ASSIM_boot=1700000000000
ASSIM_designation=web1
ASSIM_domain=global
ASSIM_epoch=2
ASSIM_event_id=id-web1/1700000000000/2/dead
ASSIM_event_kind=dead
ASSIM_event_number=1
ASSIM_host_id=id-web1
ASSIM_iso8601=2023-11-14T22:15:23Z
ASSIM_listenaddr=192.0.2.7:7946
ASSIM_nodetype=Drone
ASSIM_port=7946
ASSIM_primary_ip_addr=192.0.2.7
ASSIM_reason=host dead
ASSIM_seconded_by=w2 w3
ASSIM_silent_ms=6500
ASSIM_status=dead
ASSIM_statustime=1700000123000
ASSIM_time_status_iso8601=2023-11-14T22:15:23Z
ASSIM_time_status_ms=1700000123000
ASSIM_witnesses=w1 w4
LANG=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`
	lines := slices.DeleteFunc(strings.Split(got, "\n"), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return slices.Contains([]string{"PWD", "OLDPWD", "SHLVL", "_"}, name)
	})
	if strings.Join(lines, "\n") != want {
		t.Errorf("environment\n%s\nwant\n%s", strings.Join(lines, "\n"), want)
	}
}

// checkGone: what a hook left running has been ended.
func checkGone(t *testing.T, pidFile string) {
	t.Helper()
	b, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	var pid int
	if _, err := fmt.Sscan(string(b), &pid); err != nil {
		t.Fatal(err)
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err == nil && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("process %d, which a hook left behind, lives: %s", pid, stat)
	}
}

// TestReturn: a host that came back is told of as up, and with what is known of it.
func TestReturn(t *testing.T) {
	e := ring.Event{Kind: ring.Alive, Witness: "id-web1", Subject: ring.Member{ID: "id-web1", Name: "web1", Boot: 9}}
	l, _, _ := runAll(t, hookDir(t, map[string]string{"say": `echo "$1 $ASSIM_status $ASSIM_reason ${ASSIM_listenaddr-none} ${ASSIM_seconded_by-none}"`}), 0,
		api.EventRecord{Number: 1, Event: e, HostName: "web1", Status: "up", HooksPending: true})
	if got, want := l.outcomes["1/say"].Output, "up up alive none none"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestHooksGoOn: of an event whose hooks ran in part before, only the others run.
func TestHooksGoOn(t *testing.T) {
	dir := hookDir(t, map[string]string{"a": "", "b": ""})
	first, second := death(1), death(2)
	first.Hooks = []api.HookOutcome{{Name: "a", Error: "exit status 1"}}
	second.Hooks = []api.HookOutcome{{Name: "a"}, {Name: "b"}}
	l, _, _ := runAll(t, dir, 0, first, second)
	if !slices.Equal(l.noted, []string{"1/b"}) {
		t.Errorf("noted %q, want 1/b alone", l.noted)
	}
}

// TestOrder: a hook sees the events of one host in their order, though the first needs another try.
func TestOrder(t *testing.T) {
	seen := t.TempDir() + "/seen"
	dir := hookDir(t, map[string]string{"a": `echo $ASSIM_event_number >>` + seen + `; test $(wc -l <` + seen + `) -gt 1`})
	runAll(t, dir, 0, death(1), death(3), death(2)) // the second was held for a while
	if got, err := os.ReadFile(seen); err != nil || string(got) != "1\n1\n3\n2\n" {
		t.Errorf("saw %q, %v", got, err)
	}
}

func TestNoHooks(t *testing.T) {
	for _, dir := range []string{"", filepath.Join(t.TempDir(), "none"), t.TempDir()} {
		if l, _, log := runAll(t, dir, 0, death(1)); len(l.noted) != 0 || log != "" {
			t.Errorf("%q: noted %q, log %q", dir, l.noted, log)
		}
	}
	if _, err := New(Config{Dir: filepath.Join(hookDir(t, map[string]string{"a": ""}), "a")}); err == nil {
		t.Error("a file in place of the directory is no error")
	}
}

// TestPassedOver: what can't be run is named, once.
func TestPassedOver(t *testing.T) {
	scripts := map[string]string{".hidden": "", "old~": "", "plain": ""}
	for i := range maxHooks + 1 {
		scripts[fmt.Sprintf("hook%02d", i)] = ""
	}
	dir := hookDir(t, scripts)
	if err := os.Chmod(filepath.Join(dir, "plain"), 0o644); err != nil {
		t.Fatal(err)
	}
	l, h, log := runAll(t, dir, 0, death(1))
	if _, err := h.list(); err != nil { // a further look
		t.Error(err)
	}
	if len(l.noted) != maxHooks || l.outcomes[fmt.Sprintf("1/hook%02d", maxHooks)].Name != "" {
		t.Errorf("ran %q, want the first %d", l.noted, maxHooks)
	}
	if n := strings.Count(log, "level=WARN"); n != 2 || !strings.Contains(log, `/plain err="not executable"`) || !strings.Contains(log, `hook16 err="there are 16 hooks before it`) {
		t.Errorf("%d warnings, want one of plain and one of the last:\n%s", n, log)
	}
}

// TestStop: hooks that run when it stops are ended, and their event is not over.
func TestStop(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "began")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	l := &ledger{events: []api.EventRecord{death(1)}, outcomes: map[string]api.HookOutcome{}}
	h, err := New(Config{
		Dir:    hookDir(t, map[string]string{"a": "echo >" + fifo + "; sleep 60"}),
		Events: Events{Waiting: l.Waiting, Note: l.Note, End: l.End}, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- h.Run(ctx) }()
	if _, err := os.ReadFile(fifo); err != nil { // until it has begun
		t.Fatal(err)
	}
	cancel()
	if err := <-stopped; err != nil || len(l.noted) != 0 {
		t.Errorf("stopped with %v, noted %q", err, l.noted)
	}
}
