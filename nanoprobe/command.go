package nanoprobe

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assim-mesh/assim/discovery/process"
)

const (
	commandEvery    = time.Hour        // where the list says nothing else
	minCommandEvery = 10 * time.Second // a shell and a program more often than that is a load
	maxCommandEvery = 30 * 24 * time.Hour
	// commandTime is how long a command may take, and commandGrace how long it may take to end then.
	commandTime  = 30 * time.Second
	commandGrace = 2 * time.Second
	// maxCommandName leaves room in a path of the cache, and in a line of a table.
	maxCommandName = 100
	// exitNotHere is the status of a command or discovery script whose subject the host does not have.
	exitNotHere = 5
	// maxComplaint bounds what is kept of the first line of a command's standard error.
	maxComplaint = 200
)

var (
	errCommandTime = fmt.Errorf("did not end within %v", commandTime)
	errCommandSize = fmt.Errorf("printed more than %d bytes: more is not kept", maxFileBytes)
)

// command is a line of snapshot.list whose output is kept as the snapshot "@NAME":
//
//	@NAME [every DURATION] COMMAND...
type command struct {
	name  string
	every time.Duration
	shell string // what /bin/sh is to run
	where string // file and line, for warnings
}

// parseCommand reads a line of the list that begins with '@'.
func parseCommand(entry string) (command, error) {
	name, rest := cutWord(entry[1:])
	c := command{name: name, every: commandEvery, shell: rest}
	if err := checkCommandName(name); err != nil {
		return command{}, err
	}
	if word, after := cutWord(rest); word == "every" {
		text, after := cutWord(after)
		every, err := time.ParseDuration(text)
		if err != nil {
			return command{}, fmt.Errorf("@%s: %q is no duration, as 90s, 5m and 1h are", name, text)
		}
		if every < minCommandEvery || every > maxCommandEvery {
			return command{}, fmt.Errorf("@%s: every %v, it is %v to %v", name, every, minCommandEvery, maxCommandEvery)
		}
		c.every, c.shell = every, after
	}
	if c.shell == "" {
		return command{}, fmt.Errorf("@%s has no command", name)
	}
	return c, nil
}

// cutWord returns what stands before the first blanks in text, and what stands after them.
func cutWord(text string) (word, rest string) {
	i := strings.IndexAny(text, " \t")
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], " \t")
}

func checkCommandName(name string) error {
	fit := func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_.:", r))
	}
	switch {
	case name == "":
		return errors.New("no name after the @")
	case len(name) > maxCommandName:
		return fmt.Errorf("the name of @%s... has %d bytes, at most %d", name[:20], len(name), maxCommandName)
	case strings.ContainsFunc(name, func(r rune) bool { return !fit(r) }):
		return fmt.Errorf("the name in %q has other than letters, digits, '-', '_', '.' and ':'", "@"+name)
	}
	return nil
}

// output is what came of one run of a command. The zero output is that of one with nothing to do here.
type output struct {
	there   bool
	content []byte // standard output; empty with a notice
	stat    string // how it ended
	notice  string // why there is no content
}

// digest is the same for equal outputs.
func (o output) digest() [sha256.Size]byte {
	return sha256.Sum256(fmt.Appendf(nil, "%t\n%s\n%s\n%s", o.there, o.stat, o.notice, o.content))
}

// run runs the command in a process group that ends with it, for at most limit. What it printed counts
// whatever its exit status is, since many commands fail in part; of one that printed nothing, or too
// much, or did not end, there is a notice.
func (c command) run(ctx context.Context, limit time.Duration) output {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errCommandTime)
	defer cancel()
	stdout := &process.Head{Limit: maxFileBytes, Full: func() { stop(errCommandSize) }}
	stderr := &process.Head{Limit: maxComplaint}
	err := process.Program{
		Path: "/bin/sh", Args: []string{"-c", c.shell}, Env: process.Environment(),
		Stdout: stdout, Stderr: stderr, Grace: commandGrace,
	}.Run(ctx)
	var exit *exec.ExitError
	cause := context.Cause(ctx)
	switch {
	case errors.Is(cause, errCommandSize), errors.Is(cause, errCommandTime) && err != nil:
		return output{there: true, notice: cause.Error()}
	case err == nil:
		return output{there: true, content: bytes.Clone(stdout.Bytes()), stat: ending("exit status 0", stderr.Bytes())}
	case errors.As(err, &exit) && exit.ExitCode() == exitNotHere && len(stdout.Bytes()) == 0:
		return output{}
	case len(stdout.Bytes()) == 0:
		return output{there: true, notice: ending(err.Error(), stderr.Bytes())}
	}
	return output{there: true, content: bytes.Clone(stdout.Bytes()), stat: ending(err.Error(), stderr.Bytes())}
}

// ending is how a command ended and the first line of what it complained of, as text for people.
func ending(status string, stderr []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(stderr), []byte{'\n'})
	clean := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(string(line), "?"))
	if clean == "" {
		return status
	}
	return status + ": " + clean
}
