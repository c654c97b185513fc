package shelltest

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// patience bounds the wait for a text.
const patience = 20 * time.Second

// Terminal is the end of a pseudo-terminal at which the user sits.
type Terminal struct {
	Program *os.File // the program's end: its stdin, stdout and stderr

	user  *os.File
	shown string // and not yet awaited
}

// Open makes a terminal of 24 lines and 200 columns, wide enough that nothing of a test is folded.
func Open() (*Terminal, error) {
	user, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	name, err := unlock(user)
	if err != nil {
		user.Close()
		return nil, err
	}
	program, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		user.Close()
		return nil, err
	}
	return &Terminal{Program: program, user: user}, nil
}

// unlock lets the program's end be opened, and returns its name. It keeps the user's end in the form in
// which a read can be given a deadline, which File.Fd would not.
func unlock(user *os.File) (name string, err error) {
	raw, err := user.SyscallConn()
	if err != nil {
		return "", err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		var number int
		if failed = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); failed != nil {
			return
		}
		if number, failed = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); failed != nil {
			return
		}
		name = fmt.Sprintf("/dev/pts/%d", number)
		failed = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: 200})
	})
	if err == nil {
		err = failed
	}
	return name, err
}

// Type presses keys; Enter is \r.
func (t *Terminal) Type(keys string) error {
	_, err := t.user.WriteString(keys)
	return err
}

// Await waits until the program has shown a text, after those that were awaited before, for 20 s at most.
// The error tells what it has shown instead.
func (t *Terminal) Await(text string) error {
	if err := t.user.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	buf := make([]byte, 4096)
	for {
		if _, after, found := strings.Cut(t.shown, text); found {
			t.shown = after
			return nil
		}
		n, err := t.user.Read(buf)
		t.shown += string(buf[:n])
		if err != nil {
			return fmt.Errorf("%q is not shown: %w, but %q", text, err, t.shown)
		}
	}
}

// Close ends the terminal at both ends.
func (t *Terminal) Close() {
	t.Program.Close()
	t.user.Close()
}
