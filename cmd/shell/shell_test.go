package shell_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/assim-mesh/assim/cmd/shell"
	"github.com/assim-mesh/assim/cmd/shell/shelltest"
)

// user sits before a shell that says each statement in brackets; "wait" waits for Ctrl-C.
type user struct {
	t        *testing.T
	terminal *shelltest.Terminal
	ended    chan error
}

func sitDown(t *testing.T, history string) user {
	t.Helper()
	u := begin(t, t.Context(), history)
	u.see("$ ")
	return u
}

func begin(t *testing.T, ctx context.Context, history string) user {
	t.Helper()
	terminal, err := shelltest.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(terminal.Close)
	s := shell.Shell{
		Prompt: "$ ", Help: "ask\nand see\n", History: history,
		Run: func(ctx context.Context, out io.Writer, statement string) {
			fmt.Fprintf(out, "[%s]\n", strings.ReplaceAll(statement, "\n", "|"))
			if statement == "wait" {
				<-ctx.Done()
				fmt.Fprintln(out, ctx.Err())
			}
		},
		Complete: func(line string) (int, []string) {
			from := strings.LastIndexByte(line, ' ') + 1
			switch line[from:] {
			case "h", "ho":
				return from, []string{"HOST", "hostname"}
			case "u":
				return from, []string{"Users"}
			case "é":
				return from, []string{"éà", "éá"} // differ within a character
			}
			return from, nil
		},
	}
	u := user{t, terminal, make(chan error, 1)}
	go func() { u.ended <- s.Serve(ctx, terminal.Program, terminal.Program) }()
	return u
}

func (u user) types(keys string) {
	u.t.Helper()
	if err := u.terminal.Type(keys); err != nil {
		u.t.Fatal(err)
	}
}

func (u user) see(text string) {
	u.t.Helper()
	if err := u.terminal.Await(text); err != nil {
		u.t.Fatal(err)
	}
}

func (u user) leave(keys string) {
	u.t.Helper()
	u.types(keys)
	if err := <-u.ended; err != nil {
		u.t.Errorf("the shell ended with %v", err)
	}
}

const (
	up, ctrlC, ctrlD, left = "\x1b[A", "\x03", "\x04", "\x1b[D"
)

func TestShellRunsStatements(t *testing.T) {
	u := sitDown(t, "")
	u.types("one;\r")
	u.see("[one]\r\n")
	u.types("two; thr") // the rest of a line waits for its end
	u.types("ee\r")
	u.see("[two]\r\n")
	u.types(";;\r")
	u.see("[three]\r\n")
	u.types("a ';\r")
	u.see("> ")
	u.types("b';\r")
	u.see("[a ';|b']\r\n")
	u.types("help\r")
	u.see("ask\r\nand see\r\n")
	u.leave("quit;\r")
}

func TestShellLeavesLines(t *testing.T) {
	u := sitDown(t, "")
	u.types("lost" + left + ctrlC)
	u.types("kept;\r")
	u.see("[kept]\r\n")
	u.types("lost\rlost" + ctrlC + "kept too;\r")
	u.see("[kept too]\r\n")
	u.leave(ctrlD)
}

// TestShellInterruptsStatements: what is typed behind a Ctrl-C is run, what stands before it is dropped.
func TestShellInterruptsStatements(t *testing.T) {
	u := sitDown(t, "")
	u.types("wait; never;\r" + "lost;\r" + ctrlC + "after;\r")
	u.see("[wait]\r\ncontext canceled\r\n")
	u.see("[after]\r\n")
	u.types("wait;\r")
	u.see("[wait]\r\n")
	u.types(strings.Repeat("x", 3000))
	u.types(strings.Repeat("x", 3000) + ctrlC)
	u.see("context canceled\r\n")
	u.types("next;\r")
	u.see("$ next;\r\n[next]\r\n")
	u.leave("exit\r")
}

func TestShellCompletes(t *testing.T) {
	u := sitDown(t, "")
	u.types("a u\t;\r")
	u.see("[a Users]\r\n")
	u.types("h\t") // as far as both agree
	u.types("\tname;\r")
	u.see("[HOSTname]\r\n")
	u.types("a ho\t\t;\r")
	u.see("HOST")
	u.types("é\t\t;\r")
	u.see("éà  éá\r\n")
	u.see("[é]\r\n")
	u.types("zzz\t;\r")
	u.see("[zzz]\r\n")
	u.leave(ctrlD)
}

func TestShellRemembers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	u := sitDown(t, path)
	u.types("one;\rtwo;\r")
	u.see("[two]\r\n")
	u.leave(ctrlD)
	u = sitDown(t, path)
	u.types(up + up + "\r")
	u.see("[one]\r\n")
	u.leave(ctrlD)
	if kept, err := os.ReadFile(path); string(kept) != "one;\ntwo;\none;\n" {
		t.Errorf("kept %q, %v", kept, err)
	}
}

// TestShellEnds: with its context, and with its terminal as it was.
func TestShellEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	u := begin(t, ctx, "/dev/null/history")
	u.see("the lines are not kept: ")
	u.see("$ ")
	if termios := modes(t, u.terminal.Program); termios.Lflag&unix.ICANON != 0 {
		t.Error("the terminal is not raw")
	}
	cancel()
	if err := <-u.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the shell ended with %v", err)
	}
	if termios := modes(t, u.terminal.Program); termios.Lflag&unix.ICANON == 0 {
		t.Error("the terminal was left raw")
	}
}

func modes(t *testing.T, f *os.File) *unix.Termios {
	t.Helper()
	termios, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return termios
}

func TestShellNeedsATerminal(t *testing.T) {
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := (shell.Shell{}).Serve(t.Context(), f, f); !errors.Is(err, shell.ErrNoTerminal) {
		t.Errorf("on %s: %v", f.Name(), err)
	}
}
