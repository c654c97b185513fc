package cache

import (
	"errors"
	"fmt"
	"net"
)

// Limits of a command that a client may send to a LocalServer. The largest of ours is a Put of
// incompressible content, with 22 arguments.
const (
	maxCommandArgs  = 1 << 10
	maxCommandBytes = maxStoredBytes + 64<<10 // all arguments together
)

var errProtocol = errors.New("not a Redis command")

// commandGuard checks the frames of Redis' protocol as they pass:
//
//	*2\r\n $4\r\nECHO\r\n $5\r\nhello\r\n     without the blanks
//
// The in-process server takes a frame's word for how many arguments of what length will follow: it
// would allocate any number of bytes, and fail on a command without a name, before it has asked for a
// password.
type commandGuard struct {
	state  guardState
	number int // that is being read; below 1e9
	digits int
	args   int // that are still to come
	body   int // bytes of the argument that are still to come, with its line end
	total  int // bytes of the command's arguments
}

type guardState uint8

const (
	wantStar   guardState = iota // a command begins
	readCount                    // number of arguments
	countLF                      // line feed behind it
	wantDollar                   // an argument begins
	readLength                   // length of the argument
	lengthLF                     // line feed behind it
	readBody                     // the argument
)

// check takes the next bytes of a connection, cut anywhere. After an error nothing that comes can be
// understood.
func (g *commandGuard) check(b []byte) error {
	for len(b) > 0 {
		if g.state == readBody {
			n := min(g.body, len(b))
			b = b[n:]
			if g.body -= n; g.body == 0 {
				g.argumentDone()
			}
			continue
		}
		if err := g.step(b[0]); err != nil {
			return err
		}
		b = b[1:]
	}
	return nil
}

func (g *commandGuard) argumentDone() {
	g.state = wantDollar
	if g.args--; g.args == 0 {
		g.state, g.total = wantStar, 0
	}
}

// step takes one byte outside of arguments.
func (g *commandGuard) step(c byte) error {
	switch {
	case g.state == wantStar && c == '*' || g.state == wantDollar && c == '$':
		g.number, g.digits = 0, 0
		g.state++
	case (g.state == readCount || g.state == readLength) && c >= '0' && c <= '9' && g.digits < 9:
		g.number = g.number*10 + int(c-'0')
		g.digits++
	case (g.state == readCount || g.state == readLength) && c == '\r' && g.digits > 0:
		g.state++
	case g.state == countLF && c == '\n':
		return g.begin()
	case g.state == lengthLF && c == '\n':
		return g.beginArgument()
	default:
		return fmt.Errorf("%w: byte %q", errProtocol, c)
	}
	return nil
}

func (g *commandGuard) begin() error {
	if g.number < 1 || g.number > maxCommandArgs {
		return fmt.Errorf("%w: %d arguments, at least 1 and at most %d", errProtocol, g.number, maxCommandArgs)
	}
	g.args, g.state = g.number, wantDollar
	return nil
}

func (g *commandGuard) beginArgument() error {
	if g.total += g.number; g.total > maxCommandBytes {
		return fmt.Errorf("%w: %d bytes, at most %d", errProtocol, g.total, maxCommandBytes)
	}
	g.body, g.state = g.number+len("\r\n"), readBody
	return nil
}

// guardedConn passes on only what a commandGuard lets through.
type guardedConn struct {
	net.Conn
	guard commandGuard
}

func (c *guardedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bad := c.guard.check(p[:n]); bad != nil {
		return 0, bad // which ends the connection
	}
	return n, err
}
