package ring

import (
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"syscall"
	"testing"
	"time"
)

// record keeps the next frames of the ring that go to a host, at most so many, and returns a function that
// sends it those that have come, twice.
func record(t *testing.T, h *host, most int) func(*testing.T) {
	t.Helper()
	link, err := net.InterfaceByName(h.port())
	if err != nil {
		t.Fatal(err)
	}
	const everything = syscall.ETH_P_ALL
	protocol := uint16(everything>>8 | everything&0xff<<8) // in the network's order
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_CLOEXEC, int(protocol))
	if err != nil {
		t.Fatal(err)
	}
	to := &syscall.SockaddrLinklayer{Protocol: protocol, Ifindex: link.Index}
	timeout := syscall.Timeval{Usec: 100_000} // to look whether it is over
	if err := errors.Join(syscall.Bind(fd, to), syscall.SetsockoptTimeval(fd, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &timeout)); err != nil {
		t.Fatal(err)
	}
	var frames [][]byte
	over := make(chan struct{})
	var recorder sync.WaitGroup
	recorder.Go(func() {
		buf := make([]byte, 2048)
		for len(frames) < most {
			select {
			case <-over:
				return
			default:
			}
			n, from, err := syscall.Recvfrom(fd, buf, 0)
			if outgoing(from) && err == nil && isRing(buf[:n]) {
				frames = append(frames, append([]byte{}, buf[:n]...))
			}
		}
	})
	var end sync.Once
	stop := func() {
		end.Do(func() {
			close(over)
			recorder.Wait()
		})
	}
	t.Cleanup(func() {
		stop()
		syscall.Close(fd)
	})
	return func(t *testing.T) {
		t.Helper()
		stop()
		for _, frame := range append(frames, frames...) {
			if err := syscall.Sendto(fd, frame, 0, to); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Millisecond) // no faster than a member reads
		}
		t.Logf("%d frames replayed, twice", len(frames))
	}
}

// outgoing reports whether a frame is on its way out of the port, which is into the host.
func outgoing(from syscall.Sockaddr) bool {
	link, ok := from.(*syscall.SockaddrLinklayer)
	return ok && link.Pkttype == syscall.PACKET_OUTGOING
}

// isRing reports whether a frame is UDP over IPv4 to the ring's port.
func isRing(frame []byte) bool {
	return len(frame) >= 42 && frame[12] == 8 && frame[13] == 0 && frame[14] == 0x45 && frame[23] == syscall.IPPROTO_UDP &&
		binary.BigEndian.Uint16(frame[36:]) == ringPort
}
