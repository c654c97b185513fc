package wire

import (
	"context"
	"errors"
	"io"
	"net/netip"
	"time"
)

const (
	// maxServed bounds the handlers that are at work at a time; a further request is answered busy.
	maxServed = 32
	// frameTime is how long a whole request may take to come, and an answer to go.
	frameTime = 5 * time.Second
)

// Handler answers a request of another host's Call that came from that address. It is called by several
// goroutines at a time, and its ctx ends after 10 s. Its error goes to the caller as text. Whether the
// request is one that was recorded and sent again is for the handler to know.
type Handler func(ctx context.Context, from netip.AddrPort, request []byte) ([]byte, error)

// Serve has requests answered by handle from now on, by nobody if it is nil. Without a handler a caller
// hears nothing and the request counts as one without a label.
func (h *Host) Serve(handle Handler) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.handler = handle
}

// answer reads the request that a stream brings, and answers it.
func (h *Host) answer(ctx context.Context, s *stream) {
	defer s.Close()
	s.kind = Call
	h.mu.RLock()
	handle := h.handler
	h.mu.RUnlock()
	if handle == nil {
		h.counters.dropped.label.Add(1)
		return
	}
	s.SetDeadline(time.Now().Add(frameTime))
	f, err := readFrame(s)
	if err != nil {
		h.refuse(s, err)
		return
	}
	request, key, err := open(h.cfg.Keyring.GetKeys(), nil, f)
	if err != nil {
		h.refuse(s, err)
		return
	}
	body := h.handle(ctx, handle, peerOf(s), request)
	a, err := seal(key, f.nonce(), body)
	if err != nil {
		h.cfg.Logger.Warn("answer not sealed", "err", err)
		return
	}
	s.SetDeadline(time.Now().Add(frameTime))
	s.Write(a.append(nil)) // a caller that is gone needs no answer
}

// handle calls the handler, unless too many are at work, and returns the body of the answer.
func (h *Host) handle(ctx context.Context, handle Handler, from netip.AddrPort, request []byte) []byte {
	select {
	case h.serving <- struct{}{}:
		defer func() { <-h.serving }()
	default:
		h.counters.busy.Add(1)
		return []byte{byte(busy)}
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return answerBody(handle(ctx, from, request))
}

// refuse counts a request that could not be read for err, and tells the caller if that may help him.
func (h *Host) refuse(s *stream, err error) {
	h.counters.dropped.call.Add(1)
	var why refusal
	switch {
	case errors.Is(err, errSeal):
		why = unknownKey
	case errors.Is(err, errVersion):
		why = unknownVersion
	default:
		return
	}
	s.Write(frame{refusalFrame, []byte{byte(why)}}.append(nil))
	// To close a connection on which something waits unread takes the refusal from its reader. A caller
	// hangs up once he has it.
	io.Copy(io.Discard, io.LimitReader(s, maxContent))
}
