package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// callTime is how long a call may take in all, and a handler within it.
const callTime = 10 * time.Second

// The errors of Call, beside RemoteError.
var (
	ErrRefused  = errors.New("connection refused") // the host is up, and nothing listens at that port
	ErrSilent   = errors.New("no answer")          // none in time, or the connection was closed without one
	ErrWrongKey = errors.New("peer has none of this host's keys")
	ErrBusy     = errors.New("peer is busy")
	ErrTooLarge = fmt.Errorf("more than %d bytes", MaxCall)

	errNoAnswer = errors.New("what came is no answer")
)

// Call sends a request of at most 64 KiB to the handler of the host at to, and returns its answer, of at
// most as much. It takes at most 10 s, or until ctx is done. Nothing is sent twice.
func (h *Host) Call(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	if len(request) > MaxCall {
		return nil, fmt.Errorf("call %s: request of %d bytes: %w", to, len(request), ErrTooLarge)
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := h.call(ctx, unmap(to), request)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", to, classify(ctx, err))
	}
	return answer, nil
}

func (h *Host) call(ctx context.Context, to netip.AddrPort, request []byte) ([]byte, error) {
	s, err := h.dial(ctx, to, Call)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	defer context.AfterFunc(ctx, func() { s.SetDeadline(time.Unix(0, 0)) })() // whatever waits then fails
	return ask(s, h.cfg.Keyring.GetKeys(), request)
}

// ask has a request answered over an open stream.
func ask(rw io.ReadWriter, keys [][]byte, request []byte) ([]byte, error) {
	f, err := seal(keys[0], nil, request)
	if err != nil {
		return nil, err
	}
	if _, err := rw.Write(f.append(appendLabel(nil, callLabel))); err != nil {
		return nil, err
	}
	a, err := readFrame(rw)
	if err != nil {
		return nil, err
	}
	if a.kind == refusalFrame {
		return nil, refusalError(a.content)
	}
	body, _, err := open(keys, f.nonce(), a)
	if err != nil {
		return nil, err
	}
	return parseAnswerBody(body)
}

func refusalError(content []byte) error {
	switch {
	case len(content) == 1 && refusal(content[0]) == unknownKey:
		return ErrWrongKey
	case len(content) == 1 && refusal(content[0]) == unknownVersion:
		return fmt.Errorf("peer: %w %d", errVersion, formatVersion)
	}
	return errNoAnswer
}

// classify tells the ways in which a network fails from each other. A caller that gave up itself gets
// context.Canceled.
func classify(ctx context.Context, err error) error {
	var network net.Error
	switch {
	case ctx.Err() != nil && !errors.Is(ctx.Err(), context.DeadlineExceeded):
		return ctx.Err()
	case errors.Is(err, syscall.ECONNREFUSED):
		return ErrRefused
	case errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &network) && network.Timeout(), ctx.Err() != nil,
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.EHOSTUNREACH):
		return fmt.Errorf("%w: %w", ErrSilent, err)
	}
	return err
}
