package wire

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hashicorp/memberlist"
)

func echo(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) { return request, nil }

func TestCall(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	for _, tt := range []struct {
		name    string
		handler Handler
		bytes   int // of the request
		err     error
	}{
		{"empty", echo, 0, nil},
		{"longest", echo, MaxCall, nil},
		{"request too long", echo, MaxCall + 1, ErrTooLarge},
		{"answer too long", func(context.Context, netip.AddrPort, []byte) ([]byte, error) {
			return make([]byte, MaxCall+1), nil
		}, 1, ErrTooLarge},
		{"error", func(context.Context, netip.AddrPort, []byte) ([]byte, error) {
			return nil, errors.New("ring unknown")
		}, 1, RemoteError("ring unknown")},
		{"nobody serves", nil, 1, ErrSilent},
	} {
		b.Serve(tt.handler)
		request := bytes.Repeat([]byte{7}, tt.bytes)
		answer, err := a.Call(t.Context(), b.Addr(), request)
		if !errors.Is(err, tt.err) || err == nil && !bytes.Equal(answer, request) {
			t.Errorf("%s: %d bytes, %v, want %d bytes, %v", tt.name, len(answer), err, tt.bytes, tt.err)
		}
		if err != nil && !strings.Contains(err.Error(), b.Addr().String()) {
			t.Errorf("%s: error %q does not name the host", tt.name, err)
		}
	}
	sent := a.Stats()
	if n := sent.Sent[Call].Streams; n != 5 {
		t.Errorf("%d streams opened for calls, want 5", n)
	}
	if all := sent.Total(); all.Streams != 5 || all.Datagrams != 0 {
		t.Errorf("sent %+v, want nothing but calls", all)
	}
	if n := b.Stats().Dropped.Label; n != 1 {
		t.Errorf("%d dropped for their label, want the call that nobody served", n)
	}
}

func TestCallNobody(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	b.Shutdown()
	if _, err := a.Call(t.Context(), b.Addr(), nil); !errors.Is(err, ErrRefused) {
		t.Errorf("call of a closed port: %v, want %v", err, ErrRefused)
	}
	a.Shutdown()
	if _, err := a.Call(t.Context(), b.Addr(), nil); err == nil {
		t.Error("a host calls after its Shutdown")
	}
}

func TestClassify(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for _, tt := range []struct {
		ctx     context.Context
		in, out error
	}{
		{t.Context(), io.EOF, ErrSilent},
		{t.Context(), io.ErrUnexpectedEOF, ErrSilent},
		{t.Context(), syscall.ECONNRESET, ErrSilent},
		{t.Context(), syscall.EPIPE, ErrSilent},
		{t.Context(), syscall.EHOSTUNREACH, ErrSilent}, // nobody at that address
		{t.Context(), syscall.ETIMEDOUT, ErrSilent},
		{t.Context(), os.ErrDeadlineExceeded, ErrSilent},
		{t.Context(), syscall.ECONNREFUSED, ErrRefused},
		{t.Context(), syscall.ENETUNREACH, syscall.ENETUNREACH}, // this host has no route
		{t.Context(), ErrBusy, ErrBusy},
		{stopped, os.ErrDeadlineExceeded, context.Canceled},
	} {
		if got := classify(tt.ctx, fmt.Errorf("dial: %w", tt.in)); !errors.Is(got, tt.out) || errors.Is(got, ErrSilent) != (tt.out == ErrSilent) {
			t.Errorf("%v is %v, want %v", tt.in, got, tt.out)
		}
	}
}

// TestCallWhileKeysRotate goes through the states of two keyrings while a new key comes to a fleet.
func TestCallWhileKeysRotate(t *testing.T) {
	for _, tt := range []struct {
		name           string
		caller, server [][]byte // the primary key first
		err            error
	}{
		{"new key known to one", [][]byte{oldKey, newKey}, [][]byte{oldKey}, nil},
		{"caller uses it", [][]byte{newKey, oldKey}, [][]byte{oldKey, newKey}, nil},
		{"server uses it", [][]byte{oldKey, newKey}, [][]byte{newKey, oldKey}, nil},
		{"caller forgot the old", [][]byte{newKey}, [][]byte{oldKey, newKey}, nil},
		{"server forgot the old", [][]byte{newKey, oldKey}, [][]byte{newKey}, nil},
		{"caller missed it all", [][]byte{oldKey}, [][]byte{newKey}, ErrWrongKey},
	} {
		var hosts []*Host
		for _, keys := range [][][]byte{tt.caller, tt.server} {
			cfg := config(t)
			cfg.Keyring, _ = memberlist.NewKeyring(keys, keys[0])
			hosts = append(hosts, start(t, cfg))
		}
		hosts[1].Serve(echo)
		if _, err := hosts[0].Call(t.Context(), hosts[1].Addr(), []byte("x")); !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.err)
		}
		if n := hosts[1].Stats().Dropped.Call; (n == 1) != (tt.err != nil) {
			t.Errorf("%s: %d requests dropped", tt.name, n)
		}
	}
}

// TestCallBusy keeps all handlers at work and calls once more.
func TestCallBusy(t *testing.T) {
	a, b := start(t, config(t)), start(t, config(t))
	begun, end := make(chan bool), make(chan bool)
	b.Serve(func(_ context.Context, _ netip.AddrPort, request []byte) ([]byte, error) {
		begun <- true
		<-end
		return request, nil
	})
	var calls sync.WaitGroup
	for range maxServed {
		calls.Go(func() {
			if _, err := a.Call(t.Context(), b.Addr(), nil); err != nil {
				t.Errorf("call that is served: %v", err)
			}
		})
		<-begun
	}
	if _, err := a.Call(t.Context(), b.Addr(), nil); !errors.Is(err, ErrBusy) {
		t.Errorf("call %d at a time: %v, want %v", maxServed+1, err, ErrBusy)
	}
	close(end)
	calls.Wait()
	if n := b.Stats().Busy; n != 1 {
		t.Errorf("%d calls told busy, want 1", n)
	}
	b.Serve(echo)
	if _, err := a.Call(t.Context(), b.Addr(), nil); err != nil {
		t.Errorf("call after the others ended: %v", err)
	}
}

// TestForeignRequests sends requests that no Call makes.
func TestForeignRequests(t *testing.T) {
	h := start(t, config(t))
	h.Serve(echo)
	answer := sealed(t, oldKey, sealed(t, oldKey, nil, "").nonce(), "\x00")
	long := header(requestFrame, maxContent+1)
	for _, tt := range []struct {
		name   string
		frame  []byte
		answer []byte // all that comes back
	}{
		{"later version", append([]byte{9}, sealed(t, oldKey, nil, "x").append(nil)[1:]...), []byte{1, 3, 0, 0, 0, 1, 2}},
		{"unknown key", sealed(t, newKey, nil, "x").append(nil), []byte{1, 3, 0, 0, 0, 1, 1}},
		{"answer to something", answer.append(nil), []byte{1, 3, 0, 0, 0, 1, 1}},
		{"no content", frame{kind: requestFrame}.append(nil), []byte{1, 3, 0, 0, 0, 1, 1}},
		{"too long", long[:], nil},
		{"truncated", sealed(t, oldKey, nil, "x").append(nil)[:20], nil},
	} {
		before := h.Stats().Dropped.Call
		conn, err := net.Dial("tcp", h.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.Write(append(appendLabel(nil, callLabel), tt.frame...))
		conn.(*net.TCPConn).CloseWrite()
		if got, err := io.ReadAll(conn); err != nil || !bytes.Equal(got, tt.answer) {
			t.Errorf("%s: answered %x, %v, want %x", tt.name, got, err, tt.answer)
		}
		conn.Close()
		if n := h.Stats().Dropped.Call - before; n != 1 {
			t.Errorf("%s: counted %d times, want 1", tt.name, n)
		}
	}
}

// scripted is the far end of a connection that says what it is told to.
type scripted struct {
	io.Reader
	io.Writer
}

// TestForeignAnswers gives a caller answers that no Host makes.
func TestForeignAnswers(t *testing.T) {
	for name, said := range map[string][]byte{
		"answer to another request": sealed(t, oldKey, sealed(t, oldKey, nil, "").nonce(), "\x00x").append(nil),
		"request":                   sealed(t, oldKey, nil, "\x00x").append(nil),
		"refusal for no reason":     frame{kind: refusalFrame}.append(nil),
		"refusal for a new reason":  frame{refusalFrame, []byte{77}}.append(nil),
		"unknown kind":              frame{77, nil}.append(nil),
		"nothing":                   nil,
	} {
		if got, err := ask(scripted{bytes.NewReader(said), io.Discard}, [][]byte{oldKey}, nil); err == nil {
			t.Errorf("%s is taken for answer %q", name, got)
		}
	}
	_, err := ask(scripted{bytes.NewReader(frame{refusalFrame, []byte{2}}.append(nil)), io.Discard}, [][]byte{oldKey}, nil)
	if !errors.Is(err, errVersion) {
		t.Errorf("refused for its version: %v, want %v", err, errVersion)
	}
}
