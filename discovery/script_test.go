package discovery

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// writeScript writes a program into a new directory and returns its path.
func writeScript(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "probe")
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScript(t *testing.T) {
	t.Setenv("SECRET", "of the nanoprobe")
	path := writeScript(t, `#!/bin/sh
read line && exit 9
echo '{"discovertype":"env","description":"what it sees","host":"elsewhere","instance":"a#b","extra":1,'
echo "\"data\":{\"args\":\"$*\",\"dir\":\"$(pwd)\",\"env\":\"$(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^PATH= -e ^OLDPWD= | LC_ALL=C sort | tr '\n' ' ')\"}}"
`)
	agent := Script(path, time.Hour, []string{"ASSIM_filelist=/etc/passwd"})
	v, err := agent.Discover(t.Context(), Host{})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Seal(agent, v, testOrigin, 1, testTime)
	if err != nil {
		t.Fatal(err)
	}
	if doc.Host != "db1" || doc.Instance != "probe" || doc.DiscoverType != "env" || doc.Description != "what it sees" {
		t.Errorf("%+v, want our host, the script's name as instance, its own type and description", doc)
	}
	want := `{"args":"discover","dir":"/","env":"ASSIM_PROXY_PATH=local/local ASSIM_filelist=/etc/passwd LANG=C "}`
	if string(doc.Data) != want {
		t.Errorf("data %s, want %s", doc.Data, want)
	}
}

// TestScriptRefused: each way to break the contract has an error that says which script, what, where.
func TestScriptRefused(t *testing.T) {
	const sh = "#!/bin/sh\n"
	tests := []struct {
		name, text string
		want       string // the error after the script's name; "..." stands for any text
		is         error
	}{
		{"nothing printed", sh, "printed nothing", nil},
		{"no JSON", sh + "echo hello world", `output is not JSON: byte 1: invalid character 'h' looking for beginning of value: "hello world\n"`, nil},
		{"a trailing comma", sh + `echo '{"discovertype":"x","data":{"a":1,}}'`,
			`output is not JSON: byte 35: invalid character '}' looking for beginning of object key string: "{\"discovertype\":\"x\",\"data\":{\"a\":1,}}\n"`, nil},
		{"cut off", sh + `echo '{"discovertype":"x",'`, `output is not JSON: byte 21: unexpected end of JSON input: "{\"discovertype\":\"x\",\n"`, nil},
		{"two documents", sh + `echo '{"discovertype":"x","data":{}} {}'`, `output is not JSON: byte 32: invalid character '{' after top-level value: ...`, nil},
		{"a list", sh + `echo '[]'`, "output is no envelope: json: cannot unmarshal array into Go value of type discovery.Envelope", nil},
		{"a number for a type", sh + `echo '{"discovertype":5,"data":{}}'`, "output is no envelope: ...discovertype...", nil},
		{"no type", sh + `echo '{"data":{}}'`, "discovertype is empty", nil},
		{"no data", sh + `echo '{"discovertype":"x"}'`, "data is missing", nil},
		{"data is a list", sh + `echo '{"discovertype":"x","data":[1,2]}'`, `data is not an object: it begins "[1,2]"`, nil},
		{"too deep", sh + `printf '%0100d' 0 | tr 0 '['`, "byte 64: more than 64 levels: document nested too deep", ErrTooDeep},
		{"too much", sh + `yes '{"discovertype":"x"}'`, "printed more than 4194304 bytes: document too large", ErrTooLarge},
		{"fails", sh + "echo no disk >&2; exit 1", `exit status 1: "no disk"`, nil},
		{"fails and says nothing", sh + "exit 3", "exit status 3, and nothing on standard error", nil},
		{"fails after a document", sh + `echo '{"discovertype":"x","data":{}}'; exit 1`, "exit status 1, and nothing on standard error", nil},
		{"says a lot", sh + `printf '%09999d' 7 >&2; exit 1`, `exit status 1: "` + strings.Repeat("0", maxStderrBytes-1) + `7"`, nil},
		{"kills itself", sh + "kill -9 $$", "signal: killed, and nothing on standard error", nil},
		{"not installed", sh + "exit 5", "not on this host", ErrNotHere},
		{"no #! line", "echo '{}'", "neither a binary for this machine nor a text that begins with #!: ...exec format error", syscall.ENOEXEC},
		{"no interpreter", "#!/no/such/sh\n", "does not start: ...no such file or directory", os.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := writeScript(t, tt.text)
			_, err := Script(path, time.Hour, nil).Discover(t.Context(), Host{})
			checkScriptError(t, path, err, tt.want, tt.is)
		})
	}
	t.Run("not executable", func(t *testing.T) {
		path := writeScript(t, sh)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Script(path, time.Hour, nil).Discover(t.Context(), Host{})
		checkScriptError(t, path, err, "does not start: ...permission denied", os.ErrPermission)
	})
}

func checkScriptError(t *testing.T, path string, err error, want string, is error) {
	t.Helper()
	before, after, dots := strings.Cut(want, "...")
	prefix := fmt.Sprintf("script %q: ", path)
	if err == nil || !strings.HasPrefix(err.Error(), prefix+before) || !dots && err.Error() != prefix+want || !strings.Contains(err.Error(), strings.Trim(after, ".")) {
		t.Errorf("error %v, want %s%s", err, prefix, want)
	}
	if is != nil && !errors.Is(err, is) {
		t.Errorf("error %v is not %v", err, is)
	}
}

// TestScriptEnds: a script ends with its time, and whatever it started ends with it.
func TestScriptEnds(t *testing.T) {
	const document = `echo '{"discovertype":"x","data":{}}'` + "\n"
	tests := []struct {
		name, text  string
		least, most time.Duration
		want        string // of the error
	}{
		{"hangs", "sleep 60\n", 200 * time.Millisecond, killGrace, "did not end in time: context deadline exceeded"},
		{"hangs and ignores SIGTERM", "trap '' TERM\nsleep 60\n", killGrace, killGrace + 10*time.Second, "did not end in time: context deadline exceeded"},
		{"ends well when told to", "trap 'exit 0' TERM\n" + document + "sleep 60 & wait\n", 200 * time.Millisecond, killGrace + 10*time.Second, "did not end in time: context deadline exceeded"},
		{"leaves a child that holds its output", document + "sleep 60 &\n", killGrace, killGrace + 10*time.Second, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			path := writeScript(t, "#!/bin/sh\necho $$ >"+dir+"/pid\n"+tt.text)
			t.Parallel() // not before: a program that is open for writing, in a fork too, does not start
			start := time.Now()
			ctx := t.Context()
			if tt.want != "" {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 200*time.Millisecond)
				defer cancel()
			}
			_, err := Script(path, time.Hour, nil).Discover(ctx, Host{})
			if took := time.Since(start); took < tt.least || took > tt.most {
				t.Errorf("took %v, want %v to %v", took, tt.least, tt.most)
			}
			if tt.want != "" {
				checkScriptError(t, path, err, tt.want, context.DeadlineExceeded)
			} else if err != nil {
				t.Error(err)
			}
			pid, err := os.ReadFile(dir + "/pid")
			if err != nil {
				t.Fatal(err)
			}
			var group int
			if _, err := fmt.Sscan(string(pid), &group); err != nil {
				t.Fatal(err)
			}
			if !groupEnds(group) {
				t.Errorf("the script's process group %d lives on", group)
			}
		})
	}
}

// groupEnds waits for a process group that was killed to be gone, which init sees to.
func groupEnds(group int) bool {
	for range 100 {
		if !groupLives(group) {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}

// groupLives reports whether the group has a process that is not a zombie.
func groupLives(group int) bool {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:])) // state, parent, group
		if len(f) > 2 && f[2] == fmt.Sprint(group) && f[0] != "Z" && f[0] != "X" {
			return true
		}
	}
	return false
}

func TestScripts(t *testing.T) {
	dir := t.TempDir()
	for name, mode := range map[string]os.FileMode{
		"zebra": 0o755, "ant": 0o500, "README": 0o644, ".hidden": 0o755, "ant~": 0o755,
		"ant.dpkg-old": 0o755, "ant.rpmsave": 0o755, "ant.sh": 0o755, "odd#name": 0o755, "anyone": 0o757,
	} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "dir"), 0o755),
		os.Symlink("zebra", filepath.Join(dir, "link")),
		os.Symlink("nowhere", filepath.Join(dir, "dangling")),
		syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o755),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var log bytes.Buffer
	agents, err := Scripts(dir, time.Hour, nil, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, a := range agents {
		names = append(names, a.Name)
	}
	if got, want := strings.Join(names, " "), "ant ant.sh link zebra"; got != want {
		t.Errorf("scripts %q, want %q", got, want)
	}
	for _, want := range []string{
		`/README err="not executable"`, `/fifo err="not a regular file"`, `/anyone err="anyone may write it"`,
		`/dangling err="stat `, `/odd#name err="name \"odd#name\" has`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, &log)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 5 {
		t.Errorf("%d warnings, want 5:\n%s", n, &log)
	}
	if agents, err := Scripts(filepath.Join(dir, "none"), time.Hour, nil, slog.New(slog.DiscardHandler)); agents != nil || err != nil {
		t.Errorf("no directory: %v, %v, want nothing", agents, err)
	}
	if _, err := Scripts(filepath.Join(dir, "README"), time.Hour, nil, slog.New(slog.DiscardHandler)); !errors.Is(err, syscall.ENOTDIR) {
		t.Errorf("a file for a directory: %v, want %v", err, syscall.ENOTDIR)
	}
}

// FuzzParseEnvelope: what passes has a type and an object.
func FuzzParseEnvelope(f *testing.F) {
	f.Add([]byte(`{"discovertype":"x","instance":"y","data":{"a":[1]}}`))
	f.Add([]byte(`{"discovertype":"x","data":{"a":1,}}`))
	f.Fuzz(func(t *testing.T, out []byte) {
		env, err := parseEnvelope(out)
		if err != nil {
			return
		}
		if _, err := Seal(Agent{Name: "a"}, env, testOrigin, 1, testTime); err != nil && len(env.Description+env.Source+env.Proxy) == 0 {
			t.Errorf("%q: %v", out, err)
		}
	})
}
