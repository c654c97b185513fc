package discovery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/assim-mesh/assim/discovery/process"
)

const (
	scriptTimeout = 60 * time.Second
	// killGrace is how long a script may take to end after SIGTERM, and how long output that a child
	// of it holds open is waited for.
	killGrace = 2 * time.Second
	// exitNotInstalled is OCF_ERR_INSTALLED: what the script asks is not on this host.
	exitNotInstalled = 5
	maxStderrBytes   = 4 << 10 // the end of it, where the reason is
)

// Script returns the agent that runs the program at path as Assimilation's discovery scripts are run:
//
//	NAME discover      no input; / is its directory; 60 s, then SIGTERM, 2 s later SIGKILL
//	environment        PATH, LANG=C, ASSIM_PROXY_PATH=local/local, and env ("ASSIM_filelist=/etc/passwd")
//	standard output    an Envelope of at most 4 MiB: discovertype and a data object are needed
//	standard error     for people; its end becomes part of the error
//	exit status        0; 5: ErrNotHere; any other: an error
//
// The program leads a process group that ends with it. What it prints is never repaired.
func Script(path string, every time.Duration, env []string) Agent {
	return Agent{
		Name: filepath.Base(path), Description: "Discovery script " + path,
		Every: every, Timeout: scriptTimeout,
		Discover: func(ctx context.Context, _ Host) (any, error) {
			out, err := runScript(ctx, path, env)
			if err != nil {
				return nil, fmt.Errorf("script %q: %w", path, err)
			}
			e, err := parseEnvelope(out)
			if err != nil {
				return nil, fmt.Errorf("script %q: %w", path, err)
			}
			return e, nil
		},
	}
}

// runScript returns what the program printed, if it ended well.
func runScript(ctx context.Context, path string, env []string) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stdout := &process.Head{Limit: MaxDocumentBytes, Full: func() { cancel(ErrTooLarge) }}
	stderr := &process.Tail{Limit: maxStderrBytes}
	err := process.Program{
		Path: path, Args: []string{"discover"},
		Env:    process.Environment(append([]string{"ASSIM_PROXY_PATH=local/local"}, env...)...),
		Stdout: stdout, Stderr: stderr, Grace: killGrace,
	}.Run(ctx)
	if cause := context.Cause(ctx); cause != nil && (err != nil || errors.Is(cause, ErrTooLarge)) {
		return nil, stopped(cause)
	}
	if err != nil {
		return nil, exitError(err, stderr.String())
	}
	return stdout.Bytes(), nil
}

// stopped says why a script was not left to end by itself.
func stopped(cause error) error {
	switch {
	case errors.Is(cause, ErrTooLarge):
		return fmt.Errorf("printed more than %d bytes: %w", MaxDocumentBytes, cause)
	case errors.Is(cause, context.DeadlineExceeded):
		return fmt.Errorf("did not end in time: %w", cause)
	}
	return cause
}

func exitError(err error, stderr string) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err // it did not start
	}
	if exit.ExitCode() == exitNotInstalled {
		return ErrNotHere
	}
	if stderr == "" {
		return fmt.Errorf("%w, and nothing on standard error", err)
	}
	return fmt.Errorf("%w: %q", err, stderr)
}

// parseEnvelope reads what a script printed. An instance that may not be one is Seal's to replace.
func parseEnvelope(out []byte) (Envelope, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return Envelope{}, errors.New("printed nothing")
	}
	if err := checkDepth(out); err != nil {
		return Envelope{}, err
	}
	var env Envelope
	if err := json.Unmarshal(out, &env); err != nil {
		return Envelope{}, jsonError(out, err)
	}
	if err := checkName("discovertype", env.DiscoverType); err != nil {
		return Envelope{}, err
	}
	data := bytes.TrimSpace(env.Data)
	if len(data) == 0 {
		return Envelope{}, errors.New("data is missing")
	}
	if data[0] != '{' {
		return Envelope{}, fmt.Errorf("data is not an object: it begins %s", excerpt(data, 0))
	}
	return env, nil
}

// jsonError adds where in the output it went wrong.
func jsonError(out []byte, err error) error {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("output is not JSON: byte %d: %w: %s", syntax.Offset, err, excerpt(out, int(syntax.Offset)-1))
	}
	return fmt.Errorf("output is no envelope: %w", err)
}

// excerpt quotes the text around byte at, with more of what stands before it.
func excerpt(text []byte, at int) string {
	const before, after = 40, 20
	from, to := max(0, at-before), min(len(text), at+after)
	return fmt.Sprintf("%q", text[from:to])
}
