package cache

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrDenied is returned when the server refuses the user, the password or the command.
	ErrDenied = errors.New("access denied")
	// ErrRights is returned, with ErrDenied, when the user is known and may not do what was asked.
	ErrRights = errors.New("the user lacks a right")
	// ErrFull is returned when the server's memory is full and it may not drop anything (maxmemory with
	// noeviction). What was written before stays; what frees memory or renews a row is still taken.
	ErrFull = errors.New("the server's memory is full")
	// ErrUntrusted is returned when the server's certificate is not what TLS was told to trust, or the
	// server wants one of ours.
	ErrUntrusted = errors.New("no TLS connection")
	// ErrProtocol is returned when what answers is not a Redis server, or one side speaks TLS and the
	// other does not.
	ErrProtocol = errors.New("not a Redis server, or TLS on one side only")
	// ErrVersion is returned by Check for a server older than Redis 6.2.
	ErrVersion = errors.New("older than Redis 6.2")
	// ErrEviction is returned by Check for a server that may drop keys that have not expired.
	ErrEviction = errors.New("the eviction policy lets snapshots and indexes vanish")
)

// fail says which server err is about, and of what kind it is.
func (c *Client) fail(err error) error {
	if err == nil {
		return nil
	}
	for _, kind := range c.kindsOf(err) {
		if !errors.Is(err, kind) {
			err = fmt.Errorf("%w: %w", kind, err)
		}
	}
	return fmt.Errorf("cache server %q: %w", c.addr, err)
}

// kindsOf returns what a failure is to be known by, the widest kind last.
func (c *Client) kindsOf(err error) []error {
	var untrusted *tls.CertificateVerificationError
	var network *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.Is(err, ErrProtocol): // connect knows best
		return nil
	case redis.IsPermissionError(err), strings.Contains(err.Error(), "user executing the script can't run"):
		return []error{ErrRights, ErrDenied}
	case redis.IsAuthError(err):
		return []error{ErrDenied}
	case strings.Contains(err.Error(), "OOM command not allowed"): // Redis 6.2 has it within what a script says
		return []error{ErrFull}
	case errors.As(err, &untrusted), errors.As(err, &network) && network.Op == "remote error": // a TLS alert
		return []error{ErrUntrusted}
	case !c.spoke.Load() && hungUp(err) && c.secured: // after a handshake that went well: for want of a certificate
		return []error{ErrUntrusted}
	case !c.spoke.Load() && hungUp(err): // as a TLS port does on who doesn't speak it
		return []error{ErrProtocol}
	case errors.As(err, &record),
		strings.HasPrefix(err.Error(), "redis: can't parse"), strings.HasPrefix(err.Error(), "redis: invalid reply"):
		return []error{ErrProtocol}
	}
	return nil
}

// hungUp reports whether the other side has ended the connection.
func hungUp(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }
