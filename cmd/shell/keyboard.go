package shell

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

const (
	ctrlC = 3
	enter = '\r'
	// leaveLine are the keys that empty the editor's line wherever the cursor is, and enter it: End, delete
	// to the beginning, Enter.
	leaveLine = "\x05\x15\r"
	// maxAhead bounds what is typed while a statement runs; the terminal keeps what is more.
	maxAhead = 4096
)

// keyboard is what comes from a terminal in raw mode. One goroutine uses it at a time.
type keyboard struct {
	in    *os.File
	ahead []byte // typed and not yet read, at most maxAhead bytes
	left  bool   // the line that is being read was left with Ctrl-C
}

// read is an io.Reader's Read that ends with ctx. It returns keys up to an Enter, so that those after it
// are at hand while the line's statement runs. A Ctrl-C leaves the line.
func (k *keyboard) read(ctx context.Context, p []byte) (int, error) {
	if len(k.ahead) == 0 {
		if err := k.fetch(ctx); err != nil {
			return 0, err
		}
	}
	if k.ahead[0] == ctrlC {
		k.ahead, k.left = k.ahead[1:], true
		return copy(p, leaveLine), nil
	}
	n := len(k.ahead)
	if i := bytes.IndexByte(k.ahead, ctrlC); i >= 0 {
		n = i
	}
	if i := bytes.IndexByte(k.ahead[:n], enter); i >= 0 {
		n = i + 1
	}
	n = copy(p, k.ahead[:n])
	k.ahead = k.ahead[n:]
	return n, nil
}

// during runs f with a context that a Ctrl-C ends, and reports whether one came. It drops what was typed
// before that.
func (k *keyboard) during(ctx context.Context, f func(context.Context)) (interrupted bool) {
	running, interrupt := context.WithCancel(ctx)
	watching, stop := context.WithCancel(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if interrupted = k.awaitCtrlC(watching); interrupted {
			interrupt()
		}
	}()
	f(running)
	stop()
	<-watched
	interrupt()
	return interrupted
}

// awaitCtrlC reads ahead until a Ctrl-C comes, or says false once ctx ends or nothing more can be read.
func (k *keyboard) awaitCtrlC(ctx context.Context) bool {
	for {
		if i := bytes.IndexByte(k.ahead, ctrlC); i >= 0 {
			k.ahead = k.ahead[i+1:]
			return true
		}
		if len(k.ahead) >= maxAhead {
			k.ahead = k.ahead[:0] // it is no typing: what matters is that Ctrl-C is found behind it
		}
		if k.fetch(ctx) != nil {
			return false
		}
	}
}

// fetch waits until something is typed and puts it behind what is ahead.
func (k *keyboard) fetch(ctx context.Context) error {
	if err := await(ctx, k.in); err != nil {
		return err
	}
	buf := make([]byte, maxAhead-len(k.ahead))
	n, err := k.in.Read(buf)
	k.ahead = append(k.ahead, buf[:n]...)
	if n > 0 {
		return nil
	}
	if err == nil || errors.Is(err, unix.EIO) { // the terminal is gone
		err = io.EOF
	}
	return err
}

// await waits until f can be read, or has ended, or ctx has, whose error it then returns.
func await(ctx context.Context, f *os.File) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	stop := context.AfterFunc(ctx, func() { w.Close() }) // which r then tells
	defer stop()
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}, {Fd: int32(r.Fd()), Events: unix.POLLIN}}
	for {
		_, err := unix.Poll(fds, -1)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err == nil:
			return nil
		case !errors.Is(err, unix.EINTR):
			return err
		}
	}
}
